//! In order, and nobody for another.

use domain::feed::event::EventType;
use local::Fault;
use serde_json::{Value, json};
use tests::World;

use super::{dead_letters, feed, settled, sqs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_changes_of_a_thing_are_told_in_their_order() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let task = team.task(&team.project("WEB").await, "0").await;
    for n in 1..=30 {
        ann.patch(&format!("/tasks/{task}"), json!({ "title": n.to_string() }))
            .await
            .expect(200);
    }
    let feed = settled(&world, &team.id).await;
    let of_task = feed.events.iter().filter(|one| one.event.subject == task);
    let versions: Vec<u64> = of_task.map(|one| one.event.version).collect();
    assert_eq!(versions, (1..=31).collect::<Vec<u64>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_message_goes_to_the_dead_letters_and_holds_nobody_up() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (acme, other) = (
        world.team(&ann, "acme").await,
        world.team(&ann, "other").await,
    );
    let tag = settled(&world, &acme.id).await.tag().to_string();
    let poison =
        json!({ "MessageBody": "nonsense", "MessageGroupId": tag, "MessageDeduplicationId": "1" });
    sqs(&world, "SendMessage", false, poison).await;
    acme.project("WEB").await;
    other.project("WEB").await;
    for org in [&acme.id, &other.id] {
        assert_eq!(
            settled(&world, org).await.count(EventType::ProjectCreated),
            1
        );
    }
    assert_eq!(dead_letters(&world).await, [(tag, "nonsense".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_whose_feed_fails_holds_no_other_up_and_can_be_caught_up() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (acme, other) = (
        world.team(&ann, "acme").await,
        world.team(&ann, "other").await,
    );
    let tag = settled(&world, &acme.id).await.tag();
    let wanted = format!("T#{tag}#FEED");
    let of_acme = move |body: &Value| body.to_string().contains(&wanted);
    let fault = Fault::error("TransactWriteItems", "InternalServerError", 500).times(usize::MAX);
    let hits = world
        .cloud
        .faults()
        .add(fault.in_function("feed").when(of_acme));
    let project = acme.project("WEB").await;
    let other_project = other.project("WEB").await;
    for (team, project) in [(&acme, &project), (&other, &other_project)] {
        for n in 0..3 {
            team.task(project, &n.to_string()).await;
        }
    }
    assert_eq!(
        settled(&world, &other.id)
            .await
            .count(EventType::TaskCreated),
        3
    );
    assert_eq!(
        feed(&world.cloud, &acme.id)
            .await
            .count(EventType::TaskCreated),
        0
    );
    assert!(hits.count() > 0);
    world.cloud.faults().clear();
    // An operator sends back what was given up.
    let dead = dead_letters(&world).await;
    for (n, (group, body)) in dead.iter().enumerate() {
        let again = json!({ "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": format!("again{n}") });
        sqs(&world, "SendMessage", false, again).await;
    }
    let feed = settled(&world, &acme.id).await;
    assert_eq!(
        (
            feed.count(EventType::ProjectCreated),
            feed.count(EventType::TaskCreated)
        ),
        (1, 3)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_appends_at_the_same_time_takes_turns() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let whole = settled(&world, &team.id).await;
    let tag = whole.tag();
    let event = |n: u8| {
        let id = domain::feed::event::EventId([n; 16]);
        domain::feed::event::Event {
            id,
            changes: vec![],
            ..whole.events[0].event.clone()
        }
    };
    let env = world.cloud.function_env("feed").unwrap();
    let table = store::table::Table::new(&env).unwrap();
    let batches: Vec<Vec<_>> = (0..8)
        .map(|one| (one * 3..one * 3 + 5).map(event).collect())
        .collect();
    let calls = batches.iter().map(|batch| table.append(tag, batch));
    for (outcome, batch) in futures_util::future::join_all(calls)
        .await
        .into_iter()
        .zip(&batches)
    {
        let appended = outcome.unwrap();
        assert_eq!(
            appended
                .iter()
                .map(|one| one.numbered.event.id)
                .collect::<Vec<_>>(),
            batch.iter().map(|one| one.id).collect::<Vec<_>>()
        );
    }
    // Neighbouring batches share two events.
    assert_eq!(
        feed(&world.cloud, &team.id).await.events.len(),
        whole.events.len() + 7 * 3 + 5
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_not_taken_holds_back_no_event_before_it() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let task = team.task(&team.project("WEB").await, "First").await;
    team.owner
        .patch(&format!("/tasks/{task}"), json!({ "title": "Second" }))
        .await
        .expect(200);
    let body = json!([{ "email": "new@example.com", "role": "member" }]);
    team.owner
        .post(&format!("/organizations/{}/invitations", team.id), body)
        .await
        .expect(201);
    world.cloud.settle().await;
    let records = crate::table::stream(&world.cloud).await;
    let last = |kind: &str| {
        let of_kind = |record: &&Value| record["dynamodb"]["NewImage"]["ev"]["S"] == kind;
        records.iter().rev().find(of_kind).unwrap().clone()
    };
    let (changed, invited) = (last("task"), last("invitation"));
    let to_mail = |body: &Value| {
        body["QueueUrl"]
            .as_str()
            .is_some_and(|url| url.ends_with("-mail") && !url.ends_with("-security-mail"))
    };
    let refuse = Fault::error("SendMessageBatch", "ServiceUnavailable", 503).in_function("fanout");
    world
        .cloud
        .faults()
        .add(refuse.when(to_mail).times(usize::MAX));
    world.cloud.record_calls();
    let answer = world
        .cloud
        .invoke("fanout", json!({ "Records": [changed, invited] }))
        .await
        .unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1);
    assert_eq!(
        answer["batchItemFailures"][0]["itemIdentifier"],
        invited["dynamodb"]["SequenceNumber"]
    );
    let sent: usize = world
        .cloud
        .take_calls()
        .iter()
        .filter(|call| {
            call.function == "fanout"
                && call.request["QueueUrl"]
                    .as_str()
                    .is_some_and(|url| url.ends_with("-feed.fifo"))
        })
        .map(|call| call.request["Entries"].as_array().unwrap().len())
        .sum();
    assert_eq!(sent, 1);
}
