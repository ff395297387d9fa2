//! Quiet hours: a message waits for their end.

use jiff::SignedDuration;
use serde_json::Value;

use super::{Stage, job, queue, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_must_wait_is_put_back_and_sent_when_its_time_has_come() {
    let stage = Stage::new().await;
    let cloud = &stage.world.cloud;
    let now = stage.world.clock.clock().now();
    let at = |seconds: i64| {
        let mut job = job(&format!("n{seconds}"), &stage.ann);
        job["not_before"] = now
            .checked_add(SignedDuration::from_secs(seconds))
            .unwrap()
            .to_string()
            .into();
        job
    };
    cloud.record_calls();
    queue(&stage.world, &at(8 * 3600)).await;
    queue(&stage.world, &at(600)).await;
    assert_eq!(stage.service.take().len(), 0);
    let calls = cloud.take_calls().into_iter();
    let back: Vec<Value> = calls
        .filter(|call| call.operation == "SendMessageBatch" && call.function == "devices")
        .map(|call| call.request["Entries"][0].clone())
        .collect();
    assert_eq!(back[0]["DelaySeconds"], 900);
    assert!(
        back[1]["DelaySeconds"]
            .as_u64()
            .is_some_and(|delay| (500..=600).contains(&delay)),
        "{back:?}"
    );
    let body: Value = serde_json::from_str(back[0]["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(body, at(8 * 3600));
    assert_eq!(back.len(), 2);
    // Both come out of the queue now; that one of them is delivered once more sends nothing twice.
    stage.world.clock.advance(SignedDuration::from_hours(8));
    assert_eq!(work(&stage.world, &[at(8 * 3600)]).await, [""; 0]);
    cloud.settle().await;
    assert_eq!(stage.service.take().len(), 2);
}
