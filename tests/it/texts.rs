//! Long texts stand apart from their things: what of them is in the table, and that nobody notices.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Team, World};

use crate::table::{Item, Snapshot, snapshot};

struct Stage {
    world: World,
    team: Team,
    ann: Person,
    project: String,
}

impl Stage {
    async fn new() -> Self {
        let (world, team) = World::acme().await;
        let project = team.project("WEB").await;
        Self {
            ann: team.owner.clone(),
            world,
            team,
            project,
        }
    }

    async fn task(&self, description: &str) -> String {
        let body =
            json!({ "project_id": self.project, "title": "Task", "description": description });
        format!(
            "/tasks/{}",
            self.ann.post("/tasks", body).await.expect(201).id()
        )
    }

    /// The texts that stand apart.
    async fn apart(&self) -> Snapshot {
        let mut found = snapshot(&self.world.cloud).await;
        found.retain(|(_, sk), _| sk.starts_with("TEXT#"));
        found
    }

    /// The present version, and what it says.
    async fn shown(&self, path: &str) -> (u64, Value) {
        let answer = self.ann.get(path).await.expect(200);
        (
            answer.data()["version"].as_u64().unwrap(),
            answer.data()["description"].clone(),
        )
    }
}

/// A text that is too long for the item of its thing.
fn long(word: &str) -> String {
    [word; 500].join(" ")
}

fn keys(texts: &Snapshot) -> Vec<&str> {
    texts.keys().map(|(_, sk)| sk.as_str()).collect()
}

fn expires(text: &Item) -> bool {
    text.contains_key("ttl")
}

#[tokio::test]
async fn a_long_text_is_written_once_and_read_with_its_thing_only() {
    let stage = Stage::new().await;
    let (short, first, second) = ("x".repeat(1024), long("first"), long("second"));
    let brief = stage.task(&short).await;
    assert_eq!(stage.shown(&brief).await, (1, json!(short)));
    assert!(stage.apart().await.is_empty());
    let task = stage.task(&first).await;
    assert_eq!(stage.shown(&task).await, (1, json!(first)));
    let apart = stage.apart().await;
    assert_eq!(keys(&apart), ["TEXT#00000001"]);
    let text = apart.values().next().unwrap();
    assert_eq!(text["text"], AttributeValue::S(first.clone()));
    // It makes no event, stands in no index, and nothing about it ever changes.
    let mut names: Vec<&str> = text.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["pk", "sk", "sv", "text"]);
    let small = snapshot(&stage.world.cloud)
        .await
        .into_iter()
        .filter(|((_, sk), _)| sk == "TASK");
    assert!(
        small
            .map(|(_, item)| crate::table::size(&item))
            .all(|size| size < 2048)
    );

    // Other changes leave it alone; so does whoever writes the same text again, and nothing happens by that.
    let patch = |body| stage.ann.patch(&task, body);
    let titled = patch(json!({ "title": "Other" })).await.expect(200);
    assert_eq!(titled.data()["description"], first);
    assert_eq!(
        patch(json!({ "description": first }))
            .await
            .expect(200)
            .header("etag"),
        "\"v2\""
    );
    assert_eq!(keys(&stage.apart().await), ["TEXT#00000001"]);

    // Another takes its place, in the version that brings it; the former is kept for a while.
    let other = patch(json!({ "description": second })).await.expect(200);
    assert_eq!(
        (other.header("etag"), &other.data()["description"]),
        ("\"v3\"", &json!(second))
    );
    assert_eq!(stage.shown(&task).await, (3, json!(second)));
    let apart = stage.apart().await;
    assert_eq!(
        apart.values().map(expires).collect::<Vec<_>>(),
        [true, false]
    );
    // What is short again stands in the thing again.
    patch(json!({ "description": "brief" })).await.expect(200);
    assert_eq!(stage.shown(&task).await, (4, json!("brief")));
    patch(json!({ "description": first })).await.expect(200);
    patch(json!({ "description": null })).await.expect(200);
    assert_eq!(stage.shown(&task).await, (6, Value::Null));
    let apart = stage.apart().await;
    assert_eq!(
        keys(&apart),
        ["TEXT#00000001", "TEXT#00000003", "TEXT#00000005"]
    );
    assert!(apart.values().all(expires));

    // Each change of the text is told, and the text is not.
    stage.world.cloud.settle().await;
    let events = stage.ann.get(&format!("{task}/activity")).await.expect(200);
    let told = events
        .rows()
        .iter()
        .filter(|row| row["changes"].to_string().contains("description"))
        .count();
    assert_eq!(told, 5, "{}", events.text);
    assert!(!events.text.contains("first first"));
}

#[tokio::test]
async fn a_long_text_goes_where_its_task_goes() {
    let stage = Stage::new().await;
    let (text, other) = (long("text"), long("other"));
    let task = stage.task(&text).await;
    let step = |path: &str, body: Value| {
        stage
            .ann
            .request(Method::POST, &format!("{task}/{path}"))
            .json(body)
            .send()
    };
    let done = step("transition", json!({ "to": "done" }))
        .await
        .expect(200);
    assert_eq!(done.data()["description"], text);
    let elsewhere = stage.team.project("APP").await;
    let moved = step("move", json!({ "project_id": elsewhere }))
        .await
        .expect(200);
    assert_eq!(moved.data()["description"], text);
    assert_eq!(
        stage.ann.delete(&task).await.expect(200).data()["description"],
        text
    );
    let id = task.rsplit_once('/').unwrap().1;
    let back = stage
        .ann
        .post(&format!("/trash/task/{id}/restore"), json!({}))
        .await
        .expect(200);
    assert_eq!(back.data()["description"], text);
    // What a step requires is there.
    assert_eq!(stage.shown("/tasks/APP-1").await.1, json!(text));
    // Lists do without, and so do answers to many operations.
    stage.world.cloud.settle().await;
    for mode in ["atomic", "best_effort"] {
        let change =
            |text: &str| json!({ "op": "update", "id": id, "description": text, "title": mode });
        let make =
            json!({ "op": "create", "project_id": elsewhere, "title": "New", "description": text });
        let wanted = if mode == "atomic" { &other } else { &text };
        let body = json!({ "mode": mode, "operations": [change(wanted), make] });
        let answer = stage.ann.post("/tasks/bulk", body).await;
        assert!([200, 207].contains(&answer.status), "{}", answer.text);
        assert_eq!(stage.shown(&task).await.1, json!(wanted), "{mode}");
        assert!(!answer.text.contains(wanted.as_str()), "{mode}");
    }
    stage.world.cloud.settle().await;
    let list = stage
        .ann
        .get(&format!("/tasks?project={elsewhere}&ordering=priority"))
        .await
        .expect(200);
    assert_eq!(
        (list.rows().len(), list.text.contains("text text")),
        (3, false)
    );
}

#[tokio::test]
async fn a_creation_with_a_long_text_is_repeated_like_any_other() {
    let stage = Stage::new().await;
    let (text, other) = (long("text"), long("other"));
    let make = |title: &str, text: &str| {
        let body = json!({ "project_id": stage.project, "title": title, "description": text });
        stage
            .ann
            .request(Method::POST, "/tasks")
            .header("idempotency-key", title)
            .json(body)
            .send()
    };
    let made = make("once", &text).await.expect(201);
    let again = make("once", &text).await.expect(201);
    assert_eq!(
        (again.id(), &again.data()["description"]),
        (made.id(), &json!(text))
    );
    make("once", &other)
        .await
        .refused(422, "idempotency_key_reused");
    let (one, two) = tokio::join!(make("twice", &text), make("twice", &text));
    assert_eq!(
        (one.expect(201).id(), 2),
        (two.expect(201).id(), stage.apart().await.len())
    );
    // A change too, and of two at once that have seen the same one is told.
    let path = format!("/tasks/{}", made.id());
    let change = |key: &str, text: &str| {
        let request = stage
            .ann
            .request(Method::PATCH, &path)
            .header("idempotency-key", key)
            .header("if-match", "\"v1\"");
        request.json(json!({ "description": text })).send()
    };
    let (second, third) = (long("second"), long("third"));
    let (one, two) = tokio::join!(change("a", &second), change("b", &third));
    let (won, lost, key, wins) = match one.status {
        200 => (one, two, "a", &second),
        _ => (two, one, "b", &third),
    };
    assert_eq!(
        (won.expect(200).header("etag"), lost.code()),
        ("\"v2\"", "precondition_failed")
    );
    assert_eq!(change(key, wins).await.expect(200).header("etag"), "\"v2\"");
    assert_eq!(stage.shown(&path).await, (2, json!(wins)));
}

#[tokio::test]
async fn projects_and_teams_have_long_texts_too() {
    let stage = Stage::new().await;
    let (first, second) = (long("first"), long("second"));
    let project =
        json!({ "organization_id": stage.team.id, "name": "Apollo", "description": first });
    let team = json!({ "organization_id": stage.team.id, "name": "Crew", "description": first });
    for (path, body) in [("/projects", project), ("/teams", team)] {
        let made = stage.ann.post(path, body).await.expect(201);
        assert_eq!(made.data()["description"], first);
        let thing = format!("{path}/{}", made.id());
        assert_eq!(stage.shown(&thing).await, (1, json!(first)));
        let changed = stage
            .ann
            .patch(&thing, json!({ "description": second, "name": "Other" }))
            .await
            .expect(200);
        assert_eq!(changed.data()["description"], second);
        assert_eq!(stage.shown(&thing).await, (2, json!(second)));
        let again = stage
            .ann
            .patch(&thing, json!({ "description": second }))
            .await
            .expect(200);
        assert_eq!(again.data()["version"], 2, "{path}");
        stage.world.cloud.settle().await;
        let list = stage
            .ann
            .get(&format!("{path}?org={}", stage.team.id))
            .await
            .expect(200);
        assert!(
            !list.rows().is_empty() && !list.text.contains("second second"),
            "{path}"
        );
    }
    let apart = stage.apart().await;
    assert_eq!(
        (
            apart.len(),
            apart.values().filter(|text| expires(text)).count()
        ),
        (4, 2)
    );
}

#[tokio::test]
async fn a_long_comment_keeps_its_texts_until_it_goes() {
    let stage = Stage::new().await;
    let task = stage.task("brief").await;
    let place = format!("{task}/comments");
    let (first, second) = (long("first"), long("second"));
    let made = stage
        .ann
        .post(&place, json!({ "body": first }))
        .await
        .expect(201);
    let comment = format!("{place}/{}", made.id());
    assert_eq!(made.data()["body"], first);
    let edit = |body: &str| stage.ann.patch(&comment, json!({ "body": body }));
    assert_eq!(edit(&first).await.expect(200).data()["edits"], 0);
    assert_eq!(edit(&second).await.expect(200).data()["body"], second);
    assert_eq!(edit("brief").await.expect(200).data()["edits"], 2);
    assert_eq!(edit(&second).await.expect(200).data()["body"], second);
    stage.world.cloud.settle().await;
    let list = stage.ann.get(&place).await.expect(200);
    assert_eq!(list.rows()[0]["body"], second);
    assert!(
        list.rows()[0]["html"]
            .as_str()
            .unwrap()
            .contains("second second")
    );
    let history = stage
        .ann
        .get(&format!("{comment}/history"))
        .await
        .expect(200);
    let texts: Vec<&str> = history
        .rows()
        .iter()
        .map(|row| row["body"].as_str().unwrap())
        .collect();
    assert_eq!(texts, [first.as_str(), &second, "brief"]);
    let apart = stage.apart().await;
    assert_eq!((apart.len(), apart.values().any(expires)), (3, false));
    // With the comment all its texts go at once, as deleted comments' texts do.
    stage.ann.delete(&comment).await.expect(204);
    assert!(stage.apart().await.is_empty());
    let once = stage
        .ann
        .post(&place, json!({ "body": first }))
        .await
        .expect(201)
        .id();
    stage
        .ann
        .delete(&format!("{place}/{once}"))
        .await
        .expect(204);
    assert!(stage.apart().await.is_empty());
}

#[tokio::test]
async fn a_comment_with_as_many_long_texts_as_there_can_be_is_deleted_with_all_of_them() {
    let stage = Stage::new().await;
    let place = format!("{}/comments", stage.task("brief").await);
    let made = stage
        .ann
        .post(&place, json!({ "body": long("first") }))
        .await
        .expect(201);
    let comment = format!("{place}/{}", made.id());
    for n in 0..50 {
        stage
            .ann
            .patch(&comment, json!({ "body": long(&format!("text-{n}")) }))
            .await
            .expect(200);
    }
    stage
        .ann
        .patch(&comment, json!({ "body": "once more" }))
        .await
        .refused(409, "limit_reached");
    assert_eq!(stage.apart().await.len(), 51);
    stage.ann.delete(&comment).await.expect(204);
    assert!(stage.apart().await.is_empty());
    assert!(
        stage
            .ann
            .get(&format!("{comment}/history"))
            .await
            .expect(200)
            .rows()
            .is_empty()
    );
}
