//! Who has lost a right hears nothing more, with no grace.

use serde_json::{Value, json};
use tests::{Live, Person, World};

use super::{Stage, kinds, none_left};

/// A change of the task by its owner, and what a client gets of it.
async fn heard(stage: &Stage, live: &mut Live, title: &str) -> Vec<Value> {
    stage
        .ann
        .patch(&format!("/tasks/{}", stage.task), json!({ "title": title }))
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    live.drain().await
}

fn lost(frames: &[Value], topic: &str, code: &str) {
    let errors: Vec<(&Value, &Value)> = frames
        .iter()
        .filter(|frame| frame["type"] == "error")
        .map(|frame| (&frame["topic"], &frame["code"]))
        .collect();
    assert_eq!(errors, [(&json!(topic), &json!(code))], "{frames:?}");
}

#[tokio::test]
async fn a_project_that_becomes_private_is_gone_for_those_without_a_role_in_it() {
    let stage = Stage::new().await;
    let board = json!({ "project_id": stage.project, "name": "Board" });
    let board = stage.ann.post("/boards", board).await.expect(201).id();
    stage.world.cloud.settle().await;
    for topic in [
        format!("project:{}", stage.project),
        format!("board:{board}"),
        format!("task:{}", stage.task),
    ] {
        let (mut bob, mut ann) = (
            stage.world.live(&stage.bob).await,
            stage.world.live(&stage.ann).await,
        );
        bob.subscribe(&[&topic]).await;
        ann.subscribe(&[&topic]).await;
        assert_eq!(
            kinds(&heard(&stage, &mut bob, &format!("Open {topic}")).await),
            ["task.updated"]
        );
        ann.drain().await;
        let path = format!("/projects/{}", stage.project);
        stage
            .ann
            .patch(&path, json!({ "visibility": "private" }))
            .await
            .expect(200);
        let frames = heard(&stage, &mut bob, &format!("Secret {topic}")).await;
        lost(&frames, &topic, "gone");
        assert!(
            !frames
                .iter()
                .any(|frame| frame.to_string().contains("Secret")),
            "{frames:?}"
        );
        assert!(
            kinds(&ann.drain().await).contains(&"task.updated".to_owned()),
            "his admin sees it still"
        );
        // It is told once, and not listened to any more, even when it can be seen again.
        stage
            .ann
            .patch(&path, json!({ "visibility": "organization" }))
            .await
            .expect(200);
        assert!(
            heard(&stage, &mut bob, &format!("Open again {topic}"))
                .await
                .is_empty()
        );
        bob.subscribe(&[&topic]).await;
    }
}

#[tokio::test]
async fn who_is_removed_from_the_organization_is_closed_and_hears_nothing() {
    let stage = Stage::new().await;
    let mut bob = stage.world.live(&stage.bob).await;
    bob.subscribe(&[
        &format!("task:{}", stage.task),
        &format!("org:{}", stage.team.id),
    ])
    .await;
    stage
        .ann
        .delete(&format!(
            "/organizations/{}/members/{}",
            stage.team.id, stage.bob.id
        ))
        .await
        .expect(204);
    let bye = bob.of_type("bye").await;
    assert_eq!(
        (&bye["reason"], &bye["organization"]),
        (&json!("member_removed"), &json!(stage.team.id))
    );
    bob.closed().await;
    // Their account is their own still, and so is a new connection; the organization is not.
    let mut again = stage.world.live(&stage.bob).await;
    let ack = again
        .ask(json!({ "action": "subscribe", "topics": [format!("task:{}", stage.task)] }))
        .await;
    assert_eq!(ack["refused"][0]["code"], "not_found");
    assert!(heard(&stage, &mut again, "Without him").await.is_empty());
}

#[tokio::test]
async fn a_right_that_is_lost_silences_before_anything_tells_so() {
    // The word that somebody was removed comes by the same way as all others. Should it be late, the rights are read
    // with every delivery.
    let stage = Stage::new().await;
    let topic = format!("task:{}", stage.task);
    let mut bob = stage.world.live(&stage.bob).await;
    bob.subscribe(&[&topic]).await;
    stage
        .ann
        .delete(&format!(
            "/organizations/{}/members/{}",
            stage.team.id, stage.bob.id
        ))
        .await
        .expect(204);
    let mut batch = super::batch("broadcast.sqs.json");
    super::about(&mut batch, &stage.team.id, &stage.project, &stage.task);
    assert_eq!(
        stage.world.cloud.invoke("broadcast", batch).await,
        Ok(json!({ "batchItemFailures": [] }))
    );
    bob.closed().await;
    assert!(
        bob.waiting().all(|frame| frame["type"] != "event"),
        "{:?}",
        bob.waiting().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_guest_hears_his_projects_and_not_the_organization() {
    let stage = Stage::new().await;
    let guest = stage.world.member(&stage.team, "guest", "guest").await;
    let mut live = stage.world.live(&guest).await;
    let (org, project) = (
        format!("org:{}", stage.team.id),
        format!("project:{}", stage.project),
    );
    let ack = live
        .ask(json!({ "action": "subscribe", "topics": [org, project] }))
        .await;
    let refused: Vec<(&str, &str)> = ack["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["topic"].as_str().unwrap(),
                one["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        refused,
        [(org.as_str(), "forbidden"), (project.as_str(), "not_found")]
    );
    let member = format!("/projects/{}/members/{}", stage.project, guest.id);
    stage.ann.put(&member, json!({ "role": "viewer" })).await;
    let begun = live.subscribe(&[&project]).await;
    assert_eq!(
        kinds(&heard(&stage, &mut live, "For him").await)
            .last()
            .unwrap(),
        "task.updated"
    );
    // What is missed is filtered alike.
    let (_, events) = live.resume(&stage.team.id, &begun["topics"]).await;
    let ours = |event: &Value| event["project_id"] == stage.project.as_str();
    assert!(!events.is_empty() && events.iter().all(ours), "{events:?}");
    stage.ann.delete(&member).await;
    lost(
        &heard(&stage, &mut live, "Not for him").await,
        &project,
        "gone",
    );
}

#[tokio::test]
async fn who_becomes_a_guest_does_not_hear_the_organization_any_more() {
    let stage = Stage::new().await;
    let mut bob = stage.world.live(&stage.bob).await;
    let org = format!("org:{}", stage.team.id);
    bob.subscribe(&[&org]).await;
    let member = format!("/organizations/{}/members/{}", stage.team.id, stage.bob.id);
    stage
        .ann
        .patch(&member, json!({ "role": "guest" }))
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    lost(&bob.drain().await, &org, "forbidden");
}

async fn signs_out(stage: &Stage, person: &Person, how: &str, body: Value) {
    let status = person.post(how, body).await.status;
    assert!((200..300).contains(&status), "{how}: {status}");
    stage.world.cloud.settle().await;
}

#[tokio::test]
async fn a_connection_ends_with_its_session() {
    let stage = Stage::new().await;
    let login = json!({ "email": stage.bob.email, "password": tests::PASSWORD });
    let second = stage
        .world
        .nobody()
        .post("/auth/login", login)
        .await
        .expect(200);
    let second = stage.bob.with_tokens(&second);
    let topic = format!("task:{}", stage.task);
    let (mut first, mut other) = (
        stage.world.live(&stage.bob).await,
        stage.world.live(&second).await,
    );
    first.subscribe(&[&topic]).await;
    other.subscribe(&[&topic]).await;
    signs_out(&stage, &stage.bob, "/auth/logout", json!({})).await;
    assert_eq!(first.of_type("bye").await["reason"], "session_ended");
    first.closed().await;
    assert_eq!(
        kinds(&heard(&stage, &mut other, "For one").await),
        ["task.updated"],
        "the other goes on"
    );
    signs_out(&stage, &second, "/auth/logout", json!({ "all": true })).await;
    assert_eq!(other.of_type("bye").await["reason"], "session_ended");
    other.closed().await;
    none_left(&stage.world, "W#").await;
}

#[tokio::test]
async fn a_message_from_a_session_that_has_ended_is_answered_by_the_end() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    // The word of the end is held up; the session itself is read with each message.
    world.cloud.faults().add(
        local::Fault::fail_before("PostToConnection")
            .in_function("broadcast")
            .times(usize::MAX),
    );
    world.cloud.faults().add(
        local::Fault::fail_before("DeleteConnection")
            .in_function("broadcast")
            .times(usize::MAX),
    );
    ann.post("/auth/logout", json!({})).await.expect(204);
    live.send(r#"{"action":"ping"}"#).await;
    let bye = live.of_type("bye").await;
    assert!(
        ["session_ended", "unknown_connection"].contains(&bye["reason"].as_str().unwrap()),
        "{bye}"
    );
    live.closed().await;
}
