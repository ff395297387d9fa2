//! Live connections, end to end: tickets, topics, rights, what is missed, and the platform's limits.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod connect;
mod input;
mod missed;
mod pace;
mod platform;
mod rights;
mod topics;

use serde_json::{Value, json};
use tests::{Person, Team, World};

/// An organization with a task in an open project, its owner, a member and a viewer.
struct Stage {
    world: World,
    team: Team,
    ann: Person,
    bob: Person,
    viewer: Person,
    project: String,
    task: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let viewer = world.member(&team, "vic", "viewer").await;
        let project = team.project("WEB").await;
        let task = team.task(&project, "Write the press release").await;
        // What has happened until now is told before anybody listens.
        world.cloud.settle().await;
        Self {
            world,
            team,
            ann,
            bob,
            viewer,
            project,
            task,
        }
    }
}

/// Waits until no item begins so any more: the gateway tells the function of an end when it is over.
async fn none_left(world: &World, prefix: &str) {
    let gone = async {
        while items(world, prefix).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone)
        .await
        .expect("they go");
}

/// The types of the events in messages.
fn kinds(frames: &[Value]) -> Vec<String> {
    let events = frames
        .iter()
        .flat_map(|frame| frame["events"].as_array().into_iter().flatten());
    events
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

/// A batch of the folder of events.
fn batch(file: &str) -> Value {
    let path = format!("{}/../events/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Keeps the first message of a batch, and makes it one about a task of a test's.
fn about(batch: &mut Value, org: &str, project: &str, task: &str) {
    let records = batch["Records"].as_array_mut().unwrap();
    records.truncate(1);
    let mut job: Value = serde_json::from_str(records[0]["body"].as_str().unwrap()).unwrap();
    let org: domain::id::OrgId = org.parse().unwrap();
    let (project, short): (domain::id::ProjectId, domain::id::TaskId) =
        (project.parse().unwrap(), task.parse().unwrap());
    job["topic"] = format!("task:{task}").into();
    job["org"] = json!(org);
    job["numbered"]["event"]["project"] = json!(project);
    job["numbered"]["event"]["task"] = json!(short);
    job["numbered"]["event"]["subject"] = task.into();
    records[0]["body"] = job.to_string().into();
}

/// All that stands in the table, as text.
async fn everything(world: &World) -> String {
    let scan = world
        .cloud
        .dynamodb()
        .scan()
        .table_name(world.cloud.table())
        .consistent_read(true);
    let items = scan.send().await.unwrap().items.unwrap();
    format!("{items:?}")
}

/// How many items of the table have a partition or sort key that begins so.
async fn items(world: &World, prefix: &str) -> usize {
    let scan = world
        .cloud
        .dynamodb()
        .scan()
        .table_name(world.cloud.table())
        .consistent_read(true);
    let items = scan.send().await.unwrap().items.unwrap();
    let begins =
        |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>,
         name: &str| { item[name].as_s().is_ok_and(|key| key.starts_with(prefix)) };
    items
        .iter()
        .filter(|item| begins(item, "pk") || begins(item, "sk"))
        .count()
}
