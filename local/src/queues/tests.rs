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
        deduplication_by_group: fifo,
        visibility: Duration::from_secs(30),
        retention: Duration::from_secs(1000),
        delay: Duration::ZERO,
        redrive: redrive.map(|dead| Redrive {
            queue: dead.to_owned(),
            max_receives: 2,
        }),
    }
}

fn queues() -> Queues {
    let all = [
        queue("jobs", false, Some("dead")),
        queue("dead", false, None),
        queue("feed.fifo", true, None),
    ];
    Queues::new(State::open(None).unwrap(), &all)
}

async fn call(queues: &Queues, queue: &str, operation: &str, mut body: Value) -> Value {
    body["QueueUrl"] = format!("{URLS}/{queue}").into();
    queues
        .answer(operation, &body, URLS)
        .await
        .unwrap_or_else(|error| json!({ "error": error.shape }))
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
    assert_eq!(
        (&message["Body"], &message["MessageAttributes"]),
        (&json!("hello"), &attributes)
    );
    assert_eq!(
        message["MD5OfMessageAttributes"],
        sent["MD5OfMessageAttributes"]
    );
    assert_eq!(queues.counts("jobs").unwrap().in_flight, 1);
    assert_eq!(
        call(&queues, "jobs", "ReceiveMessage", json!({})).await,
        json!({})
    );
    call(
        &queues,
        "jobs",
        "DeleteMessage",
        json!({ "ReceiptHandle": message["ReceiptHandle"] }),
    )
    .await;
    assert_eq!(queues.counts("jobs").unwrap(), Default::default());
}

#[tokio::test]
async fn what_is_received_too_often_becomes_a_dead_letter() {
    let queues = queues();
    call(
        &queues,
        "jobs",
        "SendMessage",
        json!({ "MessageBody": "bad" }),
    )
    .await;
    for _ in 0..2 {
        let received = call(&queues, "jobs", "ReceiveMessage", json!({})).await;
        let receipt = &received["Messages"][0]["ReceiptHandle"];
        let hide = json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 0 });
        assert_eq!(
            call(&queues, "jobs", "ChangeMessageVisibility", hide).await,
            json!({})
        );
    }
    assert_eq!(
        call(&queues, "jobs", "ReceiveMessage", json!({})).await,
        json!({})
    );
    let dead = call(&queues, "dead", "ReceiveMessage", json!({})).await;
    assert_eq!(dead["Messages"][0]["Body"], "bad");
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_arrives() {
    let queues = queues();
    let poll = call(
        &queues,
        "jobs",
        "ReceiveMessage",
        json!({ "WaitTimeSeconds": 20 }),
    );
    let send = call(
        &queues,
        "jobs",
        "SendMessage",
        json!({ "MessageBody": "now" }),
    );
    let (received, _) = tokio::join!(poll, send);
    assert_eq!(received["Messages"][0]["Body"], "now");
}

#[tokio::test]
async fn a_delayed_message_waits() {
    let queues = queues();
    call(
        &queues,
        "jobs",
        "SendMessage",
        json!({ "MessageBody": "later", "DelaySeconds": 60 }),
    )
    .await;
    assert_eq!(
        call(&queues, "jobs", "ReceiveMessage", json!({})).await,
        json!({})
    );
    assert_eq!(queues.counts("jobs").unwrap().delayed, 1);
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_in_a_group_and_drops_duplicates() {
    let queues = queues();
    for (body, group) in [("1", "a"), ("2", "a"), ("2", "a"), ("3", "b")] {
        call(
            &queues,
            "feed.fifo",
            "SendMessage",
            json!({ "MessageBody": body, "MessageGroupId": group }),
        )
        .await;
    }
    let first = call(&queues, "feed.fifo", "ReceiveMessage", json!({})).await;
    assert_eq!(first["Messages"][0]["Body"], "1");
    let other = call(
        &queues,
        "feed.fifo",
        "ReceiveMessage",
        json!({ "MaxNumberOfMessages": 10 }),
    )
    .await;
    assert_eq!(other["Messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(other["Messages"][0]["Body"], "3");
    call(
        &queues,
        "feed.fifo",
        "DeleteMessage",
        json!({ "ReceiptHandle": first["Messages"][0]["ReceiptHandle"] }),
    )
    .await;
    let second = call(&queues, "feed.fifo", "ReceiveMessage", json!({})).await;
    assert_eq!(second["Messages"][0]["Body"], "2");
}

#[tokio::test]
async fn mistakes_are_answered_as_sqs_does() {
    let queues = queues();
    assert_eq!(
        call(
            &queues,
            "none",
            "SendMessage",
            json!({ "MessageBody": "x" })
        )
        .await["error"],
        "QueueDoesNotExist"
    );
    assert_eq!(
        call(
            &queues,
            "jobs",
            "SendMessageBatch",
            json!({ "Entries": [] })
        )
        .await["error"],
        "EmptyBatchRequest"
    );
    let twice = json!([{ "Id": "1", "MessageBody": "a" }, { "Id": "1", "MessageBody": "b" }]);
    let answer = call(
        &queues,
        "jobs",
        "SendMessageBatch",
        json!({ "Entries": twice }),
    )
    .await;
    assert_eq!(answer["error"], "BatchEntryIdsNotDistinct");
    let mixed = json!([{ "Id": "1", "MessageBody": "a" }, { "Id": "2", "MessageBody": "" }]);
    let answer = call(
        &queues,
        "jobs",
        "SendMessageBatch",
        json!({ "Entries": mixed }),
    )
    .await;
    assert_eq!(
        (&answer["Successful"][0]["Id"], &answer["Failed"][0]["Id"]),
        (&json!("1"), &json!("2"))
    );
    let receipt = json!({ "ReceiptHandle": "nonsense" });
    assert_eq!(
        call(&queues, "jobs", "DeleteMessage", receipt).await["error"],
        "ReceiptHandleIsInvalid"
    );
}

#[tokio::test]
async fn a_delay_runs_by_the_time_of_the_cloud() {
    let moved = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let clock = {
        let moved = moved.clone();
        Clock::from_fn(move || {
            let by =
                jiff::SignedDuration::from_secs(moved.load(std::sync::atomic::Ordering::SeqCst));
            Clock::system().now().checked_add(by).unwrap()
        })
    };
    let queues = queues().delayed_by(clock);
    let waits = call(
        &queues,
        "jobs",
        "SendMessage",
        json!({ "MessageBody": "later", "DelaySeconds": 900 }),
    )
    .await;
    assert!(waits["MessageId"].is_string());
    assert_eq!(
        queues.counts("jobs").unwrap(),
        Counts {
            delayed: 1,
            ..Counts::default()
        }
    );
    assert_eq!(
        call(&queues, "jobs", "ReceiveMessage", json!({})).await,
        json!({})
    );
    moved.store(901, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(queues.counts("jobs").unwrap().visible, 1);
    // Somebody who waits already notices.
    let received = call(
        &queues,
        "jobs",
        "ReceiveMessage",
        json!({ "WaitTimeSeconds": 5 }),
    )
    .await;
    assert_eq!(received["Messages"][0]["Body"], "later");
    assert_eq!(queues.counts("jobs").unwrap().in_flight, 1);
}

/// What a call to receive up to so many messages of the FIFO queue brings: bodies and receipts.
async fn receive(queues: &Queues, most: u32) -> Vec<(String, String)> {
    let received = call(
        queues,
        "feed.fifo",
        "ReceiveMessage",
        json!({ "MaxNumberOfMessages": most }),
    )
    .await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = received["Messages"].as_array().into_iter().flatten();
    messages
        .map(|message| (text(&message["Body"]), text(&message["ReceiptHandle"])))
        .collect()
}

fn bodies(received: &[(String, String)]) -> Vec<&str> {
    received.iter().map(|(body, _)| body.as_str()).collect()
}

async fn send(queues: &Queues, group: &str, body: &str) {
    call(
        queues,
        "feed.fifo",
        "SendMessage",
        json!({ "MessageBody": body, "MessageGroupId": group }),
    )
    .await;
}

#[tokio::test]
async fn a_batch_holds_several_of_a_group_and_the_rest_of_it_waits_for_all_of_them() {
    let queues = queues();
    for body in ["1", "2", "3", "4"] {
        send(&queues, "a", body).await;
    }
    send(&queues, "b", "x").await;
    let first = receive(&queues, 2).await;
    assert_eq!(bodies(&first), ["1", "2"]);
    assert_eq!(bodies(&receive(&queues, 10).await), ["x"]);
    // The first is done, the second is still being worked on.
    call(
        &queues,
        "feed.fifo",
        "DeleteMessage",
        json!({ "ReceiptHandle": first[0].1 }),
    )
    .await;
    assert_eq!(bodies(&receive(&queues, 10).await), [""; 0]);
    // It failed: it comes again, before all that was behind it.
    let hide = json!({ "ReceiptHandle": first[1].1, "VisibilityTimeout": 0 });
    call(&queues, "feed.fifo", "ChangeMessageVisibility", hide).await;
    assert_eq!(bodies(&receive(&queues, 10).await), ["2", "3", "4"]);
}

#[tokio::test]
async fn a_later_message_in_work_keeps_an_earlier_one_waiting_too() {
    let queues = queues();
    for body in ["1", "2"] {
        send(&queues, "a", body).await;
    }
    let both = receive(&queues, 2).await;
    let hide = json!({ "ReceiptHandle": both[0].1, "VisibilityTimeout": 0 });
    call(&queues, "feed.fifo", "ChangeMessageVisibility", hide).await;
    assert_eq!(bodies(&receive(&queues, 10).await), [""; 0]);
    call(
        &queues,
        "feed.fifo",
        "DeleteMessage",
        json!({ "ReceiptHandle": both[1].1 }),
    )
    .await;
    assert_eq!(bodies(&receive(&queues, 10).await), ["1"]);
}

#[tokio::test]
async fn the_group_that_has_waited_longest_comes_first_and_ids_count_in_their_group() {
    let queues = queues();
    for (group, body) in [("z", "same"), ("a", "same"), ("z", "same"), ("a", "other")] {
        send(&queues, group, body).await;
    }
    assert_eq!(
        bodies(&receive(&queues, 10).await),
        ["same", "same", "other"]
    );
}
