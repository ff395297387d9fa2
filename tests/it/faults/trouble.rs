//! Collisions, answers that are missing in part, services that are slow, outcomes that nobody knows.

use std::time::Duration;

use local::Fault;
use reqwest::Method;
use serde_json::json;
use tests::{Request, Team, World};

use crate::table::written;

/// Longer than one attempt waits where waits are three times as long as on AWS.
const LATE: Duration = Duration::from_secs(4);

async fn acme() -> (World, Team, String) {
    furnished(World::new().await).await
}

async fn furnished(world: World) -> (World, Team, String) {
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    // The mails of signing up are claimed in the table too; what is compared later must not move by itself.
    world.cloud.settle().await;
    (world, team, project)
}

fn create(team: &Team, key: &str) -> Request {
    let body = json!({ "organization_id": team.id, "name": key, "key": key });
    team.owner.request(Method::POST, "/projects").json(body)
}

#[tokio::test]
async fn a_transaction_that_meets_another_is_tried_again() {
    let (world, team, project) = acme().await;
    for (number, reasons) in [
        ["None", "TransactionConflict"],
        ["ThrottlingError", "None"],
        ["ProvisionedThroughputExceeded", "None"],
    ]
    .iter()
    .enumerate()
    {
        let hits = world.cloud.faults().add(Fault::cancel(reasons).times(3));
        create(&team, &format!("KEY{number}"))
            .send()
            .await
            .expect(201);
        assert_eq!(hits.count(), 3, "{reasons:?}");
        world.cloud.faults().clear();
    }
    // Single writes meet transactions too, and the SDK does not ask again.
    let task = team.task(&project, "First").await;
    for operation in ["UpdateItem", "PutItem"] {
        world
            .cloud
            .faults()
            .add(Fault::error(operation, "TransactionConflictException", 400).times(2));
    }
    let patched = team
        .owner
        .patch(&format!("/tasks/{task}"), json!({ "title": "Second" }))
        .await
        .expect(200);
    assert_eq!(patched.data()["version"], 2);
}

#[tokio::test]
async fn a_transaction_that_always_meets_others_is_given_up() {
    let (world, team, _) = acme().await;
    let hits = world
        .cloud
        .faults()
        .add(Fault::cancel(&["TransactionConflict"]).times(usize::MAX));
    let before = written(&world.cloud).await;
    let refused = create(&team, "NEW")
        .send()
        .await
        .refused(503, "unavailable");
    assert!(
        refused.header("retry-after").parse::<u32>().is_ok(),
        "{refused:?}"
    );
    // It is not begun anew: that would be the same again, on a table that has enough to do.
    assert_eq!(hits.count(), 8);
    assert!(before == written(&world.cloud).await);
}

#[tokio::test]
async fn a_transaction_that_is_under_way_already_is_waited_for() {
    let (world, team, _) = acme().await;
    let hits = world
        .cloud
        .faults()
        .add(Fault::error("TransactWriteItems", "TransactionInProgressException", 400).times(2));
    create(&team, "NEW").send().await.expect(201);
    assert_eq!(hits.count(), 2);
}

#[tokio::test]
async fn unprocessed_keys_are_asked_for_again_and_are_never_missing_items() {
    let (world, team, project) = acme().await;
    let path = format!("/tasks/{}", team.task(&project, "First").await);
    let reads: [(&str, &str); 4] = [
        ("tasks", &path),
        ("orgs", "/organizations"),
        ("users", "/users/me"),
        ("projects", "/projects"),
    ];
    for (function, path) in reads {
        let hits = world
            .cloud
            .faults()
            .add(Fault::leave_keys().in_function(function).times(2));
        team.owner.get(path).await.expect(200);
        assert_eq!(hits.count(), 2, "{path}");
        world.cloud.faults().clear();
        let hits = world
            .cloud
            .faults()
            .add(Fault::leave_keys().in_function(function).times(usize::MAX));
        let refused = team.owner.get(path).await.refused(503, "unavailable");
        assert!(refused.header("retry-after").parse::<u32>().is_ok());
        assert_eq!(hits.count(), 3, "{path}");
        world.cloud.faults().clear();
    }
    let hits = world
        .cloud
        .faults()
        .add(Fault::leave_keys().in_function("tasks").times(usize::MAX));
    team.owner
        .patch(&path, json!({ "title": "Second" }))
        .await
        .refused(503, "unavailable");
    assert_eq!(hits.count(), 3);
    world.cloud.faults().clear();
    assert_eq!(team.owner.get(&path).await.expect(200).data()["version"], 1);
}

#[tokio::test]
async fn a_table_that_never_answers_is_given_up_after_three_attempts() {
    // One attempt has three seconds: more than anything here takes on a laden machine.
    let (world, team, project) = furnished(World::with(|options| options.slack = 3).await).await;
    let path = format!("/tasks/{}", team.task(&project, "First").await);
    let slow = |operation| {
        Fault::delay(operation, LATE)
            .in_function("tasks")
            .times(usize::MAX)
    };
    let (read, written) = (
        world.cloud.faults().add(slow("BatchGetItem")),
        world.cloud.faults().add(slow("UpdateItem")),
    );
    team.owner.get(&path).await.refused(503, "unavailable");
    assert_eq!((read.count(), written.count()), (3, 0));
    world.cloud.faults().clear();
    // A table that is slow once is not noticed.
    let once = world
        .cloud
        .faults()
        .add(Fault::delay("UpdateItem", LATE).in_function("tasks"));
    let patched = team
        .owner
        .patch(&path, json!({ "title": "Second" }))
        .await
        .expect(200);
    assert_eq!((once.count(), &patched.data()["version"]), (1, &json!(2)));
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_is_found_by_the_key() {
    let (world, team, project) = acme().await;
    let requests = [
        (
            "/tasks",
            "tasks",
            "PutItem",
            json!({ "project_id": project, "title": "Once" }),
        ),
        (
            "/projects",
            "projects",
            "TransactWriteItems",
            json!({ "organization_id": team.id, "name": "Once" }),
        ),
        (
            "/organizations",
            "orgs",
            "TransactWriteItems",
            json!({ "name": "Once", "slug": "once" }),
        ),
    ];
    for (path, function, operation, body) in requests {
        let create = || {
            team.owner
                .request(Method::POST, path)
                .header("idempotency-key", "k")
                .json(body.clone())
                .send()
        };
        let hits = world.cloud.faults().add(
            Fault::lose_answer(operation)
                .in_function(function)
                .times(usize::MAX),
        );
        create().await.refused(503, "unavailable");
        assert_eq!(hits.count(), 3, "{path}");
        world.cloud.faults().clear();
        let before = written(&world.cloud).await;
        let found = create().await.expect(201);
        assert_eq!(found.header("idempotent-replayed"), "true", "{path}");
        assert!(
            before == written(&world.cloud).await,
            "{path} was done twice"
        );
    }
}

#[tokio::test]
async fn one_tenants_trouble_is_not_anothers() {
    let (world, team, _) = acme().await;
    let bob = world.person("bob").await;
    let other = world.team(&bob, "beta").await;
    let partition = written(&world.cloud)
        .await
        .into_keys()
        .find(|(pk, sk)| sk == "ORG" && pk.len() > 2);
    let partition = partition.map(|(pk, _)| pk).unwrap_or_default();
    let throttled = Fault::error("BatchGetItem", "ThrottlingException", 400).times(usize::MAX);
    world
        .cloud
        .faults()
        .add(throttled.when(move |body| body.to_string().contains(&format!("\"{partition}\""))));
    let statuses = [team.owner.clone(), bob.clone()].map(|person| {
        let orgs = [
            person.home.clone(),
            if person.id == bob.id {
                other.id.clone()
            } else {
                team.id.clone()
            },
        ];
        orgs.map(|org| (person.clone(), format!("/organizations/{org}")))
    });
    let mut troubled = 0;
    for (person, path) in statuses.into_iter().flatten() {
        match person.get(&path).await {
            answer if answer.status == 503 => troubled += 1,
            answer => drop(answer.expect(200)),
        }
    }
    assert_eq!(troubled, 1);
}
