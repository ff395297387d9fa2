//! Comments on tasks: what people do with them, and what is refused.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod counts;
mod input;
mod journey;
mod mentions;
mod races;
mod reactions;
mod viewers;

use serde_json::{Value, json};
use tests::{Answer, Person, Team, World};

/// An organization with a task, and people who talk about it.
struct Stage {
    world: World,
    team: Team,
    ann: Person,
    bob: Person,
    project: String,
    task: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        let task = team.task(&project, "Write the press release").await;
        Self {
            world,
            team,
            ann,
            bob,
            project,
            task,
        }
    }

    /// The comments of the task.
    fn place(&self) -> String {
        format!("/tasks/{}/comments", self.task)
    }

    fn at(&self, comment: &str) -> String {
        format!("{}/{comment}", self.place())
    }

    async fn comment(&self, who: &Person, body: &str) -> Answer {
        who.post(&self.place(), json!({ "body": body }))
            .await
            .expect(201)
    }

    async fn answer(&self, who: &Person, to: &str, body: &str) -> Answer {
        who.post(&self.place(), json!({ "body": body, "parent_id": to }))
            .await
            .expect(201)
    }

    /// What the comments say, in the order of the list.
    async fn texts(&self, query: &str) -> Vec<String> {
        self.world.cloud.settle().await;
        let list = self
            .ann
            .get(&format!("{}{query}", self.place()))
            .await
            .expect(200);
        list.rows()
            .iter()
            .map(|row| row["body"].as_str().unwrap_or("(deleted)").to_owned())
            .collect()
    }
}

fn people(mentions: &Value) -> Vec<&str> {
    mentions
        .as_array()
        .unwrap()
        .iter()
        .map(|mention| mention["user_id"].as_str().unwrap())
        .collect()
}

fn people_of(reaction: &Value) -> Vec<&str> {
    reaction["user_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user.as_str().unwrap())
        .collect()
}
