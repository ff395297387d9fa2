//! Workflows that are refused, and workflows that two write at once.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, Team, World};

struct Stage {
    world: World,
    team: Team,
    path: String,
    project: String,
}

impl Stage {
    async fn new() -> Self {
        let (world, team) = World::acme().await;
        let project = team.project("WEB").await;
        Self {
            path: format!("/projects/{project}/workflow"),
            project,
            world,
            team,
        }
    }

    async fn put(&self, who: &Person, body: Value) -> Answer {
        let seen = who.get(&self.path).await.header("etag").to_owned();
        who.request(Method::PUT, &self.path)
            .header("if-match", &seen)
            .json(body)
            .send()
            .await
    }
}

fn status(key: &str, category: &str) -> Value {
    json!({ "key": key, "name": key, "category": category })
}

fn good() -> Value {
    json!({
        "statuses": [status("todo", "todo"), status("in_progress", "in_progress"), status("done", "done")],
        "transitions": [{ "from": ["todo", "in_progress"], "to": "done" }, { "from": ["done"], "to": "todo" }],
        "status_map": {}
    })
}

/// A workflow of the most statuses and steps, with keys of this length.
fn largest(length: usize) -> Value {
    let key = |n: usize| format!("{:s<length$}", format!("k{n}"));
    let statuses: Vec<Value> = (0..30)
        .map(|n| status(&key(n), if n == 0 { "todo" } else { "done" }))
        .collect();
    let from: Vec<String> = (0..30).map(key).collect();
    let steps: Vec<Value> = (0..100)
        .map(|n| json!({ "from": from, "to": key(n % 30) }))
        .collect();
    json!({ "statuses": statuses, "transitions": steps, "status_map": { "todo": key(0), "in_progress": key(0), "done": key(1) } })
}

#[tokio::test]
async fn a_workflow_is_bounded_in_bytes_and_so_is_what_is_said_about_a_wrong_one() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let large = stage
        .put(ann, largest(30))
        .await
        .refused(422, "validation_failed");
    assert_eq!(large.fields(), ["/transitions"]);
    let mut wrong = good();
    wrong["transitions"][0]["from"] = (0..70_000).map(|n| json!(format!("k{n}"))).collect();
    let refused = stage
        .put(ann, wrong)
        .await
        .refused(422, "validation_failed");
    assert_eq!(refused.fields().len(), 100);
    assert!(refused.text.len() < 20_000, "{}", refused.text.len());
}

/// Workflows with something wrong, and the fields that are named.
fn wrong() -> Vec<(Value, Vec<&'static str>)> {
    let many: Vec<Value> = (0..31)
        .map(|n| status(&format!("s{n}"), if n == 0 { "todo" } else { "done" }))
        .collect();
    let step = |from: &[&str], to: &str| json!({ "from": from, "to": to });
    let steps: Vec<Value> = (0..101).map(|_| step(&["todo"], "done")).collect();
    let change = |way: &str, value: Value| {
        let mut body = good();
        let (above, name) = way.rsplit_once('/').unwrap();
        let place = body.pointer_mut(above).unwrap();
        match place {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            other => other[name] = value,
        }
        body
    };
    let text = |length: usize| json!("x".repeat(length));
    vec![
        (json!({ "statuses": [] }), vec!["/statuses", "/statuses"]),
        (json!({ "statuses": many }), vec!["/statuses"]),
        (
            json!({ "statuses": [status("todo", "todo"), status("Todo", "done")] }),
            vec!["/statuses/1/key"],
        ),
        (json!({ "transitions": [] }), vec!["/statuses"]),
        (
            change("/statuses/0", status("todo", "in_progress")),
            vec!["/statuses"],
        ),
        (
            change("/statuses/2", status("done", "cancelled")),
            vec!["/statuses"],
        ),
        (
            change("/statuses/1/key", json!("9")),
            vec!["/statuses/1/key"],
        ),
        (change("/statuses/1/key", text(31)), vec!["/statuses/1/key"]),
        (
            change("/statuses/1/name", json!(" ")),
            vec!["/statuses/1/name"],
        ),
        (
            change("/statuses/1/name", text(41)),
            vec!["/statuses/1/name"],
        ),
        (
            change("/statuses/1/category", json!("open")),
            vec!["/statuses/1/category"],
        ),
        (
            change("/statuses/1/color", json!("red")),
            vec!["/statuses/1/color"],
        ),
        (
            change("/statuses/1/color", json!("#12345g")),
            vec!["/statuses/1/color"],
        ),
        (
            change("/statuses/1/color", json!("#1234567")),
            vec!["/statuses/1/color"],
        ),
        (
            change("/statuses/1/order", json!(1)),
            vec!["/statuses/1/order"],
        ),
        (
            change("/statuses/1", json!(["todo", "To Do", "todo"])),
            vec!["/statuses/1"],
        ),
        (change("/transitions", json!(steps)), vec!["/transitions"]),
        (
            change("/transitions/0", step(&[], "done")),
            vec!["/transitions/0/from"],
        ),
        (
            change("/transitions/0", step(&["todo", "review"], "done")),
            vec!["/transitions/0/from/1"],
        ),
        (
            change("/transitions/0", step(&["todo", "To do"], "done")),
            vec!["/transitions/0/from/1"],
        ),
        (
            change("/transitions/0/to", json!("review")),
            vec!["/transitions/0/to"],
        ),
        (
            change("/transitions/0/roles", json!(["member", "boss"])),
            vec!["/transitions/0/roles/1"],
        ),
        (
            change("/transitions/0/require_fields", json!(["title"])),
            vec!["/transitions/0/require_fields/0"],
        ),
        // What needs work that is still to come is not known yet.
        (
            change("/transitions/0/guards", json!(["no_open_subtasks"])),
            vec!["/transitions/0/guards"],
        ),
        (
            change("/transitions/0/auto", json!(["stop_timers"])),
            vec!["/transitions/0/auto"],
        ),
        // Done can be reached, and nothing follows.
        (
            change("/transitions/1/from", json!(["in_progress"])),
            vec!["/statuses/2"],
        ),
        (
            change("/status_map/todo", json!("done")),
            vec!["/status_map/todo"],
        ),
        (
            change("/status_map/review", json!("done")),
            vec!["/status_map/review"],
        ),
        (
            change("/status_map/todo", json!("")),
            vec!["/status_map/todo"],
        ),
        (change("/version", json!(2)), vec!["/version"]),
    ]
}

#[tokio::test]
async fn a_workflow_that_tasks_cannot_follow_is_refused_and_nothing_changes() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    for (body, fields) in wrong() {
        let answer = stage
            .put(ann, body.clone())
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    let now = ann.get(&stage.path).await.expect(200);
    assert_eq!(
        (&now.data()["version"], now.header("etag")),
        (&json!(1), "\"v1\"")
    );
    // But for what was wrong it is in order; and what is said to be final needs no way on.
    stage.put(ann, good()).await.expect(200);
    let mut last = good();
    (last["transitions"][1]["from"], last["statuses"][2]["final"]) =
        (json!(["in_progress"]), json!(true));
    let last = stage.put(ann, last).await.expect(200);
    assert_eq!(
        (
            &last.data()["version"],
            &last.data()["statuses"][2]["final"]
        ),
        (&json!(3), &json!(true))
    );
}

#[tokio::test]
async fn a_status_that_tasks_are_in_is_named_also_when_it_has_had_another_name() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    stage.team.task(&stage.project, "Old").await;
    let renamed = json!({
        "statuses": [status("new", "todo"), status("spare", "todo"), status("over", "done")],
        "status_map": { "todo": "new" }
    });
    stage.put(ann, renamed).await.expect(200);
    let without = json!({ "statuses": [status("other", "todo"), status("over", "done")] });
    let refused = stage
        .put(ann, without.clone())
        .await
        .refused(409, "tasks_in_removed_status");
    assert_eq!(refused.body["statuses"], json!(["new"]));
    let mut mapped = without;
    mapped["status_map"] = json!({ "new": "over" });
    stage.put(ann, mapped).await.expect(200);
    let list = ann
        .get(&format!(
            "/tasks?project={}&status=over&ordering=position",
            stage.project
        ))
        .await
        .expect(200);
    assert_eq!(list.rows()[0]["title"], "Old");
}

#[tokio::test]
async fn only_who_runs_the_project_replaces_its_workflow_and_only_while_it_lives() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    for (name, role, status) in [
        ("mia", "manager", 200),
        ("bob", "member", 403),
        ("vic", "viewer", 403),
    ] {
        let person = stage.world.member(&stage.team, name, role).await;
        assert_eq!(stage.put(&person, good()).await.status, status, "{role}");
        person.get(&stage.path).await.expect(200);
    }
    let eve = stage.world.person("eve").await;
    eve.get(&stage.path).await.refused(404, "not_found");
    let blind = eve.request(Method::PUT, &stage.path).json(good());
    blind.send().await.refused(404, "not_found");
    let project = format!("/projects/{}", stage.project);
    ann.post(&format!("{project}/archive"), json!({}))
        .await
        .expect(200);
    stage
        .put(ann, good())
        .await
        .refused(409, "project_archived");
    ann.get(&stage.path).await.expect(200);
    ann.delete(&project).await.expect(200);
    ann.get(&stage.path).await.refused(404, "not_found");
}

#[tokio::test]
async fn of_two_who_replace_it_at_once_one_is_told() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let put = || {
        ann.request(Method::PUT, &stage.path)
            .header("if-match", "\"v1\"")
            .json(good())
            .send()
    };
    let answers = join_all((0..6).map(|_| put())).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    assert_eq!(ann.get(&stage.path).await.expect(200).data()["version"], 2);
    for seen in ["*", "W/\"v2\"", "\"2\""] {
        let answer = ann
            .request(Method::PUT, &stage.path)
            .header("if-match", seen)
            .json(good())
            .send()
            .await;
        assert!(
            [412, 428].contains(&answer.status),
            "{seen}: {}",
            answer.text
        );
    }
}
