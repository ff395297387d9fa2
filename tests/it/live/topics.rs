//! What is heard on which topic.

use serde_json::{Value, json};
use tests::Live;

use super::{Stage, kinds};

#[tokio::test]
async fn a_comment_is_saved_and_reaches_every_client() {
    let stage = Stage::new().await;
    let topic = format!("task:{}", stage.task);
    let mut clients: Vec<Live> = vec![];
    for person in [&stage.ann, &stage.bob, &stage.bob, &stage.viewer] {
        let mut live = stage.world.live(person).await;
        live.subscribe(&[&topic]).await;
        clients.push(live);
    }
    let comment = stage
        .bob
        .post(
            &format!("/tasks/{}/comments", stage.task),
            json!({ "body": "Ready?" }),
        )
        .await
        .expect(201);
    for live in &mut clients {
        let frame = live.of_type("event").await;
        assert_eq!(frame["topic"], topic.as_str());
        let [event] = frame["events"].as_array().unwrap().as_slice() else {
            panic!("{frame}")
        };
        assert_eq!(
            (&event["type"], event.get("seq")),
            (&json!("comment.created"), None)
        );
        assert_eq!(event["subject"]["id"], comment.id().as_str());
        assert_eq!(event["actor_id"], stage.bob.id.as_str());
    }
}

#[tokio::test]
async fn each_topic_has_what_belongs_to_it() {
    let stage = Stage::new().await;
    let (project, task) = (&stage.project, &stage.task);
    let other = stage.team.task(project, "Another").await;
    let apart = stage.team.project("APART").await;
    let board = stage
        .ann
        .post("/boards", json!({ "project_id": project, "name": "Board" }))
        .await
        .expect(201)
        .id();
    stage.world.cloud.settle().await;
    let topics = [
        format!("org:{}", stage.team.id),
        format!("project:{project}"),
        format!("board:{board}"),
        format!("task:{task}"),
    ];
    let mut clients: Vec<Live> = vec![];
    for topic in &topics {
        let mut live = stage.world.live(&stage.bob).await;
        let ack = live.subscribe(&[topic]).await;
        assert_eq!(ack["topics"][0]["organization"], stage.team.id.as_str());
        clients.push(live);
    }
    stage
        .ann
        .patch(&format!("/tasks/{task}"), json!({ "title": "New" }))
        .await
        .expect(200);
    stage
        .ann
        .patch(&format!("/tasks/{other}"), json!({ "title": "New too" }))
        .await
        .expect(200);
    stage.team.task(&apart, "Elsewhere").await;
    stage
        .ann
        .patch(&format!("/projects/{project}"), json!({ "name": "New" }))
        .await
        .expect(200);
    stage
        .ann
        .patch(
            &format!("/organizations/{}", stage.team.id),
            json!({ "name": "Newer" }),
        )
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    let mut heard: Vec<Vec<Value>> = vec![];
    for (live, topic) in clients.iter_mut().zip(&topics) {
        let frames = live.drain().await;
        assert!(
            frames.iter().all(|frame| frame["topic"] == topic.as_str()),
            "{frames:?}"
        );
        heard.push(frames);
    }
    let [org, in_project, on_board, of_task] = heard.try_into().unwrap();
    assert_eq!(kinds(&org), ["project.updated", "organization.updated"]);
    assert_eq!(
        kinds(&in_project),
        ["task.updated", "task.updated", "project.updated"]
    );
    assert_eq!(kinds(&on_board), kinds(&in_project));
    assert_eq!(kinds(&of_task), ["task.updated"]);
}

#[tokio::test]
async fn a_person_hears_his_notifications_without_asking() {
    let stage = Stage::new().await;
    let (mut first, mut second) = (
        stage.world.live(&stage.bob).await,
        stage.world.live(&stage.bob).await,
    );
    let mut stranger = stage.world.live(&stage.ann).await;
    stage
        .ann
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "assignee_id": stage.bob.id }),
        )
        .await
        .expect(200);
    for live in [&mut first, &mut second] {
        let frame = live.of_type("notification").await;
        assert_eq!(frame["topic"], format!("user:{}", stage.bob.id));
        assert_eq!(frame["organization"], stage.team.id.as_str());
        let inbox = stage.bob.get("/notifications").await.expect(200);
        assert_eq!(
            frame["notification"],
            inbox.rows()[0],
            "it is what the inbox shows"
        );
    }
    stage.world.cloud.settle().await;
    assert!(stranger.drain().await.is_empty(), "and nobody else does");
}

#[tokio::test]
async fn who_does_not_listen_any_more_hears_nothing() {
    let stage = Stage::new().await;
    let topics = [
        format!("task:{}", stage.task),
        format!("project:{}", stage.project),
    ];
    let mut live = stage.world.live(&stage.bob).await;
    live.subscribe(&[&topics[0], &topics[1]]).await;
    let ack = live
        .ask(json!({ "action": "unsubscribe", "topics": [topics[0]] }))
        .await;
    assert_eq!(ack["topics"], json!([{ "topic": topics[0] }]));
    stage
        .ann
        .patch(&format!("/tasks/{}", stage.task), json!({ "title": "New" }))
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    let frames = live.drain().await;
    assert!(
        !frames.is_empty()
            && frames
                .iter()
                .all(|frame| frame["topic"] == topics[1].as_str()),
        "{frames:?}"
    );
}

#[tokio::test]
async fn what_moves_to_another_project_is_told_in_both() {
    let stage = Stage::new().await;
    let other = stage.team.project("OTHER").await;
    let hidden = stage.team.private_project("HIDE").await;
    stage.world.cloud.settle().await;
    let mut live = stage.world.live(&stage.bob).await;
    let topics = [
        format!("project:{}", stage.project),
        format!("project:{other}"),
    ];
    live.subscribe(&[&topics[0], &topics[1]]).await;
    let move_to = async |project: &str| {
        stage
            .ann
            .post(
                &format!("/tasks/{}/move", stage.task),
                json!({ "project_id": project }),
            )
            .await
            .expect(200);
        stage.world.cloud.settle().await;
    };
    move_to(&other).await;
    let frames = live.drain().await;
    let mut topics: Vec<&str> = frames
        .iter()
        .filter_map(|frame| frame["topic"].as_str())
        .collect();
    topics.sort_unstable();
    let mut both = [
        format!("project:{}", stage.project),
        format!("project:{other}"),
    ];
    both.sort_unstable();
    assert_eq!(topics, both);
    assert!(
        kinds(&frames).iter().all(|kind| kind == "task.moved"),
        "{frames:?}"
    );
    // Into a project that they do not see: that it is gone is all that they learn.
    move_to(&hidden).await;
    let frames = live.drain().await;
    let [frame] = frames.as_slice() else {
        panic!("{frames:?}")
    };
    assert_eq!(
        (&frame["type"], &frame["event_type"]),
        (&json!("changed"), &json!("task.moved"))
    );
    assert_eq!(frame["subject"], json!({ "id": stage.task, "name": null }));
    assert!(
        !frame.to_string().contains("HIDE") && !frame.to_string().contains(&hidden),
        "{frame}"
    );
    let point = json!([{ "topic": frame["topic"], "resume_from": frame["prev"] }]);
    let missed = live.resume_part(&stage.team.id, &point).await;
    assert_eq!(
        (&missed["events"], &missed["changed"][0]["subject"]),
        (&json!([]), &frame["subject"]),
        "{missed}"
    );
    assert_eq!(missed["topics"][0]["position"], frame["position"]);
}

#[tokio::test]
async fn security_is_nobodys_to_hear() {
    let stage = Stage::new().await;
    let mut live = stage.world.live(&stage.ann).await;
    let before = live.subscribe(&[&format!("org:{}", stage.team.id)]).await;
    // An invitation, a sign-in and a refusal all stand in the audit trail.
    let invitation = json!([{ "email": "new@example.com", "role": "member" }]);
    stage
        .ann
        .post(
            &format!("/organizations/{}/invitations", stage.team.id),
            invitation,
        )
        .await
        .expect(201);
    let login = json!({ "email": stage.bob.email, "password": tests::PASSWORD });
    stage
        .world
        .nobody()
        .post("/auth/login", login)
        .await
        .expect(200);
    stage
        .viewer
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "title": "Mine" }),
        )
        .await
        .refused(403, "forbidden");
    stage.world.cloud.settle().await;
    assert!(live.drain().await.is_empty());
    let missed = live.resume_part(&stage.team.id, &before["topics"]).await;
    assert_eq!(
        (&missed["events"], &missed["more"]),
        (&json!([]), &json!(false))
    );
    // They are in the feed, and nothing tells that there is anything.
    assert_eq!(
        missed["topics"][0]["position"],
        before["topics"][0]["position"]
    );
    let trail = stage
        .ann
        .get(&format!("/audit-logs?org={}", stage.team.id))
        .await
        .expect(200);
    assert!(
        trail
            .rows()
            .iter()
            .any(|entry| entry["event"]["type"] == "access.refused"),
        "{trail:?}"
    );
}

#[tokio::test]
async fn an_event_that_is_too_large_is_only_told_of() {
    let stage = Stage::new().await;
    let topic = format!("task:{}", stage.task);
    let mut live = stage.world.live(&stage.bob).await;
    live.subscribe(&[&topic]).await;
    // No event of ours is that large today; the queue brings one that is.
    let mut batch = super::batch("broadcast.sqs.json");
    super::about(&mut batch, &stage.team.id, &stage.project, &stage.task);
    let mut job: Value =
        serde_json::from_str(batch["Records"][0]["body"].as_str().unwrap()).unwrap();
    job["numbered"]["event"]["changes"][0]["to"] = "x".repeat(30_000).into();
    batch["Records"][0]["body"] = job.to_string().into();
    let answer = stage.world.cloud.invoke("broadcast", batch).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })));
    let frame = live.next().await;
    assert_eq!(
        (&frame["type"], &frame["event_type"]),
        (&json!("changed"), &json!("task.updated"))
    );
    assert_eq!(frame["subject"]["id"], stage.task.as_str());
    assert_ne!(frame["position"], frame["prev"]);
}
