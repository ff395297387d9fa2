//! Files on tasks, and pictures of people: real uploads to the object store, by addresses that the API has signed.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod avatars;
mod content;
mod downloads;
mod journey;
mod parts;
mod quota;
mod refused;
mod sweep;
mod trouble;
mod versions;

use local::Options;
use serde_json::Value;
use tests::{Answer, File, Person, Stored, Team, World};

/// An organization with a task, and people who put files on it.
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
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let world = World::with(change).await;
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

    /// The files of the task.
    fn place(&self) -> String {
        format!("/tasks/{}/attachments", self.task)
    }

    fn at(&self, file: &str) -> String {
        format!("{}/{file}", self.place())
    }

    async fn begin(&self, who: &Person, file: &File) -> Answer {
        who.post(&self.place(), file.announcement()).await
    }

    async fn complete(&self, who: &Person, file: &str) -> Answer {
        who.post(
            &format!("{}/complete", self.at(file)),
            serde_json::json!({}),
        )
        .await
    }

    /// Downloads a file by the link that somebody gets.
    async fn download(&self, who: &Person, file: &str, query: &str) -> Stored {
        let shown = who
            .get(&format!("{}{query}", self.at(file)))
            .await
            .expect(200);
        fetch(who, &shown.data()["download"]).await
    }

    /// What is listed.
    async fn names(&self, who: &Person) -> Vec<String> {
        let list = who.get(&self.place()).await.expect(200);
        list.rows()
            .iter()
            .map(|row| row["filename"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How many bytes the organization's files count.
    async fn bytes(&self) -> u64 {
        let table = crate::table::snapshot(&self.world.cloud).await;
        let item = table.iter().find(|((_, sk), _)| sk == "STORAGE");
        item.map_or(0, |(_, item)| {
            item["bytes"].as_n().unwrap().parse().unwrap()
        })
    }
}

/// Gets what a link leads to.
async fn fetch(who: &Person, link: &Value) -> Stored {
    who.store(
        reqwest::Method::GET,
        link["url"].as_str().expect("a link"),
        &[],
        None,
    )
    .await
}

/// The smallest PNG that says of itself to be so wide and high.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(b"\x08\x06\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82");
    bytes
}
