//! `events/`: a real event for every operation and trigger.
//!
//! Those of the API are what the local gateway makes of a request with the document's own examples; those of the
//! triggers are kept by hand.

use std::collections::{BTreeMap, BTreeSet};

use local::{Cloud, Handler, Options};
use reqwest::{Client, Method};
use runtime::env::{Clock, Env, MissingVariable};
use serde_json::{Value, json};
use tests::World;

use super::template::{Template, choose};
use super::{example, read, root, same, updating};
use crate::api::{DOCUMENT, OPERATIONS, Operation};

/// The events of the workers: their functions and files.
const TRIGGERS: [(&str, &str); 5] = [
    ("fanout", "fanout.stream.json"),
    ("devices", "devices.sqs.json"),
    ("mailer", "mailer.sqs.json"),
    ("feed", "feed.sqs.json"),
    ("broadcast", "broadcast.sqs.json"),
];
/// The events of live connections, and the status of their answers: the ticket is none, and so is the connection.
const CONNECTIONS: [(&str, u64); 3] = [
    ("live.connect.json", 401),
    ("live.message.json", 200),
    ("live.disconnect.json", 200),
];
/// The events of what is called by the clock.
const SCHEDULES: [(&str, &str); 1] = [("scheduler", "scheduler.schedule.json")];
/// Public operations that refuse their example, since it names what does not exist here.
const REFUSED: [(&str, u64); 5] = [
    ("login", 401),
    ("refresh", 401),
    ("resetPassword", 410),
    ("revertEmail", 410),
    ("previewInvitation", 404),
];
const HOST: &str = "api.example.com";

/// A function that answers with the event which it gets.
fn echo(_name: &str, _env: Env) -> Option<Result<Handler, MissingVariable>> {
    type Answer = Result<Value, Box<dyn std::error::Error + Send + Sync>>;
    Some(Ok(Handler::worker(|event: Value| async move {
        Answer::Ok(event)
    })))
}

/// The event of every operation by its file's name.
async fn made(operations: &[Operation]) -> BTreeMap<String, Value> {
    let clock = Clock::from_fn(|| "2026-11-20T09:30:00Z".parse().unwrap());
    let cloud = Cloud::start_with(
        Options {
            clock: Some(clock),
            ..Options::default()
        },
        echo,
    )
    .await
    .unwrap();
    let document = DOCUMENT.clone();
    let mut events = BTreeMap::new();
    for operation in operations {
        let request = request(&document, operation, cloud.url());
        let mut event: Value = request.send().await.unwrap().json().await.unwrap();
        settle(&mut event);
        events.insert(format!("{}.json", operation.id), event);
    }
    events
}

fn request(document: &Value, operation: &Operation, url: &str) -> reqwest::RequestBuilder {
    let method: Method = operation.method.clone();
    let limit = if operation.takes("limit") {
        "?limit=20"
    } else {
        ""
    };
    let mut request =
        Client::new().request(method, format!("{url}{}{limit}", operation.concrete()));
    request = request.query(&operation.query());
    request = request
        .header("host", HOST)
        .header("user-agent", "curl/8.14.1")
        .header("accept", "application/json");
    if !operation.public {
        request = request.bearer_auth("put-the-access-token-of-a-sign-in-here");
    }
    if operation.takes("Idempotency-Key") {
        request = request.header("idempotency-key", "3f6c1d9e-import-17");
    }
    if let Some(schema) = operation.schema() {
        request = request.json(&example::of(document, schema));
    }
    request
}

/// Puts fixed values, and those of a real address, in place of what differs between any two requests.
fn settle(event: &mut Value) {
    let headers = &mut event["headers"];
    for (name, value) in [
        (
            "x-amzn-trace-id",
            "Root=1-691ede78-0f1e2d3c4b5a69788796a5b4",
        ),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ] {
        headers[name] = value.into();
    }
    let context = &mut event["requestContext"];
    for (name, value) in [
        ("accountId", "123456789012"),
        ("apiId", "a1b2c3d4e5"),
        ("requestId", "JKJaXmPLvHcESHA="),
        ("domainPrefix", "api"),
    ] {
        context[name] = value.into();
    }
    context["http"]["sourceIp"] = "203.0.113.7".into();
}

#[tokio::test]
async fn every_operation_and_trigger_has_its_event_and_nothing_else_lies_there() {
    let operations = &*OPERATIONS;
    let made = made(operations).await;
    for (file, event) in &made {
        same(
            &format!("events/{file}"),
            &format!("{}\n", serde_json::to_string_pretty(event).unwrap()),
        );
    }
    let wanted = made.into_keys().chain(
        TRIGGERS
            .iter()
            .chain(&SCHEDULES)
            .map(|(_, file)| (*file).to_owned()),
    );
    let wanted: BTreeSet<String> = wanted
        .chain(CONNECTIONS.map(|(file, _)| file.to_owned()))
        .collect();
    let there = std::fs::read_dir(root().join("events")).unwrap();
    for file in there.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let stray = !wanted.contains(&file);
        if stray && updating() {
            std::fs::remove_file(root().join("events").join(&file)).unwrap();
        }
        assert!(
            !stray || updating(),
            "events/{file} is no operation's and no trigger's event: delete it"
        );
    }
}

#[test]
fn the_event_of_an_operation_is_what_the_gateway_sends_for_it() {
    let routes = Template::read().routes();
    for operation in OPERATIONS.iter() {
        let file = format!("events/{}.json", operation.id);
        let event: Value =
            serde_json::from_str(&read(&file)).unwrap_or_else(|why| panic!("{file}: {why}"));
        let path = operation.concrete();
        let (route, function) = choose(&routes, &path);
        assert_eq!(function, operation.group, "{file}");
        let context = &event["requestContext"];
        assert_eq!(
            (&event["version"], &event["rawPath"]),
            (&json!("2.0"), &json!(path)),
            "{file}"
        );
        assert_eq!(event["routeKey"], format!("ANY {route}"), "{file}");
        assert_eq!(context["routeKey"], event["routeKey"], "{file}");
        assert_eq!(
            context["http"]["method"],
            operation.method.as_str(),
            "{file}"
        );
        assert_eq!(
            (&context["http"]["path"], &context["stage"]),
            (&json!(path), &json!("$default")),
            "{file}"
        );
        // What is behind the route's own segments, of which some may be variables.
        let behind = |prefix: &str| {
            path.splitn(prefix.matches('/').count() + 1, '/')
                .last()
                .map(str::to_owned)
        };
        let proxy = route.strip_suffix("{proxy+}").and_then(behind);
        assert_eq!(
            event["pathParameters"]["proxy"].as_str(),
            proxy.as_deref(),
            "{file}"
        );
        assert_eq!(
            event.get("body").is_some(),
            operation.schema().is_some(),
            "{file}"
        );
    }
}

#[tokio::test]
async fn every_event_is_answered_with_a_documented_status() {
    let mut otherwise = vec![];
    for operation in OPERATIONS.iter() {
        let world = World::new().await;
        let event = serde_json::from_str(&read(&format!("events/{}.json", operation.id))).unwrap();
        let answer = world.cloud.invoke(operation.group, event).await;
        let answer =
            answer.unwrap_or_else(|why| panic!("{}: the function failed: {why}", operation.id));
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        if status != expected(operation) {
            otherwise.push(format!(
                "{}: not {} but {status}: {}",
                operation.id,
                expected(operation),
                answer["body"]
            ));
        }
        let documented = operation.spec["responses"]
            .get(status.to_string())
            .is_some();
        assert!(
            documented,
            "{} does not document {status}: {answer}",
            operation.id
        );
        assert!(
            answer["isBase64Encoded"].is_boolean() && answer["headers"].is_object(),
            "{}: {answer}",
            operation.id
        );
        if status >= 400 {
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert_eq!(body["status"], status, "{}", operation.id);
            assert_eq!(
                body["request_id"], "JKJaXmPLvHcESHA=",
                "{}: the gateway's id, for both logs",
                operation.id
            );
        }
    }
    assert!(
        otherwise.is_empty(),
        "give the body an example that is accepted, or name the operation in REFUSED:\n{}",
        otherwise.join("\n")
    );
}

/// The status of an event's answer: nobody is signed in.
fn expected(operation: &Operation) -> u64 {
    let responses = operation.spec["responses"].as_object().unwrap();
    let success = responses
        .keys()
        .filter_map(|status| status.parse().ok())
        .find(|status| (200..300).contains(status));
    let refused = REFUSED
        .iter()
        .find(|(id, _)| *id == operation.id)
        .map(|(_, status)| *status);
    let public = refused
        .or(success)
        .expect("an operation documents its success");
    if operation.public { public } else { 401 }
}

#[tokio::test]
async fn the_workers_take_their_events_to_the_end() {
    let world = World::new().await;
    for (function, file) in TRIGGERS {
        let event: Value = serde_json::from_str(&read(&format!("events/{file}"))).unwrap();
        assert!(
            event["Records"]
                .as_array()
                .is_some_and(|records| records.len() > 1),
            "events/{file} holds a batch"
        );
        let answer = world.cloud.invoke(function, event).await;
        assert_eq!(
            answer,
            Ok(json!({ "batchItemFailures": [] })),
            "events/{file}"
        );
    }
    for (file, status) in CONNECTIONS {
        let event = serde_json::from_str(&read(&format!("events/{file}"))).unwrap();
        let answer = world.cloud.invoke("live", event).await;
        assert!(
            answer
                .as_ref()
                .is_ok_and(|answer| answer["statusCode"] == status),
            "events/{file}: {answer:?}"
        );
    }
    for (function, file) in SCHEDULES {
        let event = serde_json::from_str(&read(&format!("events/{file}"))).unwrap();
        let answer = world.cloud.invoke(function, event).await;
        assert!(
            answer.as_ref().is_ok_and(Value::is_object),
            "events/{file}: {answer:?}"
        );
    }
}
