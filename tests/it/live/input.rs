//! What clients should not send.

use serde_json::{Value, json};
use tests::{Live, TestClock, World};

use super::none_left;

async fn answer(live: &mut Live, text: &str) -> Value {
    live.send(text).await;
    live.of_type("error").await
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_the_connection_stays() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    let cases = [
        ("", "bad_request", None),
        ("ping", "bad_request", None),
        ("{\"action\":\"ping\"", "bad_request", None),
        ("[]", "validation_failed", Some("")),
        ("{}", "validation_failed", Some("/action")),
        (
            r#"{"action":"delete","topics":["all"]}"#,
            "validation_failed",
            Some("/action"),
        ),
        (
            r#"{"action":"ping","also":1}"#,
            "validation_failed",
            Some("/also"),
        ),
        (
            r#"{"action":"subscribe","topics":["everything"]}"#,
            "validation_failed",
            Some("/topics/0"),
        ),
        (
            r#"{"action":"subscribe","topics":["task:1"]}"#,
            "validation_failed",
            Some("/topics/0"),
        ),
        (
            r#"{"action":"resume","organization":"acme","topics":[]}"#,
            "validation_failed",
            Some("/organization"),
        ),
        (
            r#"{"action":"resume","organization":"5e5e5e5e-5e21-8121-a121-212121212121","topics":[],"overlap":-1}"#,
            "validation_failed",
            Some("/overlap"),
        ),
    ];
    for (text, code, field) in cases {
        let error = answer(&mut live, text).await;
        assert_eq!(error["code"], code, "{text}: {error}");
        assert_eq!(
            error["errors"][0]["field"].as_str(),
            field,
            "{text}: {error}"
        );
    }
    assert_eq!(live.ask(json!({ "action": "ping" })).await["type"], "pong");
    assert_eq!(
        live.ask(json!({ "action": "dance" })).await["code"],
        "validation_failed",
        "with the message's id"
    );
}

#[tokio::test]
async fn a_foreign_topic_is_refused_like_one_that_never_was() {
    let world = World::new().await;
    let (ann, eve) = (world.person("ann").await, world.person("eve").await);
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "Secret").await;
    let board = ann
        .post("/boards", json!({ "project_id": project, "name": "Board" }))
        .await
        .expect(201)
        .id();
    let mut live = world.live(&eve).await;
    let foreign = [
        format!("org:{}", team.id),
        format!("project:{project}"),
        format!("task:{task}"),
        format!("board:{board}"),
        format!("user:{}", ann.id),
    ];
    for topic in &foreign {
        // Another id in the same place: one digit of its end is another.
        let (begin, end) = topic.split_at(topic.len() - 1);
        let never = format!("{begin}{}", if end == "0" { "1" } else { "0" });
        let mut refusals = vec![];
        for topic in [topic, &never] {
            let ack = live
                .ask(json!({ "action": "subscribe", "topics": [topic] }))
                .await;
            assert_eq!(ack["topics"], json!([]), "{ack}");
            let mut refusal = ack["refused"][0].clone();
            assert_eq!(refusal["topic"].take(), topic.as_str());
            refusals.push(refusal);
        }
        assert_eq!(refusals[0], refusals[1], "{topic}");
        assert_eq!(refusals[0]["code"], "not_found");
    }
    for organization in [&team.id, &project] {
        let point = json!([{ "topic": format!("org:{organization}"), "resume_from": "x" }]);
        let refused = live.resume_part(organization, &point).await;
        assert_eq!(
            (&refused["type"], &refused["code"]),
            (&json!("error"), &json!("not_found"))
        );
    }
    assert!(
        !super::everything(&world).await.contains("#LIVE#"),
        "nothing is stored of it"
    );
}

#[tokio::test]
async fn a_connection_listens_to_no_more_than_fifty_topics() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let bodies: Vec<Value> = (0..51)
        .map(|n| json!({ "project_id": project, "title": format!("Task {n}") }))
        .collect();
    let mut topics = vec![];
    for body in bodies {
        topics.push(format!(
            "task:{}",
            ann.post("/tasks", body).await.expect(201).id()
        ));
    }
    let mut live = world.live(&ann).await;
    let too_many = live
        .ask(json!({ "action": "subscribe", "topics": topics }))
        .await;
    assert_eq!(
        (&too_many["code"], &too_many["errors"][0]["field"]),
        (&json!("validation_failed"), &json!("/topics"))
    );
    let fifty: Vec<&str> = topics[..50].iter().map(String::as_str).collect();
    assert_eq!(
        live.subscribe(&fifty).await["topics"]
            .as_array()
            .unwrap()
            .len(),
        50
    );
    // Again is no more, one more is too many, and then nothing of the message is taken.
    live.subscribe(&fifty[..1]).await;
    let full = live
        .ask(json!({ "action": "subscribe", "topics": [topics[0], topics[50]] }))
        .await;
    assert_eq!(full["code"], "limit_reached", "{full}");
    live.ask(json!({ "action": "unsubscribe", "topics": [topics[3]] }))
        .await;
    live.subscribe(&[&topics[50]]).await;
}

#[tokio::test]
async fn fifty_messages_at_once_do_not_slip_past_the_limit() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let mut topics = vec![];
    for n in 0..60 {
        topics.push(format!(
            "task:{}",
            team.task(&project, &format!("Task {n}")).await
        ));
    }
    let mut live = world.live(&ann).await;
    for (n, some) in topics.chunks(15).enumerate() {
        live.send(
            json!({ "action": "subscribe", "id": n.to_string(), "topics": some }).to_string(),
        )
        .await;
    }
    let mut codes = vec![];
    for _ in 0..4 {
        codes.push(
            live.until(|frame| frame.get("id").is_some()).await["code"]
                .as_str()
                .map(str::to_owned),
        );
    }
    assert_eq!(
        codes.iter().filter(|code| code.is_none()).count(),
        3,
        "{codes:?}"
    );
    let listening = super::everything(&world)
        .await
        .matches("#LIVE#TASK#")
        .count();
    assert_eq!(listening, 45);
}

#[tokio::test]
async fn a_connection_that_sends_too_much_is_warned_and_then_closed() {
    // So that all messages fall into the same ten seconds.
    let clock = TestClock::standing();
    let world = World::with(|options| options.clock = Some(clock.clock())).await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    for _ in 0..100 {
        assert_eq!(live.ask(json!({ "action": "ping" })).await["type"], "pong");
    }
    let warned = answer(&mut live, r#"{"action":"ping"}"#).await;
    assert_eq!(warned["code"], "rate_limited", "{warned}");
    for _ in 0..10 {
        live.send(r#"{"action":"ping"}"#).await;
    }
    assert_eq!(live.of_type("bye").await["reason"], "rate_limited");
    live.closed().await;
    none_left(&world, "W#").await;
}
