//! Answers that come broken, in parts, or late.

use std::time::Duration;

use local::{Fault, Options};
use serde_json::{Value, json};
use tests::{PASSWORD, World};

use super::stage::Stage;
use super::writes::{every_case, every_case_apart, places, smoothly};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_makes_nothing_false_and_nothing_by_halves() {
    every_case(async |stage, case| {
        let smooth = smoothly(stage, case).await;
        for (operation, at) in places(&smooth.calls) {
            let outcome = stage
                .play(case, vec![Fault::garble(operation).after(at)])
                .await;
            let named = format!("{} at {operation} {at}: {}", case.name, outcome.answer.text);
            assert_eq!(outcome.hits, [1], "{named}");
            assert!(
                [case.status, 503].contains(&outcome.answer.status),
                "{named}"
            );
            let whole = outcome.effect == smooth.effect;
            assert!(
                whole || outcome.answer.status == 503 && outcome.effect.is_empty(),
                "{named}: {:?}",
                outcome.effect
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_table_is_waited_for() {
    every_case(async |stage, case| {
        let smooth = smoothly(stage, case).await;
        let slow =
            |operation| Fault::delay(operation, Duration::from_millis(300)).times(usize::MAX);
        let faults = [
            "BatchGetItem",
            "Query",
            "PutItem",
            "UpdateItem",
            "TransactWriteItems",
        ]
        .map(slow);
        let outcome = stage.play(case, faults.into()).await;
        assert_eq!(
            outcome.answer.status, case.status,
            "{}: {}",
            case.name, outcome.answer.text
        );
        assert_eq!(outcome.effect, smooth.effect, "{}", case.name);
    })
    .await;
}

#[tokio::test]
async fn lists_are_whole_though_the_table_answers_row_by_row() {
    let stage = Stage::new().await;
    let (ann, org, project) = (&stage.team.owner, &stage.team.id, &stage.project);
    let mut task = String::new();
    for n in 0..7 {
        task = stage.team.task(project, &format!("Task {n}")).await;
        ann.post(
            &format!("/tasks/{task}/comments"),
            json!({ "body": format!("Said {n}, @bob") }),
        )
        .await
        .expect(201);
        ann.post(
            "/labels",
            json!({ "organization_id": org, "name": format!("Label {n}") }),
        )
        .await
        .expect(201);
    }
    ann.post("/boards", json!({ "project_id": project, "name": "Board" }))
        .await
        .expect(201);
    stage.world.cloud.settle().await;
    let lists = [
        format!("/tasks?project={project}&limit=5"),
        format!("/tasks?project={project}&q=task&ordering=-priority"),
        format!("/projects?org={org}"),
        format!("/projects/{project}/members"),
        format!("/organizations/{org}/members"),
        format!("/labels?org={org}"),
        format!("/boards?project={project}"),
        format!("/tasks/{task}/comments"),
        format!("/activity?org={org}&limit=9"),
        format!("/tasks/{task}/activity"),
        format!("/audit-logs?org={org}&limit=10&category=all"),
        "/notifications".to_owned(),
        format!("/dashboard?project={project}"),
    ];
    for path in lists {
        let who = if path.starts_with("/audit-logs") {
            ann
        } else {
            &stage.bob
        };
        let whole = who.get(&path).await;
        let cut = stage
            .world
            .cloud
            .faults()
            .add(Fault::cut_page().times(usize::MAX));
        let parts = who.get(&path).await.expect(200);
        stage.world.cloud.faults().clear();
        assert!(
            cut.count() > 1 || !whole.body["data"].is_array(),
            "{path} was not cut"
        );
        assert_eq!(
            without_cursor(&parts.body),
            without_cursor(&whole.expect(200).body),
            "{path}"
        );
    }
}

fn without_cursor(body: &Value) -> Value {
    let mut body = body.clone();
    body["request_id"] = Value::Null;
    let more = !body["meta"]["next_cursor"].is_null();
    body["meta"]["next_cursor"] = json!(more);
    body
}

#[tokio::test]
async fn messages_that_a_queue_refuses_one_by_one_are_sent_again_and_told_once() {
    let world = World::new().await;
    let refused = world.cloud.faults().add(Fault::refuse_entries().times(4));
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let task = team.task(&team.project("WEB").await, "Hand over").await;
    ann.patch(&format!("/tasks/{task}"), json!({ "assignee_id": bob.id }))
        .await
        .expect(200);
    world.cloud.settle().await;
    assert_eq!(refused.count(), 4);
    let inbox = bob.get("/notifications").await.expect(200);
    assert_eq!(
        inbox
            .rows()
            .iter()
            .filter(|row| row["type"] == "assigned")
            .count(),
        1,
        "{}",
        inbox.text
    );
    let activity = ann
        .get(&format!("/tasks/{task}/activity"))
        .await
        .expect(200);
    assert_eq!(activity.rows().len(), 2);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_told_and_read_by_the_next() {
    let world = World::with(|_: &mut Options| {}).await;
    let gone = world
        .cloud
        .faults()
        .add(Fault::error("GetSecretValue", "InternalServiceError", 500).times(usize::MAX));
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "username": "ann" });
    let answer = world.nobody().post("/auth/register", body.clone()).await;
    assert!(!answer.refused(503, "unavailable").text.contains("ecret"));
    assert!(gone.count() > 0);
    world.cloud.faults().clear();
    world
        .nobody()
        .post("/auth/register", body)
        .await
        .expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_is_killed_between_any_two_calls_leaves_the_whole_or_nothing() {
    every_case_apart(async |stage, case| {
        let smooth = smoothly(stage, case).await;
        for at in 0..=smooth.calls.len() {
            let outcome = stage.play(case, vec![Fault::kill_after().after(at)]).await;
            let named = format!("{} killed at call {at}: {}", case.name, outcome.answer.text);
            let killed = outcome.hits == [1];
            assert!(killed || at == smooth.calls.len(), "{named}");
            assert!(
                if killed {
                    outcome.answer.status >= 500
                } else {
                    outcome.answer.status == case.status
                },
                "{named}"
            );
            let whole = outcome.effect == smooth.effect;
            assert!(
                whole || killed && outcome.effect.is_empty(),
                "{named}: {:#?}",
                outcome.effect
            );
        }
    })
    .await;
}
