//! How often one may try: exactly, whatever comes at once, and without harm to whom it protects.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, PASSWORD, Person, World};

use super::raw::raw_from;
use super::sound::dressed;

/// Where the person has signed in before, as everything in these tests does. That counts for nothing: an office has one
/// address.
const HOME: &str = "127.0.0.1";
/// Where they never were.
const AWAY: &str = "127.0.0.2";

async fn call(
    world: &World,
    from: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let headers = [&[("content-type", "application/json")], headers].concat();
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

async fn login(world: &World, from: &str, email: &str, password: &str) -> Answer {
    call(
        world,
        from,
        "/auth/login",
        &[],
        &json!({ "email": email, "password": password }),
    )
    .await
}

/// On the device where the account was made.
async fn on_own_device(world: &World, person: &Person, password: &str) -> Answer {
    let body =
        json!({ "email": person.email, "password": password, "device_token": person.device });
    call(world, AWAY, "/auth/login", &[], &body).await
}

/// Moves time to where a minute begins, so that none ends within what follows.
fn begin_minute(world: &World) {
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(61 - now.rem_euclid(60)));
}

/// Moves time to where an hour begins.
fn begin_hour(world: &World) {
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(3601 - now.rem_euclid(3600)));
}

/// Fails the test unless it is a refusal for some time that the header tells truly; the seconds.
#[track_caller]
fn must_wait(answer: Answer) -> i64 {
    let answer = answer.refused(429, "rate_limited");
    let seconds: i64 = answer.header("retry-after").parse().unwrap();
    assert!(
        seconds >= 1 && answer.body["retry_after"] == seconds,
        "{}",
        answer.text
    );
    seconds
}

#[tokio::test]
async fn the_sixth_wrong_password_in_a_minute_waits_and_the_owner_does_not() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    begin_minute(&world);
    for _ in 0..5 {
        login(&world, AWAY, &ann.email, "wrong")
            .await
            .refused(401, "invalid_credentials");
    }
    let seconds = must_wait(login(&world, AWAY, &ann.email, "wrong").await);
    assert!(seconds <= 60);
    // The right password is no way around it; nor is another address, another spelling or the other name.
    must_wait(login(&world, AWAY, &ann.email, PASSWORD).await);
    must_wait(login(&world, "127.0.0.3", "ANN@example.com", PASSWORD).await);
    // Whoever was here before is not locked out by strangers.
    on_own_device(&world, &ann, PASSWORD).await.expect(200);
    // Others are not concerned.
    login(&world, AWAY, "bob@example.com", "wrong")
        .await
        .refused(401, "invalid_credentials");
    world.clock.advance(SignedDuration::from_secs(seconds));
    login(&world, AWAY, &ann.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn names_of_nobody_wait_like_others() {
    let world = World::new().await;
    world.person("ann").await;
    begin_minute(&world);
    for _ in 0..5 {
        login(&world, HOME, "nobody@example.com", "wrong")
            .await
            .refused(401, "invalid_credentials");
    }
    must_wait(login(&world, HOME, "nobody@example.com", "wrong").await);
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_five() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    begin_minute(&world);
    // From so many addresses that none of them is refused for its own sake.
    let addresses: Vec<String> = (0..100)
        .map(|n| format!("127.0.0.{}", 2 + n % 20))
        .collect();
    let answers = join_all(
        addresses
            .iter()
            .map(|from| login(&world, from, &ann.email, "wrong")),
    );
    let statuses: Vec<u16> = answers.await.iter().map(|answer| answer.status).collect();
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    // Where a hundred at once are more than the machine can do in time, some are told to try again.
    assert!(
        count(401) <= 5 && count(401) + count(429) + count(503) == 100,
        "{statuses:?}"
    );
    assert!(count(401) + count(503) >= 5, "{statuses:?}");
    must_wait(login(&world, &addresses[0], &ann.email, "wrong").await);
}

#[tokio::test]
async fn on_a_known_device_there_are_ten_guesses_a_minute() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    begin_minute(&world);
    let answers = join_all((0..12).map(|_| on_own_device(&world, &ann, "wrong"))).await;
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(refused, 2);
    must_wait(on_own_device(&world, &ann, PASSWORD).await);
}

#[tokio::test]
async fn there_are_fifty_guesses_a_day() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(86_401 - now.rem_euclid(86_400)));
    for _ in 0..10 {
        let answers = join_all((0..5).map(|_| login(&world, AWAY, &ann.email, "wrong"))).await;
        assert!(answers.iter().all(|answer| answer.status == 401));
        world.clock.advance(SignedDuration::from_mins(1));
    }
    let seconds = must_wait(login(&world, AWAY, &ann.email, PASSWORD).await);
    assert!(seconds > 80_000, "{seconds}");
    on_own_device(&world, &ann, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn every_way_to_guess_a_password_counts() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    begin_minute(&world);
    let bearer = format!("Bearer {}", ann.token.clone().unwrap());
    let token = [("authorization", bearer.as_str())];
    let change = json!({ "current": "wrong", "new": "another fine password 77" });
    let email = json!({ "email": "other@example.com", "password": "wrong" });
    let again = json!({ "password": "wrong" });
    for _ in 0..3 {
        call(&world, AWAY, "/auth/password/change", &token, &change)
            .await
            .refused(403, "wrong_password");
        call(&world, AWAY, "/auth/email/change", &token, &email)
            .await
            .refused(403, "wrong_password");
        call(&world, AWAY, "/auth/reauthenticate", &token, &again)
            .await
            .refused(403, "wrong_password");
    }
    // The session is one of a device that the account knows: ten a minute, with the sign-ins there.
    on_own_device(&world, &ann, "wrong")
        .await
        .refused(401, "invalid_credentials");
    must_wait(call(&world, AWAY, "/auth/reauthenticate", &token, &again).await);
    must_wait(call(&world, AWAY, "/auth/password/change", &token, &change).await);
    must_wait(call(&world, AWAY, "/auth/email/change", &token, &email).await);
    must_wait(login(&world, AWAY, &ann.email, "wrong").await);
    ann.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn what_a_caller_says_of_his_address_counts_for_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    begin_minute(&world);
    let says = [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "cf-connecting-ip",
        "true-client-ip",
        "x-client-ip",
    ];
    let body = json!({ "email": ann.email, "password": "wrong" });
    for (n, name) in says.iter().enumerate() {
        let value = if *name == "forwarded" {
            format!("for=192.0.2.{n}")
        } else {
            format!("192.0.2.{n}")
        };
        let answer = call(&world, AWAY, "/auth/login", &[(name, &value)], &body).await;
        assert_eq!(answer.status, if n < 5 { 401 } else { 429 }, "{name}");
        must_wait_or(&answer, n >= 5);
    }
    for name in says {
        let right = json!({ "email": ann.email, "password": PASSWORD });
        must_wait(call(&world, AWAY, "/auth/login", &[(name, HOME)], &right).await);
    }
    let bearer = format!(
        "Bearer {}",
        on_own_device(&world, &ann, PASSWORD)
            .await
            .expect(200)
            .text_of("access_token")
    );
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-forwarded-for", "192.0.2.9"),
    ];
    let sessions = raw_from(&world, AWAY, "GET /api/v1/auth/sessions", &headers, b"")
        .await
        .expect(200);
    assert!(!sessions.text.contains("192.0.2."), "{}", sessions.text);
}

fn must_wait_or(answer: &Answer, waits: bool) {
    assert_eq!(
        answer.header("retry-after").is_empty(),
        !waits,
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn an_address_has_so_many_attempts_under_any_names() {
    let few = ("ATTEMPTS_PER_ADDRESS".to_owned(), "8".to_owned());
    let world = World::with(|options| options.variables.extend([few])).await;
    world.person("ann").await;
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(601 - now.rem_euclid(600)));
    let of = |n: usize| format!("person{n}@example.com");
    let paths = [
        "/auth/login",
        "/auth/password/forgot",
        "/auth/email/verify",
        "/auth/register",
    ];
    let body = |path: &str, n: usize| match path {
        "/auth/login" => json!({ "email": of(n), "password": "wrong" }),
        "/auth/password/forgot" => json!({ "email": of(n) }),
        "/auth/email/verify" => json!({ "resend": true, "email": of(n) }),
        _ => json!({ "email": of(n), "password": PASSWORD }),
    };
    for n in 0..8 {
        let path = paths[n % 4];
        let answer = call(&world, AWAY, path, &[], &body(path, n)).await;
        assert!(answer.status != 429, "{path}: {}", answer.text);
    }
    for path in paths {
        let seconds = must_wait(call(&world, AWAY, path, &[], &body(path, 99)).await);
        assert!(seconds <= 600);
        call(&world, "127.0.0.3", path, &[], &body(path, 99)).await;
    }
    login(&world, HOME, "ann@example.com", PASSWORD)
        .await
        .expect(200);
}

#[tokio::test]
async fn an_address_gets_three_mails_an_hour_and_nobody_is_told() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.cloud.settle().await;
    begin_hour(&world);
    let count = || {
        world
            .cloud
            .mailbox()
            .iter()
            .filter(|mail| mail.subject.contains("new password"))
            .count()
    };
    for sent in [1, 2, 3, 3, 3] {
        call(
            &world,
            AWAY,
            "/auth/password/forgot",
            &[],
            &json!({ "email": ann.email }),
        )
        .await
        .expect(202);
        world.cloud.settle().await;
        assert_eq!(count(), sent);
    }
    let body = json!({ "email": ann.email });
    join_all((0..20).map(|_| call(&world, HOME, "/auth/password/forgot", &[], &body))).await;
    world.cloud.settle().await;
    assert_eq!(count(), 3);
    // The last that was sent still works.
    let token = world.mailed_token(&ann.email, "new password").await;
    world.clock.advance(SignedDuration::from_mins(59));
    let body = json!({ "token": token, "password": "another fine password 77" });
    call(&world, HOME, "/auth/password/reset", &[], &body)
        .await
        .expect(200);
    world.clock.advance(SignedDuration::from_mins(1));
    call(
        &world,
        AWAY,
        "/auth/password/forgot",
        &[],
        &json!({ "email": ann.email }),
    )
    .await
    .expect(202);
    world.cloud.settle().await;
    assert_eq!(count(), 4);
}

/// What the headers say: the limit, what is left, and the seconds.
fn rate(answer: &Answer) -> [i64; 3] {
    let number = |header: &str, name: &str| {
        // The caller's own comes first, their organization's behind it.
        let own = answer.header(header).split(',').next();
        let text = own
            .unwrap_or_default()
            .split(';')
            .find_map(|part| part.strip_prefix(name));
        text.and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("{header}: {:?}", answer.headers))
    };
    [
        number("ratelimit-policy", "q="),
        number("ratelimit", "r="),
        number("ratelimit", "t="),
    ]
}

async fn counted(person: &Person) -> Answer {
    dressed(person.get("/users/me").await)
}

#[tokio::test]
async fn whoever_calls_too_often_is_told_how_long_to_wait() {
    let world = World::with(|options| {
        options
            .variables
            .insert("REQUESTS_PER_MINUTE".to_owned(), "100".to_owned());
        options.entropy = Some(runtime::env::Entropy::system().with_dice(|_| true));
    })
    .await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    counted(&ann).await.expect(200);
    begin_minute(&world);
    let mut left = 100;
    // Three samples of twenty, and from there one by one.
    for n in 0..43 {
        let answer = counted(&ann).await.expect(200);
        let [limit, now, seconds] = rate(&answer);
        let expected = if n < 3 { 80 - 20 * n } else { 40 - (n - 2) };
        assert!(
            limit == 100 && now == expected && now < left && (1..=60).contains(&seconds),
            "{n}: {:?}",
            answer.headers
        );
        left = now;
    }
    let answer = counted(&ann).await;
    let [_, now, seconds] = rate(&answer);
    assert_eq!((now, must_wait(answer)), (0, seconds));
    must_wait(counted(&ann).await);
    counted(&bob).await.expect(200);
    // Other functions count the same caller: they have spent it.
    ann.get("/projects").await;
    must_wait(dressed(ann.get("/projects").await));
    world.clock.advance(SignedDuration::from_secs(seconds));
    counted(&ann).await.expect(200);
}

#[tokio::test]
async fn whoever_is_nobody_spends_nobodys_limit() {
    let world = World::with(|options| {
        options
            .variables
            .insert("REQUESTS_PER_MINUTE".to_owned(), "100".to_owned());
        options.entropy = Some(runtime::env::Entropy::system().with_dice(|_| true));
    })
    .await;
    let ann = world.person("ann").await;
    counted(&ann).await.expect(200);
    begin_minute(&world);
    assert_eq!(rate(&counted(&ann).await)[1], 80);
    let mut forger = ann.clone();
    let token = ann.token.clone().unwrap();
    let (body, _) = token.rsplit_once('.').unwrap();
    forger.token = Some(format!("{body}.{}", "A".repeat(86)));
    for _ in 0..30 {
        counted(&forger).await.refused(401, "unauthenticated");
    }
    assert_eq!(rate(&counted(&ann).await)[1], 60);
}

#[tokio::test]
async fn a_request_costs_what_it_asks_for_and_an_organization_pays_for_its_people() {
    let world = World::with(|options| {
        options
            .variables
            .insert("REQUESTS_PER_MINUTE".to_owned(), "100".to_owned());
        // Nothing is sampled: what is counted is what is told of.
        options.entropy = Some(runtime::env::Entropy::system().with_dice(|_| false));
    })
    .await;
    let (ann, eve) = (world.person("ann").await, world.person("eve").await);
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    // An instance counts nobody before it knows the keys that tokens are verified with.
    team.task(&project, "First").await;
    begin_minute(&world);
    let new =
        |n: usize| json!({ "op": "create", "project_id": project, "title": format!("Task {n}") });
    let bulk = |who: &Person, many: usize| {
        let operations: Vec<Value> = (0..many).map(new).collect();
        let body = json!({ "mode": "best_effort", "operations": operations });
        let who = who.clone();
        async move { dressed(who.post("/tasks/bulk", body).await) }
    };
    let left = |answer: &Answer| rate(answer)[1];
    assert_eq!(left(&bulk(&ann, 40).await.expect(200)), 60);
    assert_eq!(left(&bulk(&ann, 40).await.expect(200)), 20);
    must_wait(bulk(&ann, 40).await);

    // Bytes count too: a text of 32 KB is as much as four requests, which above half the limit count one by one.
    let bob = world.member(&team, "bob", "member").await;
    begin_minute(&world);
    let long = json!({ "project_id": project, "title": "Long", "description": "x".repeat(32_000) });
    bulk(&bob, 51).await.expect(200);
    let answer = dressed(bob.post("/tasks", long).await.expect(201));
    assert_eq!(left(&answer), 100 - 51 - 4);

    // Ten people's worth, whoever spends it; nobody else pays, or spends what is the organization's.
    let mut people = vec![];
    for n in 0..12 {
        people.push(world.member(&team, &format!("per{n}"), "member").await);
    }
    begin_minute(&world);
    let mut refused = 0;
    for person in &people {
        let answer = bulk(person, 95).await;
        refused += usize::from(answer.status == 429);
        if answer.status == 200 {
            assert!(answer.header("ratelimit").contains("\"organization\""));
        }
    }
    assert_eq!(
        refused, 1,
        "of twelve who spend 95 the twelfth meets an organization that has spent 1,045"
    );
    let foreign = eve.get(&format!("/projects/{project}")).await;
    assert!(!foreign.header("ratelimit").contains("organization"));
    let list = format!("/tasks?project={project}");
    must_wait(dressed(ann.get(&list).await));
    begin_minute(&world);
    ann.get(&list).await.expect(200);
}
