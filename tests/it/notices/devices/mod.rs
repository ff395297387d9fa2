//! Browsers and phones: what is registered, what reaches them, and what is kept from whom.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod browser;
mod input;
mod key;
mod phones;
mod quiet;
mod service;
mod web_push;

use serde_json::{Value, json};
use tests::{Answer, Person, World};

use browser::Browser;
use service::PushService;

/// A world whose browsers have a push service, and somebody with such a browser.
struct Stage {
    world: World,
    service: PushService,
    ann: Person,
    browser: Browser,
}

impl Stage {
    async fn new() -> Self {
        let service = PushService::start().await;
        let outbound = service.outbound();
        let world = World::with(|options| options.outbound = Some(outbound)).await;
        let ann = world.person("ann").await;
        let browser = Browser::new("one");
        register(&ann, &browser).await;
        world.cloud.settle().await;
        Self {
            world,
            service,
            ann,
            browser,
        }
    }
}

/// Registers a browser.
async fn register(person: &Person, browser: &Browser) -> Answer {
    person
        .post("/devices", browser.subscription())
        .await
        .expect(201)
}

/// A job for somebody's devices.
fn job(id: &str, person: &Person) -> Value {
    let notice =
        json!({ "title": "WEB-12", "body": "Ann: hello", "link": "/tasks/12", "tag": "task 12" });
    json!({ "id": id, "user": person.id, "notification": notice })
}

/// Messages as Lambda hands them over.
fn batch(jobs: &[Value]) -> Value {
    let record = |(number, body): (usize, &Value)| {
        json!({ "messageId": format!("m{number}"), "receiptHandle": "r", "body": body.to_string(), "attributes": {},
            "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q",
            "awsRegion": "us-east-1" })
    };
    json!({ "Records": jobs.iter().enumerate().map(record).collect::<Vec<_>>() })
}

/// Hands jobs to the worker once, and answers which of them must come again.
async fn work(world: &World, jobs: &[Value]) -> Vec<String> {
    let answer = world.cloud.invoke("devices", batch(jobs)).await.unwrap();
    let failed = answer["batchItemFailures"].as_array().unwrap();
    failed
        .iter()
        .map(|item| item["itemIdentifier"].as_str().unwrap().to_owned())
        .collect()
}

/// Queues a job and waits until it is done.
pub async fn queue(world: &World, job: &Value) {
    let url = &world.cloud.environment()["DEVICE_QUEUE_URL"];
    let body = json!({ "QueueUrl": url, "MessageBody": job.to_string() });
    let call = reqwest::Client::new().post(&world.cloud.endpoints().small);
    let call = call
        .header("x-amz-target", "AmazonSQS.SendMessage")
        .body(body.to_string());
    call.send().await.unwrap().error_for_status().unwrap();
    world.cloud.settle().await;
}

/// The ids of somebody's devices.
async fn ids(person: &Person) -> Vec<String> {
    let devices = person.get("/devices").await.expect(200);
    devices
        .rows()
        .iter()
        .map(|device| device["id"].as_str().unwrap().to_owned())
        .collect()
}
