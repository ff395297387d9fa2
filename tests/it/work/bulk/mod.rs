//! Many operations on tasks in one request.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod atomic;
mod best_effort;
mod journeys;
mod limits;
mod repeated;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, Request, Team, World};

use crate::table::{Snapshot, written};

/// A person with an organization and a project.
async fn acme() -> (World, Team, String) {
    let (world, team) = World::acme().await;
    let project = team.project("WEB").await;
    (world, team, project)
}

fn request(person: &Person, mode: &str, operations: &[Value]) -> Request {
    person
        .request(Method::POST, "/tasks/bulk")
        .json(json!({ "mode": mode, "operations": operations }))
}

async fn bulk(person: &Person, mode: &str, operations: &[Value]) -> Answer {
    request(person, mode, operations).send().await
}

/// All that is kept, once everything has followed that follows.
pub(crate) async fn still(world: &World) -> Snapshot {
    world.cloud.settle().await;
    written(&world.cloud).await
}

/// So many tasks of the owner's.
async fn tasks(team: &Team, project: &str, count: usize) -> Vec<String> {
    let mut tasks = vec![];
    for number in 0..count {
        tasks.push(team.task(project, &format!("Task {number}")).await);
    }
    tasks
}

fn rename(task: &str, title: &str) -> Value {
    json!({ "op": "update", "id": task, "title": title })
}

/// What each result says: its status, and the code of its problem.
fn outcomes(answer: &Answer) -> Vec<(u64, &str)> {
    answer
        .rows()
        .iter()
        .map(|row| {
            (
                row["status"].as_u64().unwrap_or_default(),
                row["problem"]["code"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

async fn title(person: &Person, task: &str) -> String {
    person
        .get(&format!("/tasks/{task}"))
        .await
        .expect(200)
        .text_of("title")
}
