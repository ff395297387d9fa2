//! Nobody takes an account over, and nobody gets back into one.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, PASSWORD, Person, World};

use super::raw::raw_from;
use super::sound::dressed;

const OTHER: &str = "seven purple kites over Lima";
const EVIL: &str = "attacker@evil.example";

async fn login(world: &World, name: &str, password: &str) -> Answer {
    world
        .nobody()
        .post(
            "/auth/login",
            json!({ "email": name, "password": password }),
        )
        .await
}

async fn ask_for_change(world: &World, person: &Person, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD });
    person.post("/auth/email/change", body).await.expect(202);
    world.mailed_token(email, "new address").await
}

async fn ask_for_reset(world: &World, email: &str) -> String {
    world
        .nobody()
        .post("/auth/password/forgot", json!({ "email": email }))
        .await
        .expect(202);
    world.mailed_token(email, "new password").await
}

async fn reset(world: &World, email: &str, password: &str) {
    let token = ask_for_reset(world, email).await;
    let body = json!({ "token": token, "password": password });
    world
        .nobody()
        .post("/auth/password/reset", body)
        .await
        .expect(200);
}

/// Changes a person's address for good.
async fn change(world: &World, person: &Person, email: &str) {
    let token = ask_for_change(world, person, email).await;
    person
        .post("/auth/email/verify", json!({ "token": token }))
        .await
        .expect(204);
}

#[tokio::test]
async fn sec_01_who_signed_up_with_anothers_address_does_not_take_it_over_later() {
    let world = World::new().await;
    let attacker = world.unverified("victim").await;
    let token = ask_for_change(&world, &attacker, EVIL).await;
    // The victim recovers the account and works in it.
    reset(&world, "victim@example.com", OTHER).await;
    let victim =
        attacker.with_tokens(&login(&world, "victim@example.com", OTHER).await.expect(200));
    for body in [
        json!({ "token": token }),
        json!({ "token": token, "password": PASSWORD }),
    ] {
        world
            .nobody()
            .post("/auth/email/verify", body.clone())
            .await
            .refused(410, "gone");
        victim
            .post("/auth/email/verify", body)
            .await
            .refused(410, "gone");
    }
    assert_eq!(
        victim.get("/users/me").await.expect(200).data()["email"],
        "victim@example.com"
    );
    attacker
        .get("/users/me")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn sec_01_a_mailed_token_ends_with_whatever_ends_trust_in_the_account() {
    let world = World::new().await;
    for (n, kind) in ["verify", "reset", "change"].into_iter().enumerate() {
        for (m, event) in ["password", "reset", "everywhere", "address"]
            .into_iter()
            .enumerate()
        {
            world.clock.advance(SignedDuration::from_mins(61));
            let name = format!("person{n}{m}");
            let person = world.unverified(&name).await;
            let token = match kind {
                "verify" => world.mailed_token(&person.email, "Confirm").await,
                "reset" => ask_for_reset(&world, &person.email).await,
                _ => ask_for_change(&world, &person, &format!("{name}@example.org")).await,
            };
            let mut person = person;
            match event {
                "password" => {
                    let body = json!({ "current": PASSWORD, "new": OTHER });
                    person = person
                        .with_tokens(&person.post("/auth/password/change", body).await.expect(200));
                }
                // One that was asked for later voids an earlier one anyway.
                "reset" => reset(&world, &person.email, OTHER).await,
                "everywhere" => drop(
                    person
                        .post("/auth/logout", json!({ "all": true }))
                        .await
                        .expect(204),
                ),
                _ => change(&world, &person, &format!("{name}@example.net")).await,
            }
            let answer = match kind {
                "reset" => {
                    let body = json!({ "token": token, "password": "another fine password 77" });
                    world.nobody().post("/auth/password/reset", body).await
                }
                _ => {
                    person
                        .post("/auth/email/verify", json!({ "token": token }))
                        .await
                }
            };
            let signed_out = answer.status == 401 && kind != "reset";
            assert!(
                answer.status == 410 || signed_out,
                "{kind} after {event}: {} {}",
                answer.status,
                answer.text
            );
            // Not for the lack of a session either.
            if kind != "reset" {
                let body = json!({ "token": token, "password": OTHER });
                world
                    .nobody()
                    .post("/auth/email/verify", body)
                    .await
                    .refused(410, "gone");
            }
        }
    }
}

#[tokio::test]
async fn sec_01_a_new_address_takes_the_account_itself() {
    let world = World::new().await;
    let (ann, eve) = (world.person("ann").await, world.person("eve").await);
    let token = ask_for_change(&world, &ann, "ann@example.org").await;
    let nobody = world.nobody();
    let refused = nobody
        .post("/auth/email/verify", json!({ "token": token }))
        .await;
    let refused = refused.refused(401, "insufficient_user_authentication");
    assert!(
        refused.header("www-authenticate").contains("max_age=600"),
        "{:?}",
        refused.headers
    );
    eve.post("/auth/email/verify", json!({ "token": token }))
        .await
        .refused(401, "insufficient_user_authentication");
    let wrong = json!({ "token": token, "password": "wrong" });
    nobody
        .post("/auth/email/verify", wrong)
        .await
        .refused(403, "wrong_password");
    assert_eq!(
        ann.get("/users/me").await.data()["email"],
        "ann@example.com"
    );
    nobody
        .post(
            "/auth/email/verify",
            json!({ "token": token, "password": PASSWORD }),
        )
        .await
        .expect(204);
    assert_eq!(
        ann.get("/users/me").await.data()["email"],
        "ann@example.org"
    );
    nobody
        .post(
            "/auth/email/verify",
            json!({ "resend": true, "password": "x" }),
        )
        .await
        .refused(422, "validation_failed");
}

#[tokio::test]
async fn sec_01_guesses_at_the_password_beside_a_token_count() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let token = ask_for_change(&world, &ann, "ann@example.org").await;
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(61 - now.rem_euclid(60)));
    for _ in 0..5 {
        let wrong = json!({ "token": token, "password": "wrong" });
        world
            .nobody()
            .post("/auth/email/verify", wrong)
            .await
            .refused(403, "wrong_password");
    }
    let right = json!({ "token": token, "password": PASSWORD });
    world
        .nobody()
        .post("/auth/email/verify", right)
        .await
        .refused(429, "rate_limited");
}

#[tokio::test]
async fn sec_01_the_old_address_takes_the_account_back() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    change(&world, &ann, EVIL).await;
    let back = world.mailed_token("ann@example.com", "was changed").await;
    // Whatever is done with the account since: another password, everybody signed out.
    let changed = ann
        .post(
            "/auth/password/change",
            json!({ "current": PASSWORD, "new": OTHER }),
        )
        .await
        .expect(200);
    let thief = ann.with_tokens(&changed);
    let pending = {
        let body = json!({ "email": "second@evil.example", "password": OTHER });
        thief.post("/auth/email/change", body).await.expect(202);
        world
            .mailed_token("second@evil.example", "new address")
            .await
    };
    // Nobody else gets the address meanwhile.
    let squat = json!({ "email": "ann@example.com", "password": PASSWORD });
    world
        .nobody()
        .post("/auth/register", squat)
        .await
        .refused(409, "email_taken");
    world.clock.advance(SignedDuration::from_hours(6 * 24));
    let nobody = world.nobody();
    let thief = thief.with_tokens(&login(&world, EVIL, OTHER).await.expect(200));
    thief.get("/users/me").await.expect(200);
    nobody
        .post("/auth/email/revert", json!({ "token": back }))
        .await
        .expect(204);
    nobody
        .post("/auth/email/revert", json!({ "token": back }))
        .await
        .refused(410, "gone");
    // Everybody is out, no password is right, nothing that was begun goes on.
    thief.get("/users/me").await.refused(401, "unauthenticated");
    nobody
        .post("/auth/refresh", json!({ "refresh_token": thief.refresh }))
        .await
        .refused(401, "unauthenticated");
    for (name, password) in [
        ("ann@example.com", PASSWORD),
        ("ann@example.com", OTHER),
        (EVIL, OTHER),
    ] {
        login(&world, name, password)
            .await
            .refused(401, "invalid_credentials");
    }
    let body = json!({ "token": pending, "password": OTHER });
    nobody
        .post("/auth/email/verify", body)
        .await
        .refused(410, "gone");
    // The mail to choose a new password came by itself.
    let token = world.mailed_token("ann@example.com", "new password").await;
    let body = json!({ "token": token, "password": "a third password entirely" });
    nobody.post("/auth/password/reset", body).await.expect(200);
    world.clock.advance(SignedDuration::from_mins(1));
    login(&world, "ann@example.com", "a third password entirely")
        .await
        .expect(200);
    // The other address is free for whoever comes.
    let other = json!({ "email": EVIL, "password": PASSWORD });
    nobody.post("/auth/register", other).await.expect(201);
}

#[tokio::test]
async fn sec_01_an_older_way_back_voids_the_younger_and_none_lasts_longer_than_a_week() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    change(&world, &ann, "one@evil.example").await;
    let first = world.mailed_token("ann@example.com", "was changed").await;
    change(&world, &ann, "two@evil.example").await;
    let second = world.mailed_token("one@evil.example", "was changed").await;
    let nobody = world.nobody();
    nobody
        .post("/auth/email/revert", json!({ "token": first }))
        .await
        .expect(204);
    nobody
        .post("/auth/email/revert", json!({ "token": second }))
        .await
        .refused(410, "gone");
    // Nobody takes back what was given back.
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| mail.to != "two@evil.example" || !mail.text.contains("revert"))
    );

    let ben = world.person("ben").await;
    change(&world, &ben, "ben@example.org").await;
    let late = world.mailed_token("ben@example.com", "was changed").await;
    world.clock.advance(SignedDuration::from_hours(7 * 24));
    nobody
        .post("/auth/email/revert", json!({ "token": late }))
        .await
        .refused(410, "gone");
    // By then the address can be had again.
    let body = json!({ "email": "ben@example.com", "password": PASSWORD });
    nobody.post("/auth/register", body).await.expect(201);
    for bad in ["", "a.b", "AAAA", &late[1..], &"A".repeat(5000)] {
        nobody
            .post("/auth/email/revert", json!({ "token": bad }))
            .await
            .refused(410, "gone");
    }
}

#[tokio::test]
async fn sec_01_an_address_that_nobody_confirmed_has_no_way_back() {
    let world = World::new().await;
    // Written wrong: the address is a stranger's.
    let ann = world.unverified("anm").await;
    change(&world, &ann, "ann@example.org").await;
    world.cloud.settle().await;
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| mail.to != "anm@example.com" || mail.subject.contains("Confirm"))
    );
    assert_eq!(
        ann.get("/users/me").await.expect(200).data()["email_verified"],
        true
    );
    let body = json!({ "email": "anm@example.com", "password": PASSWORD });
    world
        .nobody()
        .post("/auth/register", body)
        .await
        .expect(201);
}

#[tokio::test]
async fn sec_01_what_a_thief_has_opened_is_shut_by_the_way_back() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let codes = format!("/organizations/{}/join-codes", team.id);
    let code = ann
        .post(&codes, json!({ "role": "member" }))
        .await
        .expect(201)
        .text_of("code");
    change(&world, &ann, EVIL).await;
    let back = world.mailed_token("ann@example.com", "was changed").await;
    world
        .nobody()
        .post("/auth/email/revert", json!({ "token": back }))
        .await
        .expect(204);
    let thief = world.person("thief").await;
    thief
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .refused(404, "not_found");
    // The account was hers before, so nobody tells her that it is.
    world.cloud.settle().await;
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| !mail.subject.contains("is yours now"))
    );
}

#[tokio::test]
async fn sec_low_nobody_is_kept_from_signing_in_after_a_reset() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let guess = json!({ "email": ann.email, "password": "wrong" });
    let forgot = json!({ "email": ann.email });
    world
        .nobody()
        .post("/auth/password/forgot", forgot)
        .await
        .expect(202);
    let token = world.mailed_token(&ann.email, "new password").await;
    let body = json!({ "token": token, "password": OTHER });
    let device = world
        .nobody()
        .post("/auth/password/reset", body)
        .await
        .expect(200)
        .text_of("device_token");
    for _ in 0..20 {
        world.nobody().post("/auth/login", guess.clone()).await;
    }
    login(&world, &ann.email, OTHER)
        .await
        .refused(429, "rate_limited");
    let known = json!({ "email": ann.email, "password": OTHER, "device_token": device });
    world.nobody().post("/auth/login", known).await.expect(200);
}

#[tokio::test]
async fn sec_low_a_known_device_guesses_a_hundred_times_a_day() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let guess = json!({ "email": ann.email, "password": "wrong", "device_token": ann.device });
    for _ in 0..10 {
        for _ in 0..10 {
            world
                .nobody()
                .post("/auth/login", guess.clone())
                .await
                .refused(401, "invalid_credentials");
        }
        world.clock.advance(SignedDuration::from_mins(1));
    }
    world
        .nobody()
        .post("/auth/login", guess)
        .await
        .refused(429, "rate_limited");
}

#[tokio::test]
async fn sec_01_the_way_back_cannot_be_drowned_in_changes() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    for n in 0..5 {
        world.clock.advance(SignedDuration::from_mins(1));
        change(&world, &ann, &format!("n{n}@evil.example")).await;
    }
    world.clock.advance(SignedDuration::from_mins(1));
    let token = ask_for_change(&world, &ann, "n5@evil.example").await;
    ann.post("/auth/email/verify", json!({ "token": token }))
        .await
        .refused(409, "limit_reached");
    let back = world.mailed_token("ann@example.com", "was changed").await;
    world
        .nobody()
        .post("/auth/email/revert", json!({ "token": back }))
        .await
        .expect(204);
}

#[tokio::test]
async fn sec_01_the_first_proof_of_an_address_shuts_the_doors_that_were_left_open() {
    let world = World::new().await;
    let attacker = world.unverified("victim").await;
    let team = world.team(&attacker, "acme").await;
    let path = |rest: &str| format!("/organizations/{}{rest}", team.id);
    let code = attacker
        .post(&path("/join-codes"), json!({ "role": "member" }))
        .await
        .expect(201)
        .text_of("code");
    let body = json!([{ "email": "helper@evil.example", "role": "admin" }]);
    attacker.post(&path("/invitations"), body).await.expect(201);
    let (helper, ticket) = (
        world.person("helper").await,
        attacker.post("/realtime/tickets", json!({})).await,
    );
    reset(&world, "victim@example.com", OTHER).await;
    let mail = world.mail_to("victim@example.com", "is yours now").await;
    assert!(mail.text.contains("acme, as owner"), "{}", mail.text);
    attacker
        .get("/users/me")
        .await
        .refused(401, "unauthenticated");
    helper
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .refused(404, "not_found");
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| mail.to != "helper@evil.example"),
        "an invitation was sent"
    );
    assert_eq!(ticket.status, 201);
    // What it belongs to stays, and so do the doors that it opens now.
    let victim =
        attacker.with_tokens(&login(&world, "victim@example.com", OTHER).await.expect(200));
    let rows = victim.get(&path("/join-codes")).await.expect(200);
    assert_eq!(rows.rows()[0]["suspended"], true, "{}", rows.text);
    let code = victim
        .post(&path("/join-codes"), json!({ "role": "member" }))
        .await
        .expect(201)
        .text_of("code");
    helper
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
    // A second reset is no first proof.
    world.clock.advance(SignedDuration::from_hours(1));
    reset(&world, "victim@example.com", PASSWORD).await;
    let other = world.person("other").await;
    other
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
}

#[tokio::test]
async fn sec_01_plain_confirmation_ends_no_session() {
    let world = World::new().await;
    let ann = world.unverified("ann").await;
    world.verify(&ann).await;
    ann.get("/users/me").await.expect(200);
}

async fn call(world: &World, from: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    dressed(
        raw_from(
            world,
            from,
            &format!("POST /api/v1{path}"),
            &headers,
            body.to_string().as_bytes(),
        )
        .await,
    )
}

#[tokio::test]
async fn sec_low_guesses_count_for_the_account_under_either_name() {
    let world = World::new().await;
    world.person("ann").await;
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(61 - now.rem_euclid(60)));
    let guess = |name: &'static str| json!({ "username": name, "password": "wrong" });
    for name in ["ann", "ann@example.com", "ANN", "Ann@Example.com", "ann"] {
        call(&world, "127.0.0.9", "/auth/login", &guess(name))
            .await
            .refused(401, "invalid_credentials");
    }
    for name in ["ann", "ann@example.com"] {
        call(&world, "127.0.0.9", "/auth/login", &guess(name))
            .await
            .refused(429, "rate_limited");
    }
}

#[tokio::test]
async fn sec_low_a_device_is_known_by_its_token_and_not_by_its_address() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let begin = |world: &World| {
        let now = world.clock.clock().now().as_second();
        world
            .clock
            .advance(SignedDuration::from_secs(61 - now.rem_euclid(60)));
    };
    begin(&world);
    let token = login(&world, &ann.email, PASSWORD)
        .await
        .expect(200)
        .text_of("device_token");
    begin(&world);
    let guess = |password: &str, device: Option<&str>| json!({ "email": "ann@example.com", "password": password, "device_token": device });
    for _ in 0..5 {
        call(&world, "127.0.0.1", "/auth/login", &guess("wrong", None))
            .await
            .refused(401, "invalid_credentials");
    }
    // The office has one address; the next desk is not Ann's device.
    call(&world, "127.0.0.1", "/auth/login", &guess(PASSWORD, None))
        .await
        .refused(429, "rate_limited");
    call(
        &world,
        "127.0.0.9",
        "/auth/login",
        &guess(PASSWORD, Some(&token)),
    )
    .await
    .expect(200);
    for bad in ["", "AAAA", &token[1..], &ann.refresh] {
        call(
            &world,
            "127.0.0.9",
            "/auth/login",
            &guess(PASSWORD, Some(bad)),
        )
        .await
        .refused(429, "rate_limited");
    }
    // It is no way around the limit: ten from one device.
    let mut refused = 0;
    for _ in 0..12 {
        let answer = call(
            &world,
            "127.0.0.9",
            "/auth/login",
            &guess("wrong", Some(&token)),
        )
        .await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 3);
    // A reset forgets the devices.
    reset(&world, &ann.email, OTHER).await;
    begin(&world);
    for _ in 0..5 {
        call(
            &world,
            "127.0.0.9",
            "/auth/login",
            &guess("wrong", Some(&token)),
        )
        .await;
    }
    call(
        &world,
        "127.0.0.9",
        "/auth/login",
        &guess(OTHER, Some(&token)),
    )
    .await
    .refused(429, "rate_limited");
}

#[tokio::test]
async fn sec_low_tokens_of_every_kind_are_limited_for_an_address() {
    let few = ("ATTEMPTS_PER_ADDRESS".to_owned(), "8".to_owned());
    let world = World::with(|options| options.variables.extend([few])).await;
    let ann = world.unverified("ann").await;
    let cases = [
        ("/auth/refresh", json!({ "refresh_token": "AAAA" }), 401),
        ("/auth/email/verify", json!({ "token": "AAAA.AAAA" }), 410),
        ("/auth/email/revert", json!({ "token": "AAAA.AAAA" }), 410),
        (
            "/auth/password/reset",
            json!({ "token": "AAAA.AAAA", "password": OTHER }),
            410,
        ),
    ];
    for (n, (path, body, status)) in cases.iter().enumerate() {
        let from = format!("127.0.0.{}", 20 + n);
        for _ in 0..8 {
            assert_eq!(
                call(&world, &from, path, body).await.status,
                *status,
                "{path}"
            );
        }
        call(&world, &from, path, body)
            .await
            .refused(429, "rate_limited");
    }
    for n in 0..9 {
        let line = "GET /api/v1/invitations/AAAA.AAAA";
        let answer = raw_from(&world, "127.0.0.30", line, &[], b"").await;
        assert_eq!(answer.status, if n < 8 { 404 } else { 429 });
    }
    // Who refreshes in order is not concerned, however often.
    let mut refresh = ann.refresh.clone();
    for _ in 0..12 {
        let body = json!({ "refresh_token": refresh });
        refresh = call(&world, "127.0.0.31", "/auth/refresh", &body)
            .await
            .expect(200)
            .text_of("refresh_token");
    }
}

#[tokio::test]
async fn sec_step_up_dangerous_acts_want_the_password_again() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let ben = world.member(&team, "ben", "member").await;
    let path = |rest: &str| format!("/organizations/{}{rest}", team.id);
    let code = ann
        .post(&path("/join-codes"), json!({ "role": "member" }))
        .await
        .expect(201)
        .id();
    let other = login(&world, &ann.email, PASSWORD).await.expect(200);
    let other = ann
        .with_tokens(&other)
        .get("/auth/sessions")
        .await
        .expect(200);
    let current = |row: &&Value| row["current"] == true;
    let other = other.rows().iter().find(current).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let owner = json!({ "role": "owner" });
    let invited = json!([{ "email": "new@example.com", "role": "owner" }]);
    let acts: Vec<(Method, String, Value)> = vec![
        (
            Method::POST,
            path("/join-codes"),
            json!({ "role": "member" }),
        ),
        (
            Method::POST,
            path(&format!("/join-codes/{code}/rotate")),
            json!({}),
        ),
        (
            Method::POST,
            path(&format!("/join-codes/{code}/keep")),
            json!({}),
        ),
        (Method::PATCH, path(&format!("/members/{}", ben.id)), owner),
        (
            Method::DELETE,
            format!("/auth/sessions/{other}"),
            Value::Null,
        ),
        (Method::DELETE, path(""), json!({ "confirm_slug": "acme" })),
        (
            Method::POST,
            "/auth/logout".to_owned(),
            json!({ "all": true }),
        ),
    ];
    world.clock.advance(SignedDuration::from_mins(11));
    for (method, path, body) in &acts {
        let answer = ann
            .request(method.clone(), path)
            .json(body.clone())
            .send()
            .await;
        let answer = answer.refused(401, "insufficient_user_authentication");
        let challenge = answer.header("www-authenticate");
        assert_eq!(
            challenge, r#"Bearer error="insufficient_user_authentication", max_age=600"#,
            "{path}"
        );
    }
    let answer = ann
        .post(&path("/invitations"), invited.clone())
        .await
        .expect(201);
    assert_eq!(
        answer.rows()[0]["code"],
        "insufficient_user_authentication",
        "{}",
        answer.text
    );
    // What is not dangerous goes on, and one's own session can always be ended.
    ann.get(&path("/members")).await.expect(200);
    ann.post("/auth/reauthenticate", json!({ "password": "wrong" }))
        .await
        .refused(403, "wrong_password");
    ann.post("/auth/reauthenticate", json!({ "password": PASSWORD }))
        .await
        .expect(204);
    ann.post(&path("/invitations"), invited).await.expect(201);
    for (method, path, body) in acts {
        let answer = ann.request(method, &path).json(body).send().await;
        assert!(answer.status < 300, "{path}: {}", answer.text);
        ann.post("/auth/reauthenticate", json!({ "password": PASSWORD }))
            .await;
    }
}

#[tokio::test]
async fn sec_step_up_a_repetition_needs_no_proof_and_failures_are_guesses() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let create = || {
        let path = format!("/organizations/{}/join-codes", team.id);
        let request = ann
            .request(Method::POST, &path)
            .header("idempotency-key", "once");
        request.json(json!({ "role": "member" })).send()
    };
    let first = create().await.expect(201);
    world.clock.advance(SignedDuration::from_mins(11));
    let again = create().await.expect(201);
    assert_eq!(
        (first.id(), again.header("idempotent-replayed")),
        (again.id(), "true")
    );
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(61 - now.rem_euclid(60)));
    let mut refused = 0;
    for _ in 0..12 {
        let answer = ann
            .post("/auth/reauthenticate", json!({ "password": "wrong" }))
            .await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 2, "ten a minute on a device that is known");
}
