//! Answers that are lost on their way, and services that fail for a moment: nothing is done twice, and nothing is lost.

use local::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, ways};

impl Stage {
    /// Lets a function lose the answer to its next call of an operation.
    fn lose(&self, function: &str, operation: &str) -> local::Hits {
        self.world
            .cloud
            .faults()
            .add(Fault::lose_answer(operation).in_function(function))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_makes_no_false_error_and_no_second_effect() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    for title in ["One", "Two"] {
        stage.assigned(bob, title).await;
    }
    let page = stage.page(bob, "").await;
    let id = |at: usize| page.rows()[at]["id"].as_str().unwrap().to_owned();
    let hits = stage.lose("notifications", "UpdateItem");
    let read = bob
        .patch(
            &format!("/notifications/{}", id(0)),
            json!({ "read": true }),
        )
        .await
        .expect(200);
    assert_eq!((read.header("etag"), hits.count()), ("\"v2\"", 1));
    let hits = stage.lose("notifications", "UpdateItem");
    bob.post("/notifications/read", json!({ "ids": [id(1)] }))
        .await
        .expect(200);
    assert_eq!(hits.count(), 1);
    let page = stage.page(bob, "").await;
    assert!(
        page.rows()
            .iter()
            .all(|row| row["read_at"].is_string() && row["version"] == 2),
        "{}",
        page.text
    );

    let mine = format!("{}/watchers/me", stage.path());
    for (method, operation) in [
        (Method::PUT, "PutItem"),
        (Method::DELETE, "UpdateItem"),
        (Method::PUT, "UpdateItem"),
    ] {
        let hits = stage.lose("notifications", operation);
        bob.request(method, &mine).send().await.expect(204);
        assert_eq!(hits.count(), 1, "{operation}");
    }
    for (version, operation) in [(2, "PutItem"), (3, "UpdateItem")] {
        let hits = stage.lose("notifications", operation);
        let body = json!({ "events": { "added": ways(if version == 2 { "m" } else { "p" }) } });
        let replaced = stage.prefer(bob, body).await.expect(200);
        assert_eq!(
            (replaced.header("etag"), hits.count()),
            (format!("\"v{version}\"").as_str(), 1)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_while_people_are_told_is_done_later_and_once() {
    let stage = Stage::new().await;
    let (ann, bob, cay) = (&stage.ann, &stage.bob, &stage.cay);
    let faults: [Box<dyn Fn() -> Fault>; 6] = [
        Box::new(|| Fault::lose_answer("PutItem").in_function("feed")),
        Box::new(|| Fault::lose_answer("PutItem").in_function("feed").after(1)),
        Box::new(|| {
            Fault::error("PutItem", "InternalServerError", 500)
                .in_function("feed")
                .after(1)
                .times(3)
        }),
        Box::new(|| Fault::lose_answer("SendMessageBatch").in_function("feed")),
        Box::new(|| {
            Fault::error("SendMessageBatch", "InternalFailure", 500)
                .in_function("feed")
                .after(1)
                .times(3)
        }),
        Box::new(|| {
            Fault::error("Query", "InternalServerError", 500)
                .in_function("feed")
                .times(3)
        }),
    ];
    for (turn, fault) in faults.iter().enumerate() {
        let hits = stage.world.cloud.faults().add(fault());
        stage.comment(ann, "@bob and @cay").await;
        for who in [bob, cay] {
            assert_eq!(
                (stage.told(who).await.len(), stage.letters(who).await.len()),
                (turn + 1, turn + 1),
                "{turn}"
            );
        }
        assert!(hits.count() > 0, "{turn}");
        stage.world.cloud.faults().clear();
    }
    let watchers = ann
        .get(&format!("{}/watchers", stage.path()))
        .await
        .expect(200);
    let names: Vec<&Value> = watchers.rows().iter().map(|row| &row["username"]).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}
