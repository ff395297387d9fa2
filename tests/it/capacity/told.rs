//! Notifications on the scale.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Request};

use super::scale::{Bound, Scale, exactly};

fn get(person: &Person, path: &str) -> Request {
    person.request(Method::GET, path)
}

/// Weighs what people do with what they were told.
pub async fn weigh(scale: &mut Scale<'_>) {
    let world = scale.world;
    let vera = world.person("vera-n").await;
    let team = world.team(&vera, "told").await;
    let walt = world.member(&team, "walt-n", "member").await;
    let project = team.project("TOLD").await;
    for number in 0..25 {
        let body = json!({ "project_id": project, "title": format!("Task {number}"), "assignee_id": walt.id });
        vera.post("/tasks", body).await.expect(201);
    }
    world.cloud.settle().await;
    // What an instance reads once in its life belongs to no call.
    walt.get("/notifications").await.expect(200);
    // Account and session; organizations and cards beside the first rows; half a unit for each task.
    let reads = |most: f64| (Bound::Is(3.0), Bound::Most(most), Bound::Is(0.0));
    let list = scale
        .weigh(
            "list 20 notifications, 2 organizations",
            reads(21.0),
            200,
            get(&walt, "/notifications"),
        )
        .await;
    let unread = get(&walt, "/notifications?unread=true");
    scale
        .weigh(
            "list 20 unread notifications, 2 organizations",
            reads(18.0),
            200,
            unread,
        )
        .await;
    let count = get(&walt, "/notifications/unread-count");
    scale
        .weigh(
            "count 25 unread notifications, 2 organizations",
            reads(21.0),
            200,
            count,
        )
        .await;
    let id = |at: usize| list.rows()[at]["id"].as_str().unwrap().to_owned();
    let path = format!("/notifications/{}", id(0));
    let read = walt
        .request(Method::PATCH, &path)
        .json(json!({ "read": true }));
    // The entry among the unread ones goes.
    scale
        .weigh("read a notification", exactly(3, 4.5, 2.0), 200, read)
        .await;
    let mark = |body: Value| walt.request(Method::POST, "/notifications/read").json(body);
    let ten: Vec<String> = (1..11).map(id).collect();
    scale
        .weigh(
            "mark 10 notifications",
            exactly(2, 2.0, 20.0),
            200,
            mark(json!({ "ids": ten })),
        )
        .await;
    let all = (Bound::Is(3.0), Bound::Most(9.0), Bound::Is(28.0));
    scale
        .weigh(
            "mark all of 14 notifications, 2 organizations",
            all,
            200,
            mark(json!({ "all": true })),
        )
        .await;
    preferences(scale, &walt).await;
    watchers(scale, &team.task(&project, "Watched").await, &walt).await;
}

async fn preferences(scale: &mut Scale<'_>, walt: &Person) {
    let path = "/notification-preferences";
    scale
        .weigh(
            "get notification preferences",
            exactly(1, 3.0, 0.0),
            200,
            get(walt, path),
        )
        .await;
    for (name, seen) in [
        ("set notification preferences", "\"v1\""),
        ("change notification preferences", "\"v2\""),
    ] {
        let quiet =
            json!({ "from": "22:00", "to": if seen == "\"v1\"" { "07:00" } else { "08:00" } });
        let put = walt.request(Method::PUT, path).header("if-match", seen);
        let put = put.json(json!({ "events": {}, "quiet_hours": quiet }));
        scale.weigh(name, exactly(2, 3.0, 1.0), 200, put).await;
    }
}

async fn watchers(scale: &mut Scale<'_>, task: &str, walt: &Person) {
    let (path, mine) = (
        format!("/tasks/{task}/watchers"),
        format!("/tasks/{task}/watchers/me"),
    );
    for (name, method, writes) in [
        ("watch a task", Method::PUT, 1.0),
        ("watch it again", Method::PUT, 0.0),
        ("mute a task", Method::DELETE, 1.0),
    ] {
        let trips = if writes == 0.0 { 1 } else { 2 };
        scale
            .weigh(
                name,
                exactly(trips, 5.0, writes),
                204,
                walt.request(method, &mine),
            )
            .await;
    }
    scale
        .weigh("list watchers", exactly(2, 6.0, 0.0), 200, get(walt, &path))
        .await;
}
