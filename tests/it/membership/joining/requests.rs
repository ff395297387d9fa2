//! Requests that wait for an admin.

use futures_util::future::join_all;
use serde_json::json;

use super::{acme, code, of, try_code};

#[tokio::test]
async fn who_asks_twice_has_asked_once_and_uses_the_code_once() {
    let (world, team) = acme().await;
    let (_, code) = code(
        &team,
        json!({ "role": "guest", "approval": true, "max_uses": 2 }),
    )
    .await;
    let bob = world.unverified("bob").await;
    for _ in 0..3 {
        assert_eq!(
            try_code(&bob, &code).await.expect(202).text_of("state"),
            "pending"
        );
    }
    bob.get("/organizations/acme")
        .await
        .refused(404, "not_found");
    assert_eq!(
        team.owner.get(&of(&team, "join-codes")).await.rows()[0]["uses"],
        1
    );
    let rows = team
        .owner
        .get(&of(&team, "join-requests"))
        .await
        .expect(200);
    assert_eq!(
        (rows.rows().len(), &rows.rows()[0]["user_id"]),
        (1, &json!(bob.id))
    );
    // Only an address that they have shown to be theirs.
    assert!(
        rows.rows()[0]["email"].is_null() && rows.rows()[0]["role"] == "guest",
        "{}",
        rows.text
    );
    let answer = |rest: &str| of(&team, &format!("join-requests/{}/{rest}", bob.id));
    let stale = team
        .owner
        .request(reqwest::Method::POST, &answer("approve"))
        .header("if-match", "\"v7\"");
    stale.send().await.refused(412, "precondition_failed");
    team.owner
        .post(&answer("approve"), json!(null))
        .await
        .expect(200);
    team.owner
        .post(&answer("approve"), json!(null))
        .await
        .refused(409, "already_answered");
    team.owner
        .post(&answer("reject"), json!(null))
        .await
        .refused(409, "already_answered");
    assert_eq!(
        bob.get("/organizations/acme")
            .await
            .expect(200)
            .text_of("role"),
        "guest"
    );
    assert!(
        team.owner
            .get(&of(&team, "join-requests"))
            .await
            .rows()
            .is_empty()
    );
    let nobody = of(&team, &format!("join-requests/{}/approve", team.owner.id));
    team.owner
        .post(&nobody, json!(null))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn who_comes_in_another_way_keeps_that_role() {
    let (world, team) = acme().await;
    let (_, asks) = code(&team, json!({ "role": "viewer", "approval": true })).await;
    let (_, opens) = code(&team, json!({ "role": "guest" })).await;
    let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
    try_code(&bob, &asks).await.expect(202);
    try_code(&bob, &opens).await.expect(201);
    assert!(
        team.owner
            .get(&of(&team, "join-requests"))
            .await
            .rows()
            .is_empty()
    );
    try_code(&cleo, &asks).await.expect(202);
    world.join(&team, &cleo, "admin").await;
    let approve = of(&team, &format!("join-requests/{}/approve", cleo.id));
    team.owner.post(&approve, json!(null)).await.expect(200);
    assert_eq!(
        cleo.get("/organizations/acme").await.text_of("role"),
        "admin"
    );
    assert_eq!(
        team.owner.get("/organizations/acme").await.data()["members_count"],
        3
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_answers_at_once_one_counts() {
    let (world, team) = acme().await;
    let (_, asks) = code(&team, json!({ "role": "member", "approval": true })).await;
    let bob = world.person("bob").await;
    try_code(&bob, &asks).await.expect(202);
    let answer = |n: usize| {
        let word = if n.is_multiple_of(2) {
            "approve"
        } else {
            "reject"
        };
        let (owner, path) = (
            &team.owner,
            of(&team, &format!("join-requests/{}/{word}", bob.id)),
        );
        async move { owner.post(&path, json!(null)).await }
    };
    let answers = join_all((0..10).map(answer)).await;
    let done: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(done.len(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [200, 409].contains(&answer.status))
    );
    let approved = done[0].text_of("state") == "approved";
    assert_eq!(bob.get("/organizations/acme").await.status == 200, approved);
    assert_eq!(
        team.owner.get("/organizations/acme").await.data()["members_count"],
        if approved { 2 } else { 1 }
    );
}
