//! Everything exactly once, however often it is handed over.

use std::collections::BTreeMap;

use local::Call;
use serde_json::{Value, json};

use super::{Stage, batch};

/// The bodies that a function has queued for another, by the last part of the queue's name.
fn queued(calls: &[Call], function: &str, queue: &str) -> Vec<String> {
    let of = |call: &&Call| {
        let url = call.request["QueueUrl"].as_str().unwrap_or_default();
        call.function == function && call.operation == "SendMessageBatch" && url.ends_with(queue)
    };
    let entries = calls
        .iter()
        .filter(of)
        .flat_map(|call| call.request["Entries"].as_array().unwrap());
    entries
        .map(|entry| entry["MessageBody"].as_str().unwrap().to_owned())
        .collect()
}

/// What everybody was told, with the versions of the items.
async fn everything(stage: &Stage) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for who in [&stage.ann, &stage.bob, &stage.cay] {
        let page = stage.page(who, "limit=100").await;
        all.insert(who.email.clone(), page.body["data"].clone());
        all.insert(
            format!("letters to {}", who.email),
            json!(stage.letters(who).await.len()),
        );
    }
    all
}

/// Some of each that is told.
async fn doings(stage: &Stage) {
    let Stage { ann, bob, .. } = stage;
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    let comment = stage.comment(bob, "@cay, can you?").await.id();
    let answer = json!({ "body": "No, @bob.", "parent_id": comment });
    stage
        .cay
        .post(&format!("{}/comments", stage.path()), answer)
        .await
        .expect(201);
    stage
        .change(ann, json!({ "title": "Another", "due_date": "2030-01-01" }))
        .await;
    // Mail is sent while the task is there.
    stage.world.cloud.settle().await;
    ann.delete(&stage.path()).await.expect(200);
    ann.post(&format!("/trash/task/{}/restore", stage.task), json!({}))
        .await
        .expect(200);
    stage.world.cloud.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_are_handed_over_again_tell_nobody_anything_new() {
    let stage = Stage::new().await;
    stage.world.cloud.record_calls();
    doings(&stage).await;
    let events = queued(&stage.world.cloud.take_calls(), "fanout", ".fifo");
    assert!(events.len() >= 6, "{events:?}");
    let before = everything(&stage).await;
    let bobs = before[&stage.bob.email].as_array().unwrap().len();
    assert_eq!(bobs, 5, "{before:#?}");
    // All of them, in order; then each alone, the last one first.
    let mut rounds = vec![events.clone()];
    rounds.extend(events.iter().rev().map(|event| vec![event.clone()]));
    for round in rounds {
        let answer = stage
            .world
            .cloud
            .invoke("feed", batch("feed.fifo", &round))
            .await
            .unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    assert_eq!(everything(&stage).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_stays_read_when_it_is_handed_over_again() {
    let stage = Stage::new().await;
    stage.world.cloud.record_calls();
    doings(&stage).await;
    let events = queued(&stage.world.cloud.take_calls(), "fanout", ".fifo");
    for who in [&stage.ann, &stage.bob, &stage.cay] {
        who.post("/notifications/read", json!({ "all": true }))
            .await
            .expect(200);
    }
    let before = everything(&stage).await;
    stage
        .world
        .cloud
        .invoke("feed", batch("feed.fifo", &events))
        .await
        .unwrap();
    assert_eq!(everything(&stage).await, before);
    stage.unread(&stage.bob, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_come_twice_are_done_once() {
    let stage = Stage::new().await;
    stage.world.cloud.record_calls();
    doings(&stage).await;
    let calls = stage.world.cloud.take_calls();
    let before = everything(&stage).await;
    for (queue, worker) in [("-mail", "mailer"), ("-device", "devices")] {
        let jobs = queued(&calls, "feed", queue);
        assert!(!jobs.is_empty(), "{queue}");
        for _ in 0..2 {
            let answer = stage
                .world
                .cloud
                .invoke(worker, batch(queue, &jobs))
                .await
                .unwrap();
            assert_eq!(answer["batchItemFailures"], json!([]), "{worker}");
        }
    }
    assert_eq!(everything(&stage).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_connections_are_sent_what_the_list_shows() {
    let stage = Stage::new().await;
    stage.world.cloud.record_calls();
    doings(&stage).await;
    let jobs = queued(&stage.world.cloud.take_calls(), "feed", "-broadcast.fifo");
    let jobs: Vec<Value> = jobs
        .iter()
        .map(|job| serde_json::from_str(job).unwrap())
        .collect();
    let mut compared = 0;
    for who in [&stage.ann, &stage.bob, &stage.cay] {
        for row in stage.page(who, "limit=100").await.rows() {
            let job = jobs
                .iter()
                .find(|job| job["kind"] == "notification" && job["id"] == row["id"]);
            let job = job.unwrap_or_else(|| panic!("{row} was not sent"));
            let (mut sent, mut row) = (job["notification"].clone(), row.clone());
            // The task is called otherwise by now.
            for notification in [&mut sent, &mut row] {
                notification["task"]["title"] = Value::Null;
            }
            assert_eq!(sent, row);
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_event_is_no_news_for_who_watches_since() {
    let stage = Stage::new().await;
    stage.world.cloud.record_calls();
    stage
        .change(&stage.ann, json!({ "title": "Another title" }))
        .await;
    stage.world.cloud.settle().await;
    let events = queued(&stage.world.cloud.take_calls(), "fanout", ".fifo");
    stage
        .bob
        .put(&format!("{}/watchers/me", stage.path()), Value::Null)
        .await
        .expect(204);
    stage.comment(&stage.ann, "@cay").await;
    stage.world.cloud.settle().await;
    stage
        .world
        .cloud
        .invoke("feed", batch("feed.fifo", &events))
        .await
        .unwrap();
    assert_eq!(stage.told(&stage.bob).await, ["commented"]);
    assert_eq!(stage.told(&stage.cay).await, ["mentioned"]);
}
