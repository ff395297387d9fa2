//! What was lost on its way, found again.

use domain::feed::event::EventType;
use jiff::SignedDuration;
use local::Fault;
use serde_json::{Value, json};
use tests::{Team, World};

use super::{feed, settled};

/// A world with a task, at rest.
async fn scene() -> (World, Team, String) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let task = team.task(&team.project("WEB").await, "First").await;
    world.cloud.settle().await;
    (world, team, task)
}

/// The queue of events says that it has taken messages, and has not.
fn swallow(world: &World) -> local::Hits {
    let to_feed = |body: &Value| {
        body["QueueUrl"]
            .as_str()
            .is_some_and(|url| url.ends_with("feed.fifo"))
    };
    let lie = Fault::error("SendMessageBatch", "", 200)
        .times(usize::MAX)
        .in_function("fanout")
        .when(to_feed);
    world.cloud.faults().add(lie)
}

async fn reconcile(world: &World) -> Value {
    let report = world.cloud.invoke("scheduler", json!({})).await.unwrap()["reconciled"].clone();
    world.cloud.settle().await;
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_arrived_is_found_and_told_once() {
    let (world, team, task) = scene().await;
    let before = feed(&world.cloud, &team.id).await;
    let hits = swallow(&world);
    team.owner
        .patch(&format!("/tasks/{task}"), json!({ "title": "Unheard" }))
        .await
        .expect(200);
    let other = team.task(&team.project("NEW").await, "Unheard too").await;
    assert_eq!(settled(&world, &team.id).await.links, before.links);
    assert!(hits.count() > 0);
    world.cloud.faults().clear();

    // What is young may be on its way.
    assert_eq!(reconcile(&world).await["missing"], 0);
    world.clock.advance(SignedDuration::from_hours(24));
    let report = reconcile(&world).await;
    assert_eq!(report["finished"], true);
    let after = feed(&world.cloud, &team.id).await;
    assert_eq!(after.links[..before.links.len()], before.links[..]);
    let found = &after.events[before.events.len()..];
    let of = |subject: &str| {
        found
            .iter()
            .find(|one| one.event.subject == subject)
            .unwrap()
    };
    assert_eq!(
        (of(&task).event.kind, of(&task).event.version),
        (EventType::TaskUpdated, 2)
    );
    assert_eq!(of(&other).event.kind, EventType::TaskCreated);
    assert!(found.iter().all(|one| one.event.changes.is_empty()));
    assert_eq!(report["missing"], found.len());
    assert_eq!(
        found
            .iter()
            .filter(|one| one.event.kind == EventType::ProjectCreated)
            .count(),
        1
    );

    // Nothing of it is missing any more, and when the stream tells it after all, it is known.
    world.cloud.replay_stream(0);
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(reconcile(&world).await["missing"], 0);
    assert_eq!(settled(&world, &team.id).await.links, after.links);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_was_lost_nothing_is_found() {
    let (world, team, task) = scene().await;
    // Much that is no event: counters, turns of tokens, known addresses.
    let ben = world.member(&team, "ben", "member").await;
    let refreshed = json!({ "refresh_token": ben.refresh });
    world
        .nobody()
        .post("/auth/refresh", refreshed)
        .await
        .expect(200);
    team.owner
        .patch(&format!("/tasks/{task}"), json!({ "title": "Second" }))
        .await
        .expect(200);
    let before = settled(&world, &team.id).await;
    world.clock.advance(SignedDuration::from_hours(8));
    let report = reconcile(&world).await;
    assert_eq!(
        (&report["missing"], &report["finished"]),
        (&json!(0), &json!(true))
    );
    assert!(report["checked"].as_u64().unwrap() > 8, "{report}");
    assert_eq!(feed(&world.cloud, &team.id).await.links, before.links);
    // Once a day is enough.
    assert_eq!(reconcile(&world).await["checked"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_is_done_again_from_where_it_is_kept() {
    let (world, team, task) = scene().await;
    let before = feed(&world.cloud, &team.id).await;
    let fault = Fault::error("SendMessageBatch", "InternalFailure", 500)
        .times(usize::MAX)
        .in_function("fanout");
    let hits = world.cloud.faults().add(fault);
    team.owner
        .patch(&format!("/tasks/{task}"), json!({ "title": "Given up" }))
        .await
        .expect(200);
    assert_eq!(settled(&world, &team.id).await.links, before.links);
    assert!(hits.count() > 10);
    world.cloud.faults().clear();

    let kept = world.cloud.objects("aws/lambda/").await;
    assert_eq!(kept.len(), 1);
    let answer = world
        .cloud
        .invoke("fanout", json!({ "replay": kept[0] }))
        .await
        .unwrap();
    assert_eq!(answer, json!({ "records": 1 }));
    let after = settled(&world, &team.id).await;
    assert_eq!(after.kinds()[before.events.len()..], ["task.updated"]);
    assert_eq!(after.events.last().unwrap().event.changes[0].to, "Given up");
    // Twice does no harm, and elsewhere nothing is looked for.
    world
        .cloud
        .invoke("fanout", json!({ "replay": kept[0] }))
        .await
        .unwrap();
    assert_eq!(settled(&world, &team.id).await.links, after.links);
    assert!(
        world
            .cloud
            .invoke("fanout", json!({ "replay": "mail/1" }))
            .await
            .is_err()
    );
    assert!(
        world
            .cloud
            .invoke("fanout", json!({ "replay": "aws/lambda/none" }))
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_cannot_be_read_is_put_away_alone() {
    let (world, team, task) = scene().await;
    let path = format!("/tasks/{task}");
    swallow(&world);
    for title in ["Second", "Third", "Fourth"] {
        let body = json!({ "title": title });
        team.owner.patch(&path, body).await.expect(200);
    }
    world.cloud.settle().await;
    world.cloud.faults().clear();
    let before = feed(&world.cloud, &team.id).await;
    let of_task = |record: &Value| record["dynamodb"]["NewImage"]["ev"]["S"] == "task";
    let mut records = crate::table::stream(&world.cloud).await;
    records.retain(of_task);
    let mut records = records.split_off(records.len() - 3);
    records[1]["dynamodb"]["NewImage"]["row"] = json!({ "S": "no row" });
    let id = records[1]["eventID"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let batch = json!({ "Records": records });
        let answer = world.cloud.invoke("fanout", batch).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    let after = settled(&world, &team.id).await;
    let told = &after.events[before.events.len()..];
    let titles: Vec<&Value> = told.iter().map(|one| &one.event.changes[0].to).collect();
    assert_eq!(titles, ["Second", "Fourth"]);
    let kept = format!("aws/lambda/unreadable/{id}");
    assert_eq!(
        world.cloud.objects("aws/lambda/").await,
        std::slice::from_ref(&kept)
    );
    // It is not done by being asked for again, and stays where it is.
    let again = world
        .cloud
        .invoke("fanout", json!({ "replay": kept }))
        .await;
    assert!(again.is_err(), "{again:?}");
    assert_eq!(world.cloud.objects("aws/lambda/").await.len(), 1);
}
