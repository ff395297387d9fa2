//! What is hidden inside an organization cannot be told from what is not there: not by the answer, not by its headers, and
//! not by the requests that the function makes to the table.

use std::collections::BTreeSet;

use local::Call;
use serde_json::{Value, json};
use tests::{Answer, File, Person};

use super::isolation::{Kind, mixed, places};
use super::sample::Sample;
use super::stage::{COLUMNS, Stage};
use crate::api::{OPERATIONS, Operation};

/// A private project with one of everything that a project has, seen by nobody but owners and admins.
struct Hidden {
    project: String,
    team: String,
    task: String,
    board: String,
    list: String,
    label: String,
    view: String,
    comment: String,
    attachment: String,
}

impl Hidden {
    async fn new(stage: &Stage) -> Self {
        let owner = stage.owner();
        let project = stage.team.private_project("HIDE").await;
        let team = owner
            .post("/teams", json!({ "name": "Hidden", "project_id": project }))
            .await
            .expect(201)
            .id();
        let task = stage.team.task(&project, "Hidden").await;
        let comments = format!("/tasks/{task}/comments");
        let comment = owner
            .post(&comments, json!({ "body": "Hidden" }))
            .await
            .expect(201)
            .id();
        let attachment = owner.attach(&task, &File::text("hidden.txt", 10)).await;
        let board = owner
            .post(
                "/boards",
                json!({ "project_id": project, "name": "Hidden" }),
            )
            .await
            .expect(201);
        let label = json!({ "project_id": project, "name": "Hidden" });
        let label = owner.post("/labels", label).await.expect(201).id();
        let view = json!({
            "organization_id": stage.team.id, "name": "Hidden", "filter": { "project": project }, "shared": true
        });
        let view = owner.post("/views", view).await.expect(201).id();
        let list = board.data()["lists"][0]["id"].as_str().unwrap().to_owned();
        Self {
            team,
            task,
            board: board.id(),
            list,
            label,
            view,
            comment,
            attachment,
            project,
        }
    }

    /// Its names of a kind, each with names of the same form that are nothing's.
    fn names(&self, kind: Kind) -> Vec<(&str, Vec<String>)> {
        fn id(text: &str) -> (&str, Vec<String>) {
            (text, vec![mixed(text, 7)])
        }
        match kind {
            Kind::Project => vec![id(&self.project)],
            Kind::Team => vec![id(&self.team)],
            Kind::Task => vec![
                id(&self.task),
                ("HIDE-1", vec!["HIDE-77".to_owned(), "NONE-1".to_owned()]),
            ],
            Kind::Board => vec![id(&self.board)],
            Kind::List => vec![(self.list.as_str(), vec!["3f1c9a0b7d25e864".to_owned()])],
            Kind::Label => vec![id(&self.label)],
            Kind::View => vec![id(&self.view)],
            Kind::Comment => vec![id(&self.comment)],
            Kind::Attachment => vec![id(&self.attachment)],
            _ => vec![],
        }
    }
}

/// Everything of an answer but what differs between any two: the request's id and the time it took.
fn told(answer: &Answer) -> (u16, Value, BTreeSet<(String, String)>) {
    let mut body = answer.body.clone();
    for member in ["request_id", "instance"] {
        body.as_object_mut()
            .and_then(|object| object.remove(member));
    }
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        let value = value.to_str().unwrap_or_default();
        // Of the timing its words count, of the tag nothing: it is a digest of a body that may repeat the request.
        let value = match name.as_str() {
            "server-timing" => value.split_once("desc=").unwrap_or_default().1,
            // Without the seconds that are left of the minute.
            "ratelimit" => value.split_once(";t=").unwrap_or_default().0,
            _ => value,
        };
        (name.to_string(), value.to_owned())
    };
    let volatile = ["x-request-id", "date", "etag"];
    let headers = answer
        .headers
        .iter()
        .map(header)
        .filter(|(name, _)| !volatile.contains(&name.as_str()));
    (answer.status, body, headers.collect())
}

/// What the function that answered asked the table for: operations and numbers of keys. Those that go together come in
/// any order; how many went after each other stands in the header of times.
fn requests(calls: Vec<Call>) -> Vec<String> {
    let of_function = calls
        .into_iter()
        .filter(|call| !local::WORKERS.contains(&call.function.as_str()));
    let line = |call: Call| {
        let tables = call.request["RequestItems"].as_object();
        let keys: usize = tables
            .into_iter()
            .flatten()
            .filter_map(|(_, one)| one["Keys"].as_array())
            .map(Vec::len)
            .sum();
        let index = call.request["IndexName"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        format!("{} {index} {keys}", call.operation)
    };
    let mut lines: Vec<String> = of_function.map(line).collect();
    lines.sort();
    lines
}

struct Watched<'a> {
    stage: &'a Stage,
    operation: &'a Operation,
}

impl Watched<'_> {
    /// The answer with the requests behind it; none of another request fall in between.
    async fn send(&self, sample: &Sample, who: &Person) -> (Answer, Vec<String>) {
        self.stage.world.cloud.take_calls();
        self.stage.world.cloud.record_calls();
        let answer = sample.send(self.operation, who).await;
        (answer, requests(self.stage.world.cloud.take_calls()))
    }
}

/// The seconds that are left of the caller's minute.
fn seconds_left(answer: &Answer) -> Option<u64> {
    answer.header("ratelimit").split_once(";t=")?.1.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_02_what_is_hidden_and_what_is_absent_are_the_same_for_every_role() {
    let stage = Stage::new().await;
    let hidden = Hidden::new(&stage).await;
    let blind: Vec<&str> = COLUMNS
        .iter()
        .copied()
        .filter(|name| !["admin", "owner", "nobody"].contains(name))
        .collect();
    let (mut covered, mut differing) = (0, vec![]);
    for operation in OPERATIONS.iter() {
        let sample = stage.arrange(operation, "", &stage.owner()).await;
        let watched = Watched {
            stage: &stage,
            operation,
        };
        for (name, kind, put) in places(operation, &sample) {
            for (theirs, never) in hidden.names(kind) {
                for role in &blind {
                    let who = stage.person(role);
                    // The first request of an instance reads more.
                    watched.send(&put(&sample, theirs), &who).await;
                    let (mut hides, mut behind) = watched.send(&put(&sample, theirs), &who).await;
                    for word in &never {
                        let (mut absent, mut other) = watched.send(&put(&sample, word), &who).await;
                        // In the next minute every limit is a new one: then both are asked again.
                        while seconds_left(&absent) > seconds_left(&hides) {
                            (hides, behind) = watched.send(&put(&sample, theirs), &who).await;
                            (absent, other) = watched.send(&put(&sample, word), &who).await;
                        }
                        let told = (told(&hides), behind.clone()) == (told(&absent), other.clone());
                        covered += 1;
                        if !told {
                            differing.push(format!(
                                "{} with {theirs} or {word} as {name} by {role}:\n  {} {} {behind:?}\n  {} {} {other:?}",
                                operation.name(),
                                hides.status,
                                hides.text,
                                absent.status,
                                absent.text
                            ));
                        }
                    }
                }
            }
        }
        stage.reopen().await;
    }
    assert!(covered > 500, "only {covered}");
    assert!(
        differing.is_empty(),
        "{} of {covered} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
}
