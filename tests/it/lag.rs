//! Indexes that lag: lists and look-ups by key may miss a write of the last moment, single reads never do.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::World;

use crate::journeys::until;

async fn lagging(lag: Duration) -> World {
    World::with(|options| options.index_lag = lag).await
}

#[tokio::test]
async fn single_reads_never_lag_and_lists_do() {
    let world = lagging(Duration::from_secs(3600)).await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    let path = format!("/tasks/{task}");
    assert_eq!(ann.get(&path).await.expect(200).text_of("key"), "WEB-1");
    let tag = ann
        .patch(&path, json!({ "title": "Second" }))
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    let stale = ann
        .request(Method::PATCH, &path)
        .header("if-match", "\"v1\"")
        .json(json!({ "title": "Third" }));
    stale.send().await.refused(412, "precondition_failed");
    let fresh = ann
        .request(Method::PATCH, &path)
        .header("if-match", &tag)
        .json(json!({ "title": "Third" }));
    fresh.send().await.expect(200);
    ann.post(&format!("{path}/transition"), json!({ "to": "done" }))
        .await
        .expect(200);
    ann.delete(&path).await.expect(200);
    ann.get(&path).await.refused(404, "not_found");
    ann.post(&format!("/trash/task/{task}/restore"), json!({}))
        .await
        .expect(200);
    let now = ann.get(&path).await.expect(200);
    assert_eq!(
        (
            now.text_of("title"),
            now.text_of("status"),
            &now.data()["version"]
        ),
        ("Third".into(), "done".into(), &json!(6))
    );
    // What is found by an index is not found yet, and nothing breaks.
    ann.get("/tasks/WEB-1").await.refused(404, "not_found");
    for list in [
        &format!("/tasks?project={project}"),
        "/tasks",
        "/projects",
        "/trash",
    ] {
        let page = ann.get(list).await.expect(200);
        assert_eq!(
            (page.rows().len(), &page.body["meta"]["has_more"]),
            (0, &json!(false)),
            "{list}"
        );
    }
    // Where somebody belongs is no matter of an index.
    assert_eq!(ann.get("/organizations").await.expect(200).rows().len(), 2);
}

#[tokio::test]
async fn lists_and_keys_follow_after_a_moment() {
    let world = lagging(Duration::from_millis(300)).await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    let list = format!("/tasks?project={project}");
    until(&ann, &list, |page| page.rows().len() == 1).await;
    assert_eq!(ann.get("/tasks/WEB-1").await.expect(200).id(), task);
    ann.patch(
        &format!("/tasks/{task}"),
        json!({ "title": "Second", "status": "done" }),
    )
    .await
    .expect(200);
    let page = until(
        &ann,
        &format!("{list}&ordering=position&status=done"),
        |page| page.rows().len() == 1,
    )
    .await;
    assert_eq!(page.rows()[0]["title"], "Second");
    ann.delete(&format!("/tasks/{task}")).await.expect(200);
    until(&ann, "/trash", |page| page.rows().len() == 1).await;
    until(&ann, &list, |page| page.rows().is_empty()).await;
}
