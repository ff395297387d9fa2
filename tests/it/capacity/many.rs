//! Requests with many operations, and saved views.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Request, Team};

use super::scale::{Bound, NO_TARGET, Scale, exactly};

/// Weighs them.
pub async fn weigh(scale: &mut Scale<'_>) {
    let quincy = scale.world.person("quincy").await;
    let team = scale.world.team(&quincy, "many").await;
    let (open, closed) = (
        team.project("MANY").await,
        team.private_project("FEW").await,
    );
    let (tasks, secrets) = (
        tasks(&team, &open, 100).await,
        tasks(&team, &closed, 25).await,
    );
    bulk(scale, &team, &open, [&tasks, &secrets]).await;
    views(scale, &team, &open).await;
}

async fn tasks(team: &Team, project: &str, count: usize) -> Vec<String> {
    let mut tasks = vec![];
    for number in 0..count {
        tasks.push(
            team.task(project, &format!("Write the press release, part {number}"))
                .await,
        );
    }
    tasks
}

async fn bulk(scale: &mut Scale<'_>, team: &Team, open: &str, [tasks, secrets]: [&[String]; 2]) {
    let request = |mode: &str, operations: Vec<Value>| -> Request {
        team.owner
            .request(Method::POST, "/tasks/bulk")
            .json(json!({ "mode": mode, "operations": operations }))
    };
    let rename = |title: &'static str| move |task: &String| json!({ "op": "update", "id": task, "title": title });
    let all = |tasks: &[String], title| tasks.iter().map(rename(title)).collect::<Vec<_>>();
    // Session, card and organization once, a unit for each task; the double of a unit for each in a transaction, and its
    // row in the index.
    let atomic = request("atomic", all(&tasks[..25], "A"));
    scale
        .weigh("25 updates as one", exactly(3, 28.0, 77.0), 200, atomic)
        .await;
    let keyed = request("atomic", all(&tasks[..25], "B")).header("idempotency-key", "many");
    scale
        .weigh(
            "25 updates as one, with a key",
            exactly(4, 30.0, 80.0),
            200,
            keyed,
        )
        .await;
    let keyed = request("atomic", all(&tasks[..25], "B")).header("idempotency-key", "many");
    scale
        .weigh(
            "25 updates as one, replayed",
            exactly(2, 30.0, 2.0),
            200,
            keyed,
        )
        .await;
    let atomic = request("atomic", all(secrets, "A"));
    scale
        .weigh(
            "25 updates as one, restricted project",
            exactly(4, 29.0, 77.0),
            200,
            atomic,
        )
        .await;
    let new = |count| vec![json!({ "op": "create", "project_id": open, "title": "New" }); count];
    scale
        .weigh(
            "25 new tasks as one",
            exactly(4, 4.0, 153.0),
            200,
            request("atomic", new(25)),
        )
        .await;
    // Eight are written at once.
    let each = request("best_effort", all(&tasks[..25], "C"));
    scale
        .weigh(
            "25 updates, each by itself",
            exactly(6, 28.0, 52.0),
            200,
            each,
        )
        .await;
    let each = request("best_effort", all(tasks, "D"));
    scale
        .weigh(
            "100 updates, each by itself",
            exactly(15, 103.0, 202.0),
            200,
            each,
        )
        .await;
}

async fn views(scale: &mut Scale<'_>, team: &Team, open: &str) {
    let quincy = &team.owner;
    // A function that has just started reads the published keys once.
    quincy.get("/views").await.expect(200);
    let body = json!({ "organization_id": team.id, "name": "All of it", "filter": { "project": open }, "shared": true });
    let create = quincy.request(Method::POST, "/views").json(body);
    let view = scale
        .weigh("create view", NO_TARGET, 201, create)
        .await
        .id();
    let path = format!("/views/{view}");
    scale
        .weigh(
            "get view",
            exactly(1, 4.0, 0.0),
            200,
            quincy.request(Method::GET, &path),
        )
        .await;
    let patch = quincy
        .request(Method::PATCH, &path)
        .json(json!({ "name": "All" }));
    scale
        .weigh("patch view", exactly(2, 4.0, 2.0), 200, patch)
        .await;
    let run = quincy.request(Method::GET, &format!("/tasks?view={view}"));
    scale
        .weigh(
            "list 20 of a view",
            (Bound::Is(2.0), Bound::Most(4.0 + 7.0), Bound::Is(0.0)),
            200,
            run,
        )
        .await;
    scale
        .weigh(
            "list views, 2 organizations",
            NO_TARGET,
            200,
            quincy.request(Method::GET, "/views"),
        )
        .await;
    scale
        .weigh(
            "delete view",
            exactly(2, 4.0, 2.0),
            200,
            quincy.request(Method::DELETE, &path),
        )
        .await;
}
