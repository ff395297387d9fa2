//! Join codes.

use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::Person;

use super::{acme, code, of, try_code};

#[tokio::test]
async fn a_code_is_told_once_and_kept_as_a_digest() {
    let (world, team) = acme().await;
    let (id, code) = code(&team, json!({ "role": "viewer", "max_uses": 3 })).await;
    let rows = team.owner.get(&of(&team, "join-codes")).await.expect(200);
    assert!(
        !rows.text.contains(&code) && rows.rows()[0]["id"] == id.as_str(),
        "{}",
        rows.text
    );
    assert_eq!(rows.rows()[0]["prefix"], code[..4]);
    assert!(rows.rows()[0]["code"].is_null() && rows.rows()[0]["uses"] == 0);
    for item in crate::table::snapshot(&world.cloud).await {
        assert!(!format!("{item:?}").contains(&code), "{item:?}");
    }
    // As people copy it.
    let bob = world.person("bob").await;
    let spoken = format!(" {}-{} ", code[..13].to_uppercase(), &code[13..]);
    let joined = try_code(&bob, &spoken).await.expect(201);
    assert_eq!(
        (joined.text_of("role"), joined.text_of("state")),
        ("viewer".to_owned(), "member".to_owned())
    );
    assert_eq!(joined.data()["organization"]["slug"], "acme");
    let row = team
        .owner
        .get(&of(&team, "join-codes"))
        .await
        .expect(200)
        .rows()[0]
        .clone();
    assert!(
        row["uses"] == 1 && row["last_used_at"].is_string() && row["version"] == 2,
        "{row}"
    );
    assert_eq!(
        team.owner.get("/organizations/acme").await.data()["members_count"],
        2
    );
    assert_eq!(
        bob.get("/users/me").await.data()["default_organization_id"],
        team.id.as_str()
    );
}

#[tokio::test]
async fn codes_that_let_nobody_in_are_answered_alike() {
    let (world, team) = acme().await;
    let soon = world.clock.clock().now() + SignedDuration::from_hours(1);
    let (_, expired) = code(
        &team,
        json!({ "role": "member", "expires_at": soon.to_string() }),
    )
    .await;
    let (_, used_up) = code(&team, json!({ "role": "member", "max_uses": 1 })).await;
    let (revoked_id, revoked) = code(&team, json!({ "role": "member" })).await;
    let (rotated_id, rotated) = code(&team, json!({ "role": "member" })).await;
    try_code(&world.person("bob").await, &used_up)
        .await
        .expect(201);
    team.owner
        .delete(&of(&team, &format!("join-codes/{revoked_id}")))
        .await
        .expect(200);
    let fresh = team
        .owner
        .post(
            &of(&team, &format!("join-codes/{rotated_id}/rotate")),
            json!(null),
        )
        .await
        .expect(200);
    let gone = world.team(&team.owner, "gone").await;
    let (_, of_deleted) = code(&gone, json!({ "role": "member" })).await;
    let deletion = team
        .owner
        .request(Method::DELETE, &format!("/organizations/{}", gone.id));
    deletion
        .json(json!({ "confirm_slug": "gone" }))
        .send()
        .await
        .expect(200);
    world.clock.advance(SignedDuration::from_hours(1));
    let cleo = world.person("cleo").await;
    let unknown = try_code(&cleo, &"0".repeat(26))
        .await
        .refused(404, "not_found");
    for code in [expired, used_up, revoked, rotated, of_deleted] {
        assert_eq!(
            try_code(&cleo, &code)
                .await
                .refused(404, "not_found")
                .comparable(),
            unknown.comparable()
        );
    }
    try_code(&cleo, &fresh.text_of("code")).await.expect(201);
    try_code(&cleo, &fresh.text_of("code"))
        .await
        .refused(409, "already_member");
}

#[tokio::test]
async fn a_code_has_bounds_and_personal_organizations_have_none() {
    let (_world, team) = acme().await;
    let codes = of(&team, "join-codes");
    for (body, field) in [
        (json!({}), "/role"),
        (json!({ "role": "admin" }), "/role"),
        (json!({ "role": "member", "max_uses": 0 }), "/max_uses"),
        (json!({ "role": "member", "max_uses": 10_001 }), "/max_uses"),
        (json!({ "role": "member", "max_uses": -1 }), "/max_uses"),
        (
            json!({ "role": "member", "expires_at": "2020-01-01T00:00:00Z" }),
            "/expires_at",
        ),
        (
            json!({ "role": "member", "expires_at": "tomorrow" }),
            "/expires_at",
        ),
    ] {
        let refused = team
            .owner
            .post(&codes, body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused.fields(), [field], "{}", refused.text);
    }
    let home = format!("/organizations/{}/", team.owner.home);
    let body = json!({ "role": "member" });
    team.owner
        .post(&format!("{home}join-codes"), body)
        .await
        .refused(409, "personal_organization");
    let body = json!({ "role": "member", "domain": "acme.example" });
    team.owner
        .post(&format!("{home}domains"), body)
        .await
        .refused(409, "personal_organization");
    for body in [
        json!({}),
        json!({ "join_code": "x" }),
        json!({ "join_code": "0".repeat(26), "organization": "acme" }),
    ] {
        team.owner
            .post("/organizations/join", body)
            .await
            .refused(422, "validation_failed");
    }
}

#[tokio::test]
async fn repeated_requests_have_one_effect() {
    let (world, team) = acme().await;
    let make = || {
        let request = team
            .owner
            .request(Method::POST, &of(&team, "join-codes"))
            .header("idempotency-key", "once");
        request
            .json(json!({ "role": "member", "max_uses": 1 }))
            .send()
    };
    let made = make().await.expect(201);
    let again = make().await.expect(201);
    assert_eq!(
        (made.id(), again.header("idempotent-replayed")),
        (again.id(), "true")
    );
    assert!(again.data()["code"].is_null(), "a code is told once");
    let bob = world.person("bob").await;
    let join = || {
        let request = bob
            .request(Method::POST, "/organizations/join")
            .header("idempotency-key", "in");
        request
            .json(json!({ "join_code": made.text_of("code") }))
            .send()
    };
    join().await.expect(201);
    // The code is used up, and by its own maker.
    assert_eq!(
        join().await.expect(201).header("idempotent-replayed"),
        "true"
    );
    bob.delete(&of(&team, &format!("members/{}", bob.id)))
        .await
        .expect(204);
    join().await.refused(409, "idempotency_target_deleted");
    let (id, _) = code(&team, json!({ "role": "member" })).await;
    let path = of(&team, &format!("join-codes/{id}"));
    let rotate = team
        .owner
        .request(Method::POST, &format!("{path}/rotate"))
        .header("if-match", "\"v9\"");
    rotate.send().await.refused(412, "precondition_failed");
    let revoke = || {
        team.owner
            .request(Method::DELETE, &path)
            .header("idempotency-key", "gone")
            .send()
    };
    revoke().await.expect(200);
    assert!(revoke().await.expect(200).data()["revoked_at"].is_string());
    team.owner.delete(&path).await.refused(404, "not_found");
    team.owner
        .post(&format!("{path}/rotate"), json!(null))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_eleventh_attempt_in_a_minute_waits() {
    let (world, team) = acme().await;
    let (_, code) = code(&team, json!({ "role": "member" })).await;
    let bob = world.person("bob").await;
    let now = world.clock.clock().now().as_second();
    world
        .clock
        .advance(SignedDuration::from_secs(61 - now.rem_euclid(60)));
    for _ in 0..10 {
        try_code(&bob, &"0".repeat(26))
            .await
            .refused(404, "not_found");
    }
    let refused = try_code(&bob, &code).await.refused(429, "rate_limited");
    assert!(!refused.header("retry-after").is_empty());
    try_code(&world.person("cleo").await, &code)
        .await
        .expect(201);
    world.clock.advance(SignedDuration::from_mins(1));
    try_code(&bob, &code).await.expect(201);
}

#[tokio::test]
async fn nobody_belongs_to_more_than_fifty() {
    let (world, team) = acme().await;
    let bob = world.person("bob").await;
    for n in 1..50 {
        world.team(&bob, &format!("bobs-{n}")).await;
    }
    let (_, open) = code(&team, json!({ "role": "member" })).await;
    try_code(&bob, &open).await.refused(409, "limit_reached");
    let (_, asks) = code(&team, json!({ "role": "member", "approval": true })).await;
    try_code(&bob, &asks).await.expect(202);
    let approve = of(&team, &format!("join-requests/{}/approve", bob.id));
    team.owner
        .post(&approve, json!(null))
        .await
        .refused(409, "limit_reached");
    // Nothing was counted that did not happen.
    assert_eq!(
        team.owner.get("/organizations/acme").await.data()["members_count"],
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_for_five_lets_five_of_twenty_in() {
    let (world, team) = acme().await;
    let people: Vec<Person> = join_all((0..20).map(|n| {
        let world = &world;
        async move { world.person(&format!("person{n}")).await }
    }))
    .await;
    let (_, code) = code(&team, json!({ "role": "member", "max_uses": 5 })).await;
    let answers = join_all(people.iter().map(|person| try_code(person, &code))).await;
    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    // Who loses every race is told so, and may try again.
    assert_eq!(count(201) + count(404) + count(409) + count(503), 20);
    assert!(count(201) <= 5);
    let mut inside = count(201);
    for person in &people {
        let answer = try_code(person, &code).await;
        inside += usize::from(answer.status == 201);
        assert!(
            [201, 404].contains(&answer.status) || answer.code() == "already_member",
            "{}",
            answer.text
        );
    }
    assert_eq!(inside, 5);
    let row = team
        .owner
        .get(&of(&team, "join-codes"))
        .await
        .expect(200)
        .rows()[0]
        .clone();
    assert_eq!(row["uses"], 5);
    assert_eq!(
        team.owner.get("/organizations/acme").await.data()["members_count"],
        6
    );
}
