//! Queues by their wire.

use serde_json::json;

use super::*;
use crate::template::Redrive;

const URLS: &str = "http://127.0.0.1:1/000000000000";

fn queue(name: &str, fifo: bool, redrive: Option<&str>) -> Queue {
    Queue {
        name: name.to_owned(),
        fifo,
        content_deduplication: fifo,
        visibility: Duration::from_secs(30),
        retention: Duration::from_secs(1000),
        delay: Duration::ZERO,
        redrive: redrive.map(|dead| Redrive { queue: dead.to_owned(), max_receives: 2 }),
    }
}

fn queues() -> Queues {
    let all = [queue("jobs", false, Some("dead")), queue("dead", false, None), queue("feed.fifo", true, None)];
    Queues::new(State::open(None).unwrap(), &all)
}

async fn call(queues: &Queues, queue: &str, operation: &str, mut body: Value) -> Value {
    body["QueueUrl"] = format!("{URLS}/{queue}").into();
    queues.answer(operation, &body, URLS).await.unwrap_or_else(|error| json!({ "error": error.shape }))
}

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let queues = queues();
    let attributes = json!({ "kind": { "DataType": "String", "StringValue": "verify" } });
    let body = json!({ "MessageBody": "hello", "MessageAttributes": attributes });
    let sent = call(&queues, "jobs", "SendMessage", body).await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let received = call(&queues, "jobs", "ReceiveMessage", json!({})).await;
    let message = &received["Messages"][0];
    assert_eq!((&message["Body"], &message["MessageAttributes"]), (&json!("hello"), &attributes));
    assert_eq!(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(queues.counts("jobs").unwrap().in_flight, 1);
    assert_eq!(call(&queues, "jobs", "ReceiveMessage", json!({})).await, json!({}));
    call(&queues, "jobs", "DeleteMessage", json!({ "ReceiptHandle": message["ReceiptHandle"] })).await;
    assert_eq!(queues.counts("jobs").unwrap(), Default::default());
}

#[tokio::test]
async fn what_is_received_too_often_becomes_a_dead_letter() {
    let queues = queues();
    call(&queues, "jobs", "SendMessage", json!({ "MessageBody": "bad" })).await;
    for _ in 0..2 {
        let received = call(&queues, "jobs", "ReceiveMessage", json!({})).await;
        let receipt = &received["Messages"][0]["ReceiptHandle"];
        let hide = json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 0 });
        assert_eq!(call(&queues, "jobs", "ChangeMessageVisibility", hide).await, json!({}));
    }
    assert_eq!(call(&queues, "jobs", "ReceiveMessage", json!({})).await, json!({}));
    let dead = call(&queues, "dead", "ReceiveMessage", json!({})).await;
    assert_eq!(dead["Messages"][0]["Body"], "bad");
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_arrives() {
    let queues = queues();
    let poll = call(&queues, "jobs", "ReceiveMessage", json!({ "WaitTimeSeconds": 20 }));
    let send = call(&queues, "jobs", "SendMessage", json!({ "MessageBody": "now" }));
    let (received, _) = tokio::join!(poll, send);
    assert_eq!(received["Messages"][0]["Body"], "now");
}

#[tokio::test]
async fn a_delayed_message_waits() {
    let queues = queues();
    call(&queues, "jobs", "SendMessage", json!({ "MessageBody": "later", "DelaySeconds": 60 })).await;
    assert_eq!(call(&queues, "jobs", "ReceiveMessage", json!({})).await, json!({}));
    assert_eq!(queues.counts("jobs").unwrap().delayed, 1);
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_in_a_group_and_drops_duplicates() {
    let queues = queues();
    for (body, group) in [("1", "a"), ("2", "a"), ("2", "a"), ("3", "b")] {
        call(&queues, "feed.fifo", "SendMessage", json!({ "MessageBody": body, "MessageGroupId": group })).await;
    }
    let first = call(&queues, "feed.fifo", "ReceiveMessage", json!({})).await;
    assert_eq!(first["Messages"][0]["Body"], "1");
    let other = call(&queues, "feed.fifo", "ReceiveMessage", json!({ "MaxNumberOfMessages": 10 })).await;
    assert_eq!(other["Messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(other["Messages"][0]["Body"], "3");
    call(&queues, "feed.fifo", "DeleteMessage", json!({ "ReceiptHandle": first["Messages"][0]["ReceiptHandle"] }))
        .await;
    let second = call(&queues, "feed.fifo", "ReceiveMessage", json!({})).await;
    assert_eq!(second["Messages"][0]["Body"], "2");
}

#[tokio::test]
async fn mistakes_are_answered_as_sqs_does() {
    let queues = queues();
    assert_eq!(call(&queues, "none", "SendMessage", json!({ "MessageBody": "x" })).await["error"], "QueueDoesNotExist");
    assert_eq!(call(&queues, "jobs", "SendMessageBatch", json!({ "Entries": [] })).await["error"], "EmptyBatchRequest");
    let twice = json!([{ "Id": "1", "MessageBody": "a" }, { "Id": "1", "MessageBody": "b" }]);
    let answer = call(&queues, "jobs", "SendMessageBatch", json!({ "Entries": twice })).await;
    assert_eq!(answer["error"], "BatchEntryIdsNotDistinct");
    let mixed = json!([{ "Id": "1", "MessageBody": "a" }, { "Id": "2", "MessageBody": "" }]);
    let answer = call(&queues, "jobs", "SendMessageBatch", json!({ "Entries": mixed })).await;
    assert_eq!((&answer["Successful"][0]["Id"], &answer["Failed"][0]["Id"]), (&json!("1"), &json!("2")));
    let receipt = json!({ "ReceiptHandle": "nonsense" });
    assert_eq!(call(&queues, "jobs", "DeleteMessage", receipt).await["error"], "ReceiptHandleIsInvalid");
}
