//! Requests about notifications that make no sense: each with its code, and nothing changes.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, ways};
use crate::table::snapshot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_by_its_name() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    stage
        .change(&stage.ann, json!({ "assignee_id": bob.id }))
        .await;
    let id = stage.page(bob, "").await.rows()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let before = snapshot(&stage.world.cloud).await;
    for (query, name) in [
        ("unread=maybe", "unread"),
        ("unread=", "unread"),
        ("type=everything", "type"),
        ("org=A!", "org"),
        ("limit=0", "limit"),
        ("read=true", "read"),
    ] {
        let refused = bob
            .get(&format!("/notifications?{query}"))
            .await
            .refused(400, "bad_filter");
        assert_eq!(refused.fields(), [name], "{query}");
    }
    bob.get("/notifications?cursor=x")
        .await
        .refused(400, "bad_cursor");
    let path = format!("/notifications/{id}");
    for (body, field) in [
        (json!({ "read": "yes" }), "/read"),
        (json!({ "snoozed_until": "tomorrow" }), "/snoozed_until"),
        (
            json!({ "snoozed_until": "2020-01-01T00:00:00Z" }),
            "/snoozed_until",
        ),
        (json!({ "type": "assigned" }), "/type"),
    ] {
        let refused = bob
            .patch(&path, body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused.fields(), [field]);
    }
    let stale = bob
        .request(Method::PATCH, &path)
        .header("if-match", "\"v9\"")
        .json(json!({ "read": true }));
    stale.send().await.refused(412, "precondition_failed");
    for wrong in [
        "x",
        "00000000-0000-0000-0000-000000000000",
        &id[..35],
        &format!("{id}A"),
        "unread-count",
    ] {
        bob.patch(&format!("/notifications/{wrong}"), json!({ "read": true }))
            .await;
    }
    for (body, field) in [
        (json!({}), "/ids"),
        (json!({ "ids": [] }), "/ids"),
        (json!({ "ids": [id, "x"] }), "/ids/1"),
        (json!({ "ids": vec![id.as_str(); 101] }), "/ids"),
        (json!({ "ids": [id], "all": true }), "/all"),
        (json!({ "all": false }), "/all"),
        (json!({ "all": true, "before": "now" }), "/before"),
    ] {
        let refused = bob
            .post("/notifications/read", body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused.fields(), [field]);
    }
    bob.get(&path).await.refused(405, "method_not_allowed");
    bob.delete(&path).await.refused(405, "method_not_allowed");
    assert_eq!(snapshot(&stage.world.cloud).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preferences_that_cannot_be_are_refused_by_their_names() {
    let stage = Stage::new().await;
    let hours =
        |from: &str, to: &str| json!({ "events": {}, "quiet_hours": { "from": from, "to": to } });
    for (body, field) in [
        (json!({}), "/events"),
        (json!({ "events": null }), "/events"),
        (
            json!({ "events": { "everything": ways("i") } }),
            "/events/everything",
        ),
        (
            json!({ "events": { "assigned": true } }),
            "/events/assigned",
        ),
        (
            json!({ "events": { "assigned": { "in_app": true } } }),
            "/events/assigned/mail",
        ),
        (
            json!({ "events": { "assigned": { "in_app": 1, "mail": true, "push": true } } }),
            "/events/assigned/in_app",
        ),
        (
            json!({ "events": { "assigned": [true, true, true] } }),
            "/events/assigned",
        ),
        (hours("24:00", "07:00"), "/quiet_hours/from"),
        (hours("22:00", "7"), "/quiet_hours/to"),
        (hours("22:00", "22:00"), "/quiet_hours/to"),
        (
            json!({ "events": {}, "quiet_hours": ["22:00", "07:00"] }),
            "/quiet_hours",
        ),
        (
            json!({ "events": {}, "quiet_hours": { "from": "22:00" } }),
            "/quiet_hours/to",
        ),
        (json!({ "events": {}, "timezone": "UTC" }), "/timezone"),
    ] {
        let refused = stage
            .prefer(&stage.bob, body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused.fields(), [field], "{}", refused.text);
    }
    assert_eq!(
        stage
            .bob
            .get("/notification-preferences")
            .await
            .header("etag"),
        "\"v1\""
    );
    for (method, path) in [
        ("GET", "/notifications"),
        ("GET", "/notification-preferences"),
        ("POST", "/notifications/read"),
    ] {
        let request = stage.world.nobody().request(method.parse().unwrap(), path);
        let body = if method == "GET" {
            Value::Null
        } else {
            json!({ "all": true })
        };
        let answer = if body.is_null() {
            request.send().await
        } else {
            request.json(body).send().await
        };
        answer.refused(401, "unauthenticated");
    }
}
