//! What people are told, by which ways, and what they do with it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod faults;
mod inbox;
mod input;
mod journey;
mod mail;
mod once;
mod preferences;
mod quiet;
mod rights;
mod watchers;

use local::Mail;
use serde_json::{Value, json};
use tests::{Answer, Person, Team, World};

use crate::journeys::until;

/// An organization with a task, and people around it.
struct Stage {
    world: World,
    team: Team,
    ann: Person,
    bob: Person,
    cay: Person,
    project: String,
    /// Made by Ann, done by nobody.
    task: String,
}

impl Stage {
    async fn new() -> Self {
        Self::in_world(World::new().await).await
    }

    async fn in_world(world: World) -> Self {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let (bob, cay) = (
            world.member(&team, "bob", "member").await,
            world.member(&team, "cay", "member").await,
        );
        let project = team.project("WEB").await;
        let task = team.task(&project, "Write the press release").await;
        world.cloud.settle().await;
        Self {
            world,
            team,
            ann,
            bob,
            cay,
            project,
            task,
        }
    }

    fn path(&self) -> String {
        format!("/tasks/{}", self.task)
    }

    /// Changes the task.
    async fn change(&self, who: &Person, body: Value) -> Answer {
        who.patch(&self.path(), body).await.expect(200)
    }

    async fn comment(&self, who: &Person, body: &str) -> Answer {
        who.post(
            &format!("{}/comments", self.path()),
            json!({ "body": body }),
        )
        .await
        .expect(201)
    }

    /// A new task that is given to somebody by Ann.
    async fn assigned(&self, to: &Person, title: &str) -> String {
        let body = json!({ "project_id": self.project, "title": title, "assignee_id": to.id });
        self.ann.post("/tasks", body).await.expect(201).id()
    }

    /// A page of notifications, once everything has followed.
    async fn page(&self, who: &Person, query: &str) -> Answer {
        self.world.cloud.settle().await;
        who.get(&format!("/notifications?{query}"))
            .await
            .expect(200)
    }

    /// The types of somebody's notifications, newest first.
    async fn told(&self, who: &Person) -> Vec<String> {
        types(&self.page(who, "limit=100").await)
    }

    /// Waits until somebody has so many unread notifications: the index in which they stand may lag.
    async fn unread(&self, who: &Person, count: u64) {
        self.world.cloud.settle().await;
        until(who, "/notifications/unread-count", |answer| {
            answer.data()["unread"] == count
        })
        .await;
    }

    /// The mails to somebody that tell of something.
    async fn letters(&self, who: &Person) -> Vec<Mail> {
        self.world.cloud.settle().await;
        let to =
            |mail: &Mail| mail.to == who.email && mail.text.contains("notification preferences");
        self.world.cloud.mailbox().into_iter().filter(to).collect()
    }

    /// Replaces somebody's preferences.
    async fn prefer(&self, who: &Person, body: Value) -> Answer {
        let seen = who
            .get("/notification-preferences")
            .await
            .expect(200)
            .header("etag")
            .to_owned();
        let put = who
            .request(reqwest::Method::PUT, "/notification-preferences")
            .header("if-match", &seen);
        put.json(body).send().await
    }
}

fn types(answer: &Answer) -> Vec<String> {
    answer
        .rows()
        .iter()
        .map(|row| row["type"].as_str().unwrap().to_owned())
        .collect()
}

/// The ways by which a type comes, by the first letters of those that are on: `i`, `m`, `p`.
fn ways(on: &str) -> Value {
    json!({ "in_app": on.contains('i'), "mail": on.contains('m'), "push": on.contains('p') })
}

/// Messages as Lambda hands them over.
fn batch(queue: &str, bodies: &[String]) -> Value {
    let record = |(number, body): (usize, &String)| {
        json!({
            "messageId": format!("m{number}"), "receiptHandle": "r", "body": body,
            "attributes": { "MessageGroupId": "g" }, "messageAttributes": {}, "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"), "awsRegion": "us-east-1",
        })
    };
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
}
