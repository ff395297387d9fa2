//! What is lost on the way, and how it is found again.

use local::Fault;
use serde_json::{Value, json};
use tests::{Follower, Live};

use super::{Stage, items};

async fn change(stage: &Stage, n: usize) {
    stage
        .ann
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "title": format!("Title {n}") }),
        )
        .await
        .expect(200);
}

/// The titles in events, in their order.
fn titles<'e>(events: impl IntoIterator<Item = &'e Value>) -> Vec<String> {
    let title = |event: &Value| {
        let changes = event["changes"].as_array().unwrap().iter();
        changes
            .filter(|change| change["field"] == "title")
            .filter_map(|change| change["to"].as_str())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    events.into_iter().flat_map(title).collect()
}

fn numbered(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|n| format!("Title {n}")).collect()
}

async fn follower(stage: &Stage) -> Follower {
    let live = stage.world.live(&stage.bob).await;
    Follower::new(
        live,
        &stage.team.id,
        &[&format!("project:{}", stage.project)],
    )
    .await
}

#[tokio::test]
async fn messages_come_in_order_with_the_position_of_the_one_before() {
    let stage = Stage::new().await;
    let mut follower = follower(&stage).await;
    for n in 0..30 {
        change(&stage, n).await;
    }
    stage.world.cloud.settle().await;
    let frames = follower.live.drain().await;
    for pair in frames.windows(2) {
        assert_eq!(pair[1]["prev"], pair[0]["position"], "{pair:?}");
    }
    assert!(frames.iter().all(|frame| !follower.take(frame)));
    assert_eq!(titles(&follower.events), numbered(0, 30));
    assert_eq!(follower.gaps, 0);
}

#[tokio::test]
async fn a_lost_message_shows_as_a_gap_and_resume_closes_it() {
    let stage = Stage::new().await;
    let mut follower = follower(&stage).await;
    change(&stage, 0).await;
    stage.world.cloud.settle().await;
    let lost = stage.world.cloud.faults().add(
        Fault::fail_before("PostToConnection")
            .times(3)
            .in_function("broadcast"),
    );
    change(&stage, 1).await;
    stage.world.cloud.settle().await;
    assert_eq!(lost.count(), 3, "the SDK has tried three times");
    change(&stage, 2).await;
    stage.world.cloud.settle().await;
    follower.look().await;
    assert_eq!(follower.gaps, 1);
    assert_eq!(titles(&follower.events), numbered(0, 3));
}

#[tokio::test]
async fn a_message_that_comes_twice_does_no_harm() {
    let stage = Stage::new().await;
    let mut follower = follower(&stage).await;
    // The answer is lost, so the SDK sends it again.
    let lost = stage
        .world
        .cloud
        .faults()
        .add(Fault::lose_answer("PostToConnection").in_function("broadcast"));
    change(&stage, 0).await;
    stage.world.cloud.settle().await;
    let frames = follower.live.drain().await;
    assert_eq!((lost.count(), frames.len()), (1, 2));
    assert_eq!(frames[0], frames[1]);
    assert!(frames.iter().all(|frame| !follower.take(frame)));
    assert_eq!(titles(&follower.events), numbered(0, 1));
}

#[tokio::test]
async fn who_was_away_gets_everything_and_in_parts_if_it_is_much() {
    let stage = Stage::new().await;
    let mut follower = follower(&stage).await;
    for n in 0..130 {
        change(&stage, n).await;
    }
    stage.world.cloud.settle().await;
    assert!(
        !follower.is_complete().await,
        "what it has not taken, it lacks"
    );
    let points = follower.points();
    let first = follower.live.resume_part(&stage.team.id, &points).await;
    assert_eq!(
        (first["events"].as_array().unwrap().len(), &first["more"]),
        (100, &json!(true))
    );
    assert_eq!(
        first["topics"][0].get("position"),
        None,
        "it is not complete"
    );
    let live = stage.world.live(&stage.bob).await;
    follower.reconnect(live).await;
    assert_eq!(titles(&follower.events), numbered(0, 130));
    assert!(follower.is_complete().await);
}

#[tokio::test]
async fn nothing_falls_between_subscribing_and_the_first_message() {
    let stage = Stage::new().await;
    let changes = async {
        for n in 0..40 {
            change(&stage, n).await;
        }
    };
    let subscriptions = async {
        let mut all = vec![];
        for _ in 0..8 {
            all.push(follower(&stage).await);
        }
        all
    };
    let ((), mut followers) = tokio::join!(changes, subscriptions);
    stage.world.cloud.settle().await;
    for follower in &mut followers {
        follower.look().await;
        let all = follower.all().await;
        // What was under way as they began comes too.
        assert!(
            !all.is_empty() && follower.events.ends_with(&all),
            "{:?}",
            follower.events
        );
        assert!(follower.is_complete().await);
    }
}

#[tokio::test]
async fn a_connection_that_is_gone_is_forgotten_and_holds_up_nobody() {
    let stage = Stage::new().await;
    let topic = format!("task:{}", stage.task);
    let mut live: Vec<Live> = vec![];
    for _ in 0..3 {
        let mut one = stage.world.live(&stage.bob).await;
        one.subscribe(&[&topic]).await;
        live.push(one);
    }
    assert_eq!(items(&stage.world, "W#").await, 3);
    let faults = stage.world.cloud.faults();
    let gone =
        faults.add(Fault::error("PostToConnection", "GoneException", 410).in_function("broadcast"));
    change(&stage, 0).await;
    stage.world.cloud.settle().await;
    assert_eq!((gone.count(), items(&stage.world, "W#").await), (1, 2));
    assert_eq!(
        super::everything(&stage.world)
            .await
            .matches("#LIVE#TASK#")
            .count(),
        2
    );
    let mut heard = 0;
    for (n, one) in live.iter_mut().enumerate() {
        one.send(json!({ "action": "ping", "id": n.to_string() }).to_string())
            .await;
        // The one that is forgotten is told so when it speaks.
        let answer = one
            .until(|frame| frame["type"] == "pong" || frame["type"] == "bye")
            .await;
        let told = one
            .waiting()
            .filter(|frame| frame["type"] == "event")
            .count();
        assert_eq!(told, usize::from(answer["type"] == "pong"), "{answer}");
        heard += told;
    }
    assert_eq!(heard, 2);
}

#[tokio::test]
async fn a_busy_gateway_is_asked_again_a_little() {
    let stage = Stage::new().await;
    let mut follower = follower(&stage).await;
    let faults = stage.world.cloud.faults();
    let busy = faults.add(
        Fault::error("PostToConnection", "LimitExceededException", 429)
            .times(2)
            .in_function("broadcast"),
    );
    change(&stage, 0).await;
    stage.world.cloud.settle().await;
    assert_eq!(busy.count(), 2);
    follower.look().await;
    assert_eq!(
        (titles(&follower.events), follower.gaps),
        (numbered(0, 1), 0)
    );
    let refused = faults
        .add(Fault::error("PostToConnection", "ForbiddenException", 403).in_function("broadcast"));
    change(&stage, 1).await;
    // Else both may be joined in the one message that is refused.
    stage.world.cloud.settle().await;
    assert_eq!(refused.count(), 1);
    change(&stage, 2).await;
    stage.world.cloud.settle().await;
    follower.look().await;
    assert_eq!(
        (titles(&follower.events), follower.gaps),
        (numbered(0, 3), 1)
    );
    assert_eq!(
        items(&stage.world, "W#").await,
        1,
        "it is not forgotten for that"
    );
}

#[tokio::test]
async fn what_the_table_does_not_tell_is_tried_again_and_then_told() {
    let stage = Stage::new().await;
    let mut follower = follower(&stage).await;
    let faults = stage.world.cloud.faults();
    let broken = faults.add(
        Fault::error("Query", "InternalServerError", 500)
            .times(6)
            .in_function("broadcast"),
    );
    change(&stage, 0).await;
    change(&stage, 1).await;
    stage.world.cloud.settle().await;
    assert_eq!(broken.count(), 6);
    follower.look().await;
    assert_eq!(
        (titles(&follower.events), follower.gaps),
        (numbered(0, 2), 0)
    );
}

#[tokio::test]
async fn a_batch_with_a_message_that_is_no_job_fails_from_there_on_in_its_group() {
    let world = tests::World::new().await;
    let mut batch = super::batch("broadcast.sqs.json");
    batch["Records"][1]["body"] = "nonsense".into();
    let id = |n: usize| batch["Records"][n]["messageId"].clone();
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": id(1) }] });
    assert_eq!(
        world.cloud.invoke("broadcast", batch.clone()).await,
        Ok(failed)
    );
    batch["Records"][0]["body"] = "nonsense".into();
    let id = |n: usize| batch["Records"][n]["messageId"].clone();
    let failed =
        json!({ "batchItemFailures": [{ "itemIdentifier": id(0) }, { "itemIdentifier": id(1) }] });
    assert_eq!(
        world.cloud.invoke("broadcast", batch.clone()).await,
        Ok(failed)
    );
}
