//! Mail: once for each event and recipient, however often and in whatever state it is delivered.

use futures_util::future::join_all;
use jiff::SignedDuration;
use local::{Fault, Mail};
use serde_json::{Value, json};
use tests::{Person, World};

use crate::table::{stream, text};

fn mails_to<'a>(mails: &'a [Mail], person: &'a Person) -> Vec<&'a Mail> {
    mails
        .iter()
        .filter(|mail| mail.to == person.email)
        .collect()
}

/// The mail that asks a person to verify their address, as it stands in the queue.
fn job(person: &Person, event: &str) -> Value {
    json!({ "kind": "one_time", "event": event, "user": person.id, "purpose": "verify_email" })
}

/// Messages as Lambda hands them over.
fn batch(bodies: &[Value]) -> Value {
    let record = |(number, body): (usize, &Value)| {
        json!({ "messageId": format!("m{number}"), "receiptHandle": "r", "body": body.to_string(), "attributes": {},
            "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q",
            "awsRegion": "us-east-1" })
    };
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
}

/// A call of SQS on the mail queue, or on its dead letters.
#[expect(
    clippy::unwrap_used,
    reason = "a test that cannot reach the queue must stop"
)]
pub async fn sqs(world: &World, operation: &str, dead: bool, mut body: Value) -> Value {
    let queue = world
        .cloud
        .environment()
        .get("MAIL_QUEUE_URL")
        .cloned()
        .unwrap_or_default();
    body["QueueUrl"] = format!("{queue}{}", if dead { "-dead" } else { "" }).into();
    let call = reqwest::Client::new().post(&world.cloud.endpoints().small);
    let call = call
        .header("x-amz-target", format!("AmazonSQS.{operation}"))
        .body(body.to_string());
    let answer = call.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

async fn ann() -> (World, Person) {
    let world = World::new().await;
    let ann = world.unverified("ann").await;
    world.cloud.settle().await;
    assert_eq!(mails_to(&world.cloud.mailbox(), &ann).len(), 1);
    (world, ann)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_delivered_ten_times_is_one_mail() {
    let (world, ann) = ann().await;
    let event = batch(&[job(&ann, "event")]);
    let deliveries = (0..10).map(|_| world.cloud.invoke("mailer", event.clone()));
    let answers = join_all(deliveries).await;
    // Who comes while another sends it is told to come again, and then finds it sent.
    let again = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap()["batchItemFailures"] != json!([]));
    for _ in again {
        let answer = world.cloud.invoke("mailer", event.clone()).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    assert_eq!(mails_to(&world.cloud.mailbox(), &ann).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_not_taken_now_is_delivered_later_and_once() {
    let (world, ann) = ann().await;
    for (number, kind) in [
        "TooManyRequestsException",
        "InternalServerError",
        "SendingPausedException",
    ]
    .iter()
    .enumerate()
    {
        let hits = world
            .cloud
            .faults()
            .add(Fault::error("SendEmail", kind, if number == 1 { 500 } else { 429 }).times(2));
        let body = json!({ "MessageBody": job(&ann, &format!("event {number}")).to_string() });
        sqs(&world, "SendMessage", false, body).await;
        world.cloud.settle().await;
        assert_eq!(
            (hits.count(), mails_to(&world.cloud.mailbox(), &ann).len()),
            (2, 2 + number),
            "{kind}"
        );
        world.cloud.faults().clear();
    }
    // What will never be taken is not tried again.
    let hits = world
        .cloud
        .faults()
        .add(Fault::error("SendEmail", "MessageRejected", 400).times(usize::MAX));
    sqs(
        &world,
        "SendMessage",
        false,
        json!({ "MessageBody": job(&ann, "rejected").to_string() }),
    )
    .await;
    world.cloud.settle().await;
    assert_eq!(
        (hits.count(), mails_to(&world.cloud.mailbox(), &ann).len()),
        (1, 4)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_message_goes_to_the_dead_letters_and_holds_nobody_up() {
    let (world, ann) = ann().await;
    let entry = |number: usize| {
        let body = if number == 4 {
            "no mail job".to_owned()
        } else {
            job(&ann, &format!("event {number}")).to_string()
        };
        json!({ "Id": number.to_string(), "MessageBody": body })
    };
    let entries: Vec<Value> = (0..10).map(entry).collect();
    sqs(
        &world,
        "SendMessageBatch",
        false,
        json!({ "Entries": entries }),
    )
    .await;
    world.cloud.settle().await;
    assert_eq!(mails_to(&world.cloud.mailbox(), &ann).len(), 1 + 9);
    let dead = sqs(
        &world,
        "ReceiveMessage",
        true,
        json!({ "MaxNumberOfMessages": 10 }),
    )
    .await;
    let bodies: Vec<&Value> = dead["Messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["Body"])
        .collect();
    assert_eq!(bodies, ["no mail job"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_played_again_sends_nothing_again() {
    let (world, ann) = ann().await;
    world.verify(&ann).await;
    let bob = json!({ "email": "bob@example.com" });
    let team = world.team(&ann, "acme").await;
    let path = format!("/organizations/{}/invitations", team.id);
    ann.post(&path, json!([{ "email": bob["email"], "role": "member" }]))
        .await
        .expect(201);
    world.cloud.settle().await;
    let sent = world.cloud.mailbox();
    assert_eq!(sent.len(), 2);
    let wanted = |record: &Value| !record["dynamodb"]["NewImage"]["ev"].is_null();
    let records: Vec<Value> = stream(&world.cloud)
        .await
        .into_iter()
        .filter(wanted)
        .collect();
    for _ in 0..2 {
        let answer = world
            .cloud
            .invoke("fanout", json!({ "Records": records }))
            .await
            .unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
        world.cloud.settle().await;
        assert_eq!(world.cloud.mailbox(), sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_does_not_take_jobs_loses_none() {
    let (world, ann) = ann().await;
    let hits = world
        .cloud
        .faults()
        .add(Fault::error("SendMessageBatch", "InternalFailure", 500).times(5));
    ann.post("/auth/password/forgot", json!({ "email": ann.email }))
        .await
        .expect(202);
    world.mail_to(&ann.email, "password").await;
    assert_eq!(
        (hits.count(), mails_to(&world.cloud.mailbox(), &ann).len()),
        (5, 2)
    );
    // The jobs were taken, but the answer was lost: they stand in the queue twice, and are mailed once.
    world.cloud.faults().clear();
    let lost = world
        .cloud
        .faults()
        .add(Fault::lose_answer("SendMessageBatch"));
    ann.post("/auth/email/verify", json!({ "resend": true }))
        .await
        .expect(202);
    world.cloud.settle().await;
    assert_eq!(
        (lost.count(), mails_to(&world.cloud.mailbox(), &ann).len()),
        (1, 3)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_sender_mail_is_kept_in_the_bucket_and_nothing_fails() {
    let no_sender = ("MAIL_FROM".to_owned(), String::new());
    let world = World::with(|options| options.variables.extend([no_sender])).await;
    world.cloud.record_calls();
    let ann = world.unverified("ann").await;
    ann.post("/auth/password/forgot", json!({ "email": ann.email }))
        .await
        .expect(202);
    world.cloud.settle().await;
    assert_eq!(world.cloud.mailbox(), []);
    let calls = world.cloud.take_calls();
    let kept: Vec<&Value> = calls
        .iter()
        .filter(|call| call.operation == "PUT")
        .map(|call| &call.request)
        .collect();
    assert!(
        kept.len() == 2 && kept.iter().all(|mail| mail["to"] == ann.email.as_str()),
        "{kept:#?}"
    );
    let claims = crate::table::snapshot(&world.cloud).await;
    let sent = claims
        .iter()
        .filter(|((pk, _), claim)| pk.starts_with("MAIL#") && text(claim, "state") == "sent");
    assert_eq!(sent.count(), 2);
}

/// What the template says a message stays hidden for.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_low_a_mailer_that_is_killed_anywhere_sends_its_letter_after_all() {
    let (world, ann) = ann().await;
    let (mut killed, mut doubled) = (0, 0);
    for after in [false, true] {
        for call in 0.. {
            let event = format!("event {after} {call}");
            let before = mails_to(&world.cloud.mailbox(), &ann).len();
            let fault = if after {
                Fault::kill_after()
            } else {
                Fault::kill_before()
            };
            let hits = world
                .cloud
                .faults()
                .add(fault.in_function("mailer").after(call));
            let first = world
                .cloud
                .invoke("mailer", batch(&[job(&ann, &event)]))
                .await;
            world.cloud.faults().clear();
            if hits.count() == 0 {
                assert_eq!(first, Ok(json!({ "batchItemFailures": [] })));
                break;
            }
            killed += 1;
            assert!(first.is_err(), "{first:?}");
            // The queue hands it out again when it shows, far below the five times after which it is put away.
            world.clock.advance(VISIBILITY);
            let second = world
                .cloud
                .invoke("mailer", batch(&[job(&ann, &event)]))
                .await;
            assert_eq!(
                second,
                Ok(json!({ "batchItemFailures": [] })),
                "killed at call {call}"
            );
            let mails = world.cloud.mailbox();
            let sent = &mails_to(&mails, &ann)[before..];
            // SES takes no key: whoever dies between its answer and the note sends once more, the same letter.
            assert!(
                (1..=2).contains(&sent.len()) && sent.iter().all(|mail| mail.text == sent[0].text),
                "{sent:?}"
            );
            doubled += sent.len() - 1;
        }
    }
    assert!(killed >= 6, "{killed}");
    assert_eq!(
        doubled, 2,
        "only where the letter was taken and that was not noted: right after it, and before the note"
    );
}
