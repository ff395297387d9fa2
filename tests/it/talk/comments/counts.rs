//! How many comments a task has, as the feed counts them.

use local::Fault;
use serde_json::{Value, json};

use super::Stage;

impl Stage {
    async fn counts(&self) -> Value {
        self.world.cloud.settle().await;
        let shown = self
            .ann
            .get(&format!("/tasks/{}?include=counts", self.task))
            .await
            .expect(200);
        shown.data()["counts"].clone()
    }
}

fn comments(count: u64) -> Value {
    json!({ "comments": count, "attachments": 0 })
}

#[tokio::test]
async fn comments_that_are_there_are_counted() {
    let stage = Stage::new().await;
    assert_eq!(stage.counts().await, comments(0));
    let root = stage.comment(&stage.ann, "one").await.id();
    let answer = stage.answer(&stage.bob, &root, "two").await.id();
    stage.comment(&stage.bob, "three").await;
    assert_eq!(stage.counts().await, comments(3));
    // Neither edits nor reactions are comments.
    stage
        .ann
        .patch(&stage.at(&root), json!({ "body": "edited" }))
        .await
        .expect(200);
    stage
        .bob
        .request(
            reqwest::Method::PUT,
            &format!("{}/reactions/👍", stage.at(&root)),
        )
        .send()
        .await
        .expect(204);
    assert_eq!(stage.counts().await, comments(3));
    stage.ann.delete(&stage.at(&root)).await.expect(204);
    stage.bob.delete(&stage.at(&answer)).await.expect(204);
    assert_eq!(stage.counts().await, comments(1));
}

#[tokio::test]
async fn counts_come_with_tasks_where_they_are_asked_for() {
    let stage = Stage::new().await;
    let other = stage.team.task(&stage.project, "Another").await;
    stage.comment(&stage.bob, "one").await;
    stage.world.cloud.settle().await;
    let listed = stage
        .ann
        .get(&format!("/tasks?project={}&include=counts", stage.project))
        .await
        .expect(200);
    let counts: Vec<(&str, &Value)> = listed
        .rows()
        .iter()
        .map(|row| (row["id"].as_str().unwrap(), &row["counts"]))
        .collect();
    assert_eq!(
        counts,
        [
            (stage.task.as_str(), &comments(1)),
            (other.as_str(), &comments(0))
        ]
    );
    let board = json!({ "project_id": stage.project, "name": "Board" });
    let board = format!(
        "/boards/{}",
        stage.ann.post("/boards", board).await.expect(201).id()
    );
    let shown = stage
        .ann
        .get(&format!("{board}?include=counts"))
        .await
        .expect(200);
    let cards = shown.data()["lists"][0]["cards"].as_array().unwrap();
    assert_eq!(
        cards.iter().map(|card| &card["counts"]).collect::<Vec<_>>(),
        [&comments(1), &comments(0)]
    );
    // Nobody asked.
    for path in [
        format!("/tasks/{}", stage.task),
        format!("/tasks?project={}", stage.project),
        board.clone(),
    ] {
        assert!(
            !stage
                .ann
                .get(&path)
                .await
                .expect(200)
                .text
                .contains("counts"),
            "{path}"
        );
    }
    stage
        .ann
        .get(&format!("{board}?include=cards"))
        .await
        .refused(400, "bad_filter");
    stage
        .ann
        .get(&format!("/tasks/{}?include=comments", stage.task))
        .await
        .refused(400, "bad_filter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_stay_right_when_everything_comes_twice_and_in_pieces() {
    let stage = Stage::new().await;
    stage.world.cloud.settle().await;
    stage.world.cloud.unsettle(Some(11));
    let mut made = vec![];
    for n in 0..12 {
        made.push(
            stage
                .comment(&stage.bob, &format!("comment {n}"))
                .await
                .id(),
        );
    }
    let gone = made
        .iter()
        .take(5)
        .map(|id| async { stage.bob.delete(&stage.at(id)).await.expect(204) });
    futures_util::future::join_all(gone).await;
    assert_eq!(stage.counts().await, comments(7));
    for position in [0, stage.world.cloud.stream_position() / 2] {
        stage.world.cloud.replay_stream(position);
        assert_eq!(stage.counts().await, comments(7));
    }
    stage.comment(&stage.ann, "one more").await;
    assert_eq!(stage.counts().await, comments(8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_ends_at_any_of_its_requests_counts_once() {
    let stage = Stage::new().await;
    stage.world.cloud.settle().await;
    let mut wanted = 0;
    for fault in [Fault::kill_before, Fault::kill_after] {
        let mut requests = 0;
        loop {
            let hits = stage
                .world
                .cloud
                .faults()
                .add(fault().after(requests).in_function("feed"));
            stage.comment(&stage.bob, "again").await;
            wanted += 1;
            assert_eq!(
                stage.counts().await,
                comments(wanted),
                "the feed ended at its request {requests}"
            );
            stage.world.cloud.faults().clear();
            if hits.count() == 0 {
                break;
            }
            requests += 1;
        }
        // From and to the table for the feed, and to it for the count.
        assert!(requests >= 3, "{requests}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_whose_answer_is_lost_is_made_once() {
    let stage = Stage::new().await;
    stage.comment(&stage.bob, "one").await;
    assert_eq!(stage.counts().await, comments(1));
    let hits = stage
        .world
        .cloud
        .faults()
        .add(Fault::lose_answer("UpdateItem").in_function("feed"));
    stage.comment(&stage.bob, "two").await;
    assert_eq!(stage.counts().await, comments(2));
    assert_eq!(hits.count(), 1);
}
