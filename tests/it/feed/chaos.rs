//! Batches that come twice, cut anywhere; functions that end in the middle; clouds that are stopped.

use std::path::PathBuf;

use local::{Fault, Options};
use serde_json::json;
use tests::{Team, World};

use super::{feed, settled};

/// A world with a task, at rest.
async fn scene(change: impl FnOnce(&mut Options)) -> (World, Team, String) {
    let world = World::with(change).await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let task = team.task(&team.project("WEB").await, "First").await;
    world.cloud.settle().await;
    (world, team, task)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_played_again_adds_nothing() {
    let (world, team, task) = scene(|_| {}).await;
    let first = feed(&world.cloud, &team.id).await;
    for position in [0, world.cloud.stream_position() / 2, 0] {
        world.cloud.replay_stream(position);
        assert_eq!(settled(&world, &team.id).await.links, first.links);
    }
    team.owner
        .patch(&format!("/tasks/{task}"), json!({ "title": "Second" }))
        .await
        .expect(200);
    assert_eq!(
        settled(&world, &team.id).await.links.len(),
        first.links.len() + 1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_come_twice_and_are_cut_anywhere_add_nothing() {
    let (world, team, task) = scene(|_| {}).await;
    let before = feed(&world.cloud, &team.id).await.links.len();
    world.cloud.unsettle(Some(7));
    let path = format!("/tasks/{task}");
    for turn in 0..10 {
        // A few at a time: more of them on one task would be asked to come again.
        let changes = (0..4).map(|n| {
            team.owner
                .patch(&path, json!({ "title": format!("{turn} {n}") }))
        });
        for answer in futures_util::future::join_all(changes).await {
            answer.expect(200);
        }
    }
    assert_eq!(settled(&world, &team.id).await.links.len(), before + 40);
}

/// Makes one change under a fault, and tells whether it has struck.
async fn survives(world: &World, team: &Team, task: &str, fault: Fault) -> bool {
    let before = feed(&world.cloud, &team.id).await.links.len();
    let hits = world.cloud.faults().add(fault);
    let title = json!({ "title": format!("Title {before}") });
    team.owner
        .patch(&format!("/tasks/{task}"), title)
        .await
        .expect(200);
    assert_eq!(settled(world, &team.id).await.links.len(), before + 1);
    world.cloud.faults().clear();
    hits.count() > 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_ends_at_any_of_its_requests_loses_nothing_and_repeats_nothing() {
    let (world, team, task) = scene(|_| {}).await;
    for function in ["fanout", "feed"] {
        for fault in [Fault::kill_before, Fault::kill_after] {
            let mut requests = 0;
            while survives(
                &world,
                &team,
                &task,
                fault().after(requests).in_function(function),
            )
            .await
            {
                requests += 1;
            }
            // To the queue; from the table, to it, and to the queue of live messages.
            assert!(
                requests >= if function == "feed" { 3 } else { 1 },
                "{function}: {requests}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_is_lost_or_refused_is_made_once() {
    let (world, team, task) = scene(|_| {}).await;
    let faults = [
        Fault::lose_answer("TransactWriteItems"),
        Fault::lose_answer("TransactWriteItems").times(3),
        Fault::fail_before("TransactWriteItems").times(3),
        Fault::cancel(&["TransactionConflict", "None", "None"]),
        Fault::cancel(&["ConditionalCheckFailed", "None", "None"]),
        Fault::error("TransactWriteItems", "ThrottlingException", 400).times(2),
        Fault::leave_keys(),
    ];
    for fault in faults {
        assert!(survives(&world, &team, &task, fault.in_function("feed")).await);
    }
}

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = runtime::env::Entropy::system().bytes::<8>();
        Self(std::env::temp_dir().join(format!("elevanalog-{:x}", u64::from_be_bytes(name))))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be deleted now is the operating system's to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cloud_that_is_stopped_in_the_middle_goes_on_where_it_was() {
    let directory = Directory::new();
    let (mut world, mut team, task) =
        scene(|options| options.data_dir = Some(directory.0.clone())).await;
    let before = feed(&world.cloud, &team.id).await.links.len();
    for turn in 0..4 {
        for n in 0..10 {
            let title = json!({ "title": format!("{turn} {n}") });
            team.owner
                .patch(&format!("/tasks/{task}"), title)
                .await
                .expect(200);
        }
        let World { cloud, .. } = world;
        cloud.stop().await;
        world = World::with(|options| options.data_dir = Some(directory.0.clone())).await;
        let mut here = world.nobody();
        (here.token, here.id) = (team.owner.token.clone(), team.owner.id.clone());
        team = Team {
            owner: here,
            ..team
        };
    }
    assert_eq!(settled(&world, &team.id).await.links.len(), before + 40);
}
