//! Phones: what is asked of SNS, at the wire, and what its answers bring about.

use serde_json::{Value, json};
use tests::{Person, World};

use super::{ids, job, queue, work};

const APPLE: &str = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";

async fn ann() -> (World, Person) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.cloud.settle().await;
    (world, ann)
}

fn phone(platform: &str, token: &str) -> Value {
    json!({ "platform": platform, "token": token })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_are_enrolled_with_sns_and_published_to() {
    let (world, ann) = ann().await;
    world.cloud.record_calls();
    for (platform, token) in [("fcm", "abc:DEF"), ("apns", APPLE)] {
        let device = ann
            .post("/devices", phone(platform, token))
            .await
            .expect(201);
        assert_eq!(
            (
                device.text_of("platform").as_str(),
                &device.data()["service"]
            ),
            (platform, &Value::Null)
        );
        // The same token again is the same device.
        assert_eq!(
            ann.post("/devices", phone(platform, token))
                .await
                .expect(201)
                .id(),
            device.id()
        );
    }
    assert_eq!(world.cloud.phone_tokens(), ["abc:DEF", APPLE]);
    queue(&world, &job("n1", &ann)).await;
    queue(&world, &job("n1", &ann)).await;
    let calls = world.cloud.take_calls();
    let publish: Vec<&Value> = calls
        .iter()
        .filter(|call| call.operation == "Publish")
        .map(|call| &call.request)
        .collect();
    assert_eq!(
        publish.len(),
        2,
        "one for each phone, however often the job comes"
    );
    for request in publish {
        assert_eq!(request["MessageStructure"], "json");
        assert_eq!(request["Version"], "2010-03-31");
        let message: Value = serde_json::from_str(request["Message"].as_str().unwrap()).unwrap();
        assert_eq!(message["default"], "WEB-12");
    }
    let published = world.cloud.published();
    let android = &published
        .iter()
        .find(|one| one.token == "abc:DEF")
        .unwrap()
        .message["fcmV1Message"]["message"];
    assert_eq!(
        android["notification"],
        json!({ "title": "WEB-12", "body": "Ann: hello" })
    );
    assert_eq!(
        android["data"],
        json!({ "id": "n1", "link": "/tasks/12", "tag": "task 12" })
    );
    let apple = &published
        .iter()
        .find(|one| one.token == APPLE)
        .unwrap()
        .message;
    assert_eq!(
        apple["aps"]["alert"],
        json!({ "title": "WEB-12", "body": "Ann: hello" })
    );
    assert_eq!(
        (&apple["id"], &apple["link"]),
        (&json!("n1"), &json!("/tasks/12"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_whose_platform_knows_it_no_more_is_removed_and_may_come_back() {
    let (world, ann) = ann().await;
    let device = ann
        .post("/devices", phone("fcm", "token"))
        .await
        .expect(201)
        .id();
    world.cloud.disable_phone("token");
    assert_eq!(work(&world, &[job("n1", &ann)]).await, [""; 0]);
    assert_eq!(
        (ids(&ann).await, world.cloud.phone_tokens()),
        (vec![], vec![])
    );
    // Its endpoint is gone, so that a new one is made, which is not disabled.
    assert_eq!(
        ann.post("/devices", phone("fcm", "token"))
            .await
            .expect(201)
            .id(),
        device
    );
    assert_eq!(work(&world, &[job("n2", &ann)]).await, [""; 0]);
    assert_eq!(world.cloud.published().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_sns_does_not_take_now_is_published_later_and_once() {
    let (world, ann) = ann().await;
    ann.post("/devices", phone("fcm", "token"))
        .await
        .expect(201);
    let hits = world
        .cloud
        .faults()
        .add(local::Fault::error("Publish", "InternalError", 500).times(2));
    queue(&world, &job("n1", &ann)).await;
    assert_eq!((hits.count(), world.cloud.published().len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_not_set_up_is_refused_and_nothing_is_stored() {
    let off = ["FCM_APPLICATION_ARN", "APNS_APPLICATION_ARN"]
        .map(|name| (name.to_owned(), String::new()));
    let world = World::with(|options| options.variables.extend(off)).await;
    let ann = world.person("ann").await;
    for (platform, token) in [("fcm", "abc"), ("apns", APPLE)] {
        let answer = ann
            .post("/devices", phone(platform, token))
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/platform"]);
        assert!(answer.text.contains("not set up"), "{}", answer.text);
    }
    assert_eq!(
        (ids(&ann).await.len(), world.cloud.phone_tokens().len()),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_its_platform_would_not_give_out_is_refused() {
    let (world, ann) = ann().await;
    let answer = ann
        .post("/devices", phone("apns", "no hexadecimal number"))
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.fields(), ["/token"]);
    let answer = ann
        .post("/devices", phone("apns", "xyz"))
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.fields(), ["/token"]);
    assert_eq!(ids(&ann).await.len(), 0);
    // Nobody makes endpoints who is not signed in.
    world
        .nobody()
        .post("/devices", phone("fcm", "abc"))
        .await
        .refused(401, "unauthenticated");
    assert_eq!(world.cloud.phone_tokens().len(), 0);
}
