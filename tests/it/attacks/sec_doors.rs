//! What somebody left behind lets nobody in.

use jiff::SignedDuration;
use serde_json::json;
use tests::{PASSWORD, Person, Team, World};

fn org(team: &Team, rest: &str) -> String {
    format!("/organizations/{}{rest}", team.id)
}

async fn code_of(team: &Team, maker: &Person) -> (String, String) {
    let made = maker
        .post(&org(team, "/join-codes"), json!({ "role": "member" }))
        .await
        .expect(201);
    (made.id(), made.text_of("code"))
}

async fn invite(team: &Team, by: &Person, email: &str, role: &str) {
    by.post(
        &org(team, "/invitations"),
        json!([{ "email": email, "role": role }]),
    )
    .await
    .expect(201);
}

#[tokio::test]
async fn sec_04_codes_and_invitations_go_with_the_rights_of_their_maker() {
    let world = World::new().await;
    let owner = world.person("owner").await;
    let team = world.team(&owner, "acme").await;
    let admin = world.member(&team, "admin", "admin").await;
    let (id, code) = code_of(&team, &admin).await;
    invite(&team, &admin, "friend@example.com", "manager").await;
    let token = world.mailed_token("friend@example.com", "Invitation").await;
    let friend = world.person("friend").await;
    // Demoted: nothing that they made counts.
    let place = org(&team, &format!("/members/{}", admin.id));
    owner
        .patch(&place, json!({ "role": "member" }))
        .await
        .expect(200);
    friend
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .refused(404, "not_found");
    friend
        .post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .refused(410, "gone");
    world
        .nobody()
        .get(&format!("/invitations/{token}"))
        .await
        .refused(410, "gone");
    assert!(
        friend
            .get("/users/me/invitations")
            .await
            .expect(200)
            .rows()
            .is_empty()
    );
    // Removed: the same, and the owner is shown it.
    owner.delete(&place).await.expect(204);
    friend
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .refused(404, "not_found");
    friend
        .post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .refused(410, "gone");
    for list in ["/join-codes", "/invitations?state=pending"] {
        let rows = owner.get(&org(&team, list)).await.expect(200);
        assert_eq!(rows.rows()[0]["suspended"], true, "{list}: {}", rows.text);
    }
    // Who kept it stands for it.
    owner
        .post(&org(&team, &format!("/join-codes/{id}/keep")), json!({}))
        .await
        .expect(200);
    let rows = owner.get(&org(&team, "/join-codes")).await.expect(200);
    assert_eq!(
        (&rows.rows()[0]["suspended"], &rows.rows()[0]["kept_by"]),
        (&json!(false), &json!(owner.id))
    );
    friend
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
    // And who sent an invitation again.
    invite(&team, &owner, "second@example.com", "member").await;
}

#[tokio::test]
async fn sec_04_a_removed_person_comes_back_by_a_later_invitation_only() {
    let world = World::new().await;
    let owner = world.person("owner").await;
    let team = world.team(&owner, "acme").await;
    let domain = json!({ "domain": "example.com", "role": "member" });
    let domain = owner
        .post(&org(&team, "/domains"), domain)
        .await
        .expect(201);
    let record = domain.data()["record"].clone();
    world.dns.publish(
        record["name"].as_str().unwrap(),
        record["value"].as_str().unwrap(),
    );
    owner
        .post(
            &org(&team, &format!("/domains/{}/verify", domain.id())),
            json!({}),
        )
        .await
        .expect(200);
    let manager = world.member(&team, "mallory", "manager").await;
    let (_, code) = code_of(&team, &owner).await;
    // A manager invites a second address of their own, and the owner once invited them again.
    invite(&team, &manager, "mallory2@example.com", "member").await;
    let second = world
        .mailed_token("mallory2@example.com", "Invitation")
        .await;
    owner
        .delete(&org(&team, &format!("/members/{}", manager.id)))
        .await
        .expect(204);
    let again = world.person("mallory2").await;
    again
        .post(&format!("/invitations/{second}/accept"), json!({}))
        .await
        .refused(410, "gone");
    manager
        .post("/organizations/join", json!({ "join_code": code }))
        .await
        .refused(404, "not_found");
    let by_domain = json!({ "organization": team.id });
    manager
        .post("/organizations/join", by_domain.clone())
        .await
        .refused(404, "not_found");
    world.clock.advance(SignedDuration::from_secs(61));
    invite(&team, &owner, &manager.email, "member").await;
    let token = world.mailed_token(&manager.email, "Invitation").await;
    manager
        .post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .expect(200);
    // Who left by themselves may come by any door.
    let ben = world.member(&team, "ben", "member").await;
    ben.delete(&org(&team, &format!("/members/{}", ben.id)))
        .await
        .expect(204);
    ben.post("/organizations/join", by_domain).await.expect(201);
}

#[tokio::test]
async fn sec_04_an_invitation_from_before_a_removal_does_not_undo_it() {
    let world = World::new().await;
    let owner = world.person("owner").await;
    let team = world.team(&owner, "acme").await;
    let ben = world.person("ben").await;
    invite(&team, &owner, &ben.email, "member").await;
    let token = world.mailed_token(&ben.email, "Invitation").await;
    // Comes in by a code while the invitation waits, and is removed.
    let (_, code) = code_of(&team, &owner).await;
    ben.post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
    world.clock.advance(SignedDuration::from_secs(5));
    owner
        .delete(&org(&team, &format!("/members/{}", ben.id)))
        .await
        .expect(204);
    ben.post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .refused(410, "gone");
}

#[tokio::test]
async fn sec_06_who_has_not_confirmed_an_address_writes_to_nobody() {
    let world = World::new().await;
    let ann = world.unverified("ann").await;
    let team = world.team(&ann, "acme").await;
    for n in 0..3 {
        invite(&team, &ann, &format!("stranger{n}@example.com"), "member").await;
    }
    world.cloud.settle().await;
    let to_strangers = |world: &World| {
        let mails = world.cloud.mailbox();
        mails
            .into_iter()
            .filter(|mail| mail.to.starts_with("stranger"))
            .count()
    };
    assert_eq!(to_strangers(&world), 0);
    // Confirmed within the week, the letters go out, once each.
    world.clock.advance(SignedDuration::from_hours(24));
    world.verify(&ann).await;
    world.cloud.settle().await;
    assert_eq!(to_strangers(&world), 3);
    let token = world
        .mailed_token("stranger0@example.com", "Invitation")
        .await;
    let stranger = world.person("stranger0").await;
    stranger
        .post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .expect(200);
}

#[tokio::test]
async fn sec_06_held_letters_are_judged_when_they_go_out() {
    let world = World::new().await;
    let owner = world.person("owner").await;
    let team = world.team(&owner, "acme").await;
    let eve = world.unverified("eve").await;
    let (_, code) = code_of(&team, &owner).await;
    eve.post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
    let place = org(&team, &format!("/members/{}", eve.id));
    owner
        .patch(&place, json!({ "role": "manager" }))
        .await
        .expect(200);
    invite(&team, &eve, "stranger@example.com", "member").await;
    invite(&team, &eve, "late@example.com", "member").await;
    owner
        .patch(&place, json!({ "role": "member" }))
        .await
        .expect(200);
    world.verify(&eve).await;
    world.cloud.settle().await;
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| mail.to != "stranger@example.com")
    );
    // A mention is no letter either.
    let mia = world.unverified("mia").await;
    mia.post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
    let project = team.project("WEB").await;
    let task = team.task(&project, "Talk").await;
    let body = json!({ "body": "@owner click here" });
    mia.post(&format!("/tasks/{task}/comments"), body)
        .await
        .expect(201);
    world.cloud.settle().await;
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| mail.to != owner.email || !mail.text.contains("mia"))
    );
}

#[tokio::test]
async fn sec_06_invitations_have_a_budget_for_a_person_too() {
    let world = World::new().await;
    let ann = world.unverified("ann").await;
    let team = world.team(&ann, "acme").await;
    let many = |from: usize, count: usize| {
        let wish = |n: usize| json!({ "email": format!("s{n}@example.com"), "role": "member" });
        json!((from..from + count).map(wish).collect::<Vec<_>>())
    };
    ann.post(&org(&team, "/invitations"), many(0, 50))
        .await
        .expect(201);
    let other = world.team(&ann, "globex").await;
    ann.post(&org(&other, "/invitations"), many(100, 1))
        .await
        .refused(429, "rate_limited");
    let _ = PASSWORD;
}

#[tokio::test]
async fn sec_low_a_team_admin_does_not_learn_whose_an_address_is() {
    let world = World::new().await;
    let owner = world.person("owner").await;
    let team = world.team(&owner, "acme").await;
    let lead = world.member(&team, "lead", "member").await;
    let inside = world.member(&team, "inside", "member").await;
    let crew = json!({ "organization_id": team.id, "name": "Crew" });
    let crew = lead.post("/teams", crew).await.expect(201).id();
    let path = format!("/teams/{crew}/members");
    let mut answers = vec![];
    for email in [inside.email.as_str(), "nobody@example.com"] {
        let answer = lead
            .post(&path, json!({ "email": email, "role": "member" }))
            .await;
        answers.push(answer.refused(403, "forbidden").comparable());
    }
    assert_eq!(answers[0], answers[1]);
    lead.post(&path, json!({ "user_id": inside.id, "role": "member" }))
        .await
        .expect(201);
}

#[tokio::test]
async fn sec_low_nobody_makes_the_table_look_a_slug_up() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.team(&ann, "acme").await;
    world.cloud.settle().await;
    let mut forged = world.nobody();
    forged.token = Some("forged".to_owned());
    for somebody in [world.nobody(), forged] {
        for slug in ["acme", "nowhere"] {
            world.cloud.take_calls();
            world.cloud.record_calls();
            for path in [
                format!("/organizations/{slug}"),
                format!("/organizations/{slug}/members"),
            ] {
                let answer = somebody.get(&path).await;
                assert_eq!(answer.status, 401, "{path}: {}", answer.text);
            }
            assert_eq!(world.cloud.take_calls().len(), 0, "{slug}");
        }
    }
}

#[tokio::test]
async fn sec_low_an_address_of_an_organization_is_kept_from_nobody_unless_it_is_its_own() {
    let world = World::new().await;
    let (eve, ann) = (world.person("eve").await, world.person("ann").await);
    let found = |name: &str, email: &str| json!({ "name": name, "slug": name, "email": email });
    let squat = eve
        .post("/organizations", found("squat", "ann@example.com"))
        .await
        .expect(201);
    assert_eq!(squat.data()["email_verified"], false);
    let own = ann
        .post("/organizations", found("acme", "ann@example.com"))
        .await
        .expect(201);
    assert_eq!(own.data()["email_verified"], true);
    // Now it is hers alone.
    let path = format!("/organizations/{}", own.id());
    ann.patch(&path, json!({ "email": "office@example.com" }))
        .await
        .expect(200);
    let again = ann
        .patch(&path, json!({ "email": "ann@example.com" }))
        .await
        .expect(200);
    assert_eq!(again.data()["email_verified"], true);
    let second = ann
        .post("/organizations", found("second", "ann@example.com"))
        .await;
    second.refused(409, "email_taken");
}

#[tokio::test]
async fn sec_low_a_guest_does_not_read_what_was_taken_back_before_they_came() {
    let world = World::new().await;
    let owner = world.person("owner").await;
    let team = world.team(&owner, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "Talk").await;
    let comments = format!("/tasks/{task}/comments");
    let comment = owner
        .post(&comments, json!({ "body": "The guest is difficult" }))
        .await
        .expect(201)
        .id();
    let place = format!("{comments}/{comment}");
    owner
        .patch(&place, json!({ "body": "Welcome" }))
        .await
        .expect(200);
    world.clock.advance(SignedDuration::from_secs(5));
    let guest = world.person("guest").await;
    let wish = json!([{ "email": guest.email, "role": "guest", "project_id": project, "project_role": "viewer" }]);
    owner
        .post(&org(&team, "/invitations"), wish)
        .await
        .expect(201);
    let token = world.mailed_token(&guest.email, "Invitation").await;
    guest
        .post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .expect(200);
    world.clock.advance(SignedDuration::from_secs(5));
    owner
        .patch(&place, json!({ "body": "Welcome!" }))
        .await
        .expect(200);
    let history = format!("{place}/history");
    let seen = guest.get(&history).await.expect(200);
    let bodies: Vec<&str> = seen
        .rows()
        .iter()
        .map(|row| row["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies, ["Welcome"]);
    assert_eq!(owner.get(&history).await.expect(200).rows().len(), 2);
}
