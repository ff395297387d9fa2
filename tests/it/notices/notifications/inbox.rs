//! What people do with their inboxes.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Person, World};

use super::{Stage, types};
use crate::journeys::{journey, until};

/// Gives Bob so many tasks; the ids of their notifications, newest first.
async fn told(stage: &Stage, count: usize) -> Vec<String> {
    for number in 0..count {
        stage.assigned(&stage.bob, &format!("Task {number}")).await;
    }
    ids(&stage.page(&stage.bob, "limit=100").await)
}

fn ids(answer: &tests::Answer) -> Vec<String> {
    answer
        .rows()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn at(id: &str) -> String {
    format!("/notifications/{id}")
}

journey! {
    async fn notifications_are_read_one_by_one_and_all_at_once(world: World) {
        let stage = Stage::in_world(world).await;
        let bob = &stage.bob;
        let all = told(&stage, 5).await;
        let read = bob.patch(&at(&all[0]), json!({ "read": true })).await.expect(200);
        assert!(read.data()["read_at"].is_string() && read.header("etag") == "\"v2\"", "{}", read.text);
        // Once more changes nothing.
        let again = bob.patch(&at(&all[0]), json!({ "read": true })).await.expect(200);
        assert_eq!(again.data(), read.data());
        let marked = bob.post("/notifications/read", json!({ "ids": [all[1], all[1], all[0]] })).await.expect(200);
        assert_eq!(marked.data(), &json!({ "marked": 1, "has_more": false }));
        let unread = until(bob, "/notifications?unread=true", |answer| answer.rows().len() == 3).await;
        assert_eq!(ids(&unread), all[2..]);
        assert_eq!(ids(&stage.page(bob, "unread=false").await), all[..2]);
        until(bob, "/notifications/unread-count", |answer| answer.data() == &json!({ "unread": 3, "capped": false })).await;
        // What came later stays unread if one says what one has seen.
        let seen = unread.rows()[1]["at"].as_str().unwrap().to_owned();
        let marked = bob.post("/notifications/read", json!({ "all": true, "before": seen })).await.expect(200);
        assert_eq!(marked.data()["marked"], 1);
        until(bob, "/notifications?unread=true", |answer| ids(answer) == all[2..4]).await;
        let marked = bob.post("/notifications/read", json!({ "all": true })).await.expect(200);
        assert_eq!(marked.data(), &json!({ "marked": 2, "has_more": false }));
        until(bob, "/notifications/unread-count", |answer| answer.data()["unread"] == 0).await;
        // Unread again.
        bob.patch(&at(&all[3]), json!({ "read": false })).await.expect(200);
        until(bob, "/notifications?unread=true", |answer| ids(answer) == [all[3].clone()]).await;
        assert_eq!(ids(&stage.page(bob, "limit=100").await), all, "the order stays");
    }
}

journey! {
    async fn what_was_put_off_comes_back_at_its_time(world: World) {
        let stage = Stage::in_world(world).await;
        let (bob, clock) = (&stage.bob, &stage.world.clock);
        let all = told(&stage, 2).await;
        let now = clock.clock().now();
        let until = |hours: i64| (now + SignedDuration::from_hours(hours)).to_string();
        let put_off = bob.patch(&at(&all[0]), json!({ "snoozed_until": until(1) })).await.expect(200);
        assert_eq!(put_off.data()["snoozed_until"], json!(until(1)));
        assert_eq!(ids(&stage.page(bob, "").await), [all[1].clone()]);
        crate::journeys::until(bob, "/notifications/unread-count", |answer| answer.data()["unread"] == 1).await;
        // All at once leaves it alone.
        bob.post("/notifications/read", json!({ "all": true })).await.expect(200);
        clock.advance(SignedDuration::from_mins(61));
        assert_eq!(ids(&stage.page(bob, "").await), all);
        crate::journeys::until(bob, "/notifications?unread=true", |answer| ids(answer) == [all[0].clone()]).await;
        // Put off again, and taken back.
        bob.patch(&at(&all[0]), json!({ "snoozed_until": until(3) })).await.expect(200);
        assert_eq!(ids(&stage.page(bob, "").await), [all[1].clone()]);
        bob.patch(&at(&all[0]), json!({ "snoozed_until": null })).await.expect(200);
        assert_eq!(ids(&stage.page(bob, "").await), all);
        for wrong in [until(1), until(91 * 24)] {
            let refused = bob.patch(&at(&all[0]), json!({ "snoozed_until": wrong })).await;
            assert_eq!(refused.refused(422, "validation_failed").fields(), ["/snoozed_until"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inbox_is_one_over_all_organizations_page_by_page() {
    let stage = Stage::new().await;
    let (bob, eve) = (&stage.bob, stage.world.person("eve").await);
    let other = stage.world.team(&eve, "globex").await;
    stage.world.join(&other, bob, "member").await;
    let project = other.project("GLO").await;
    for number in 0..6 {
        if number % 2 == 0 {
            stage.assigned(bob, "Here").await;
        } else {
            let body = json!({ "project_id": project, "title": "There", "assignee_id": bob.id });
            eve.post("/tasks", body).await.expect(201);
        }
    }
    let all = stage.page(bob, "limit=100").await;
    let orgs: Vec<&Value> = all
        .rows()
        .iter()
        .map(|row| &row["organization_id"])
        .collect();
    let (here, there) = (json!(stage.team.id), json!(other.id));
    assert_eq!(orgs, [&there, &here, &there, &here, &there, &here]);
    for query in ["", "unread=true&"] {
        let mut seen = vec![];
        let mut cursor = String::new();
        loop {
            let page = stage.page(bob, &format!("{query}limit=2{cursor}")).await;
            seen.extend(ids(&page));
            match page.body["meta"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, ids(&all), "{query}");
    }
    assert_eq!(stage.page(bob, "org=globex").await.rows().len(), 3);
    assert_eq!(
        stage
            .page(bob, &format!("org={}&limit=2", stage.team.id))
            .await
            .rows()
            .len(),
        2
    );
    assert_eq!(
        types(&stage.page(bob, "type=assigned&org=acme").await).len(),
        3
    );
    assert!(stage.page(bob, "type=mentioned").await.rows().is_empty());
    // An organization that they have left takes its part of the inbox along.
    bob.delete(&format!("/organizations/{}/members/{}", other.id, bob.id))
        .await
        .expect(204);
    assert_eq!(stage.page(bob, "limit=100").await.rows().len(), 3);
    stage.unread(bob, 3).await;
    bob.get("/notifications?org=globex")
        .await
        .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifications_are_gone_after_ninety_days() {
    let stage = Stage::new().await;
    let all = told(&stage, 1).await;
    stage
        .world
        .clock
        .advance(SignedDuration::from_hours(89 * 24));
    let bob = signed_in_again(&stage, &stage.bob).await;
    assert_eq!(ids(&stage.page(&bob, "").await), all);
    stage.world.clock.advance(SignedDuration::from_hours(25));
    let bob = signed_in_again(&stage, &bob).await;
    for query in ["", "unread=true"] {
        assert!(stage.page(&bob, query).await.rows().is_empty());
    }
    stage.unread(&bob, 0).await;
    bob.patch(&at(&all[0]), json!({ "read": true }))
        .await
        .refused(404, "not_found");
}

async fn signed_in_again(stage: &Stage, who: &Person) -> Person {
    let login = json!({ "email": who.email, "password": tests::PASSWORD });
    who.with_tokens(
        &stage
            .world
            .nobody()
            .post("/auth/login", login)
            .await
            .expect(200),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_mark_at_once_lose_nothing() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    let all = told(&stage, 12).await;
    let (every, some) = (json!({ "all": true }), json!({ "ids": all[..6] }));
    let marks = (0..12).map(|turn| {
        let body = if turn % 2 == 0 {
            every.clone()
        } else {
            some.clone()
        };
        async move {
            bob.post("/notifications/read", body)
                .await
                .expect(200)
                .data()["marked"]
                .as_u64()
                .unwrap()
        }
    });
    let changes = all[..3].iter().map(|id| async move {
        bob.patch(&at(id), json!({ "read": true }))
            .await
            .expect(200);
        0
    });
    let (marked, _) = tokio::join!(join_all(marks), join_all(changes));
    // Each was marked by one of them: by all together, or by itself.
    assert!((9..=12).contains(&marked.iter().sum::<u64>()), "{marked:?}");
    stage.unread(bob, 0).await;
    assert!(
        stage
            .page(bob, "limit=100")
            .await
            .rows()
            .iter()
            .all(|row| row["read_at"].is_string())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_count_of_unread_ones_ends_at_a_hundred() {
    let stage = Stage::new().await;
    let (ann, bob) = (&stage.ann, &stage.bob);
    let create = json!({
        "op": "create", "project_id": stage.project, "title": "One of many", "assignee_id": bob.id,
    });
    for part in [
        vec![create.clone(); 25],
        vec![create.clone(); 25],
        vec![create.clone(); 25],
        vec![create; 26],
    ] {
        let (first, rest) = part.split_at(25);
        for operations in [first, rest]
            .into_iter()
            .filter(|operations| !operations.is_empty())
        {
            let body = json!({ "mode": "atomic", "operations": operations });
            ann.post("/tasks/bulk", body).await.expect(200);
        }
    }
    stage.world.cloud.settle().await;
    let count = bob.get("/notifications/unread-count").await.expect(200);
    assert_eq!(count.data(), &json!({ "unread": 100, "capped": true }));
    assert_eq!(
        bob.post("/notifications/read", json!({ "all": true }))
            .await
            .expect(200)
            .data()["marked"],
        101
    );
}
