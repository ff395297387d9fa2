//! How many, and which of them twice.

use serde_json::{Value, json};

use super::{acme, bulk, outcomes, rename, still, tasks};

#[tokio::test]
async fn twenty_five_are_done_as_one_and_a_hundred_each_by_itself() {
    let (world, team, project) = acme().await;
    let new = |count: usize| {
        vec![json!({ "op": "create", "project_id": project, "title": "New" }); count]
    };
    for (mode, most) in [("atomic", 25), ("best_effort", 100)] {
        let before = still(&world).await;
        for count in [0, most + 1] {
            let refused = bulk(&team.owner, mode, &new(count))
                .await
                .refused(422, "validation_failed");
            assert_eq!(
                (refused.fields(), &refused.body["errors"][0]["code"]),
                (vec!["/operations"], &json!("length"))
            );
        }
        assert!(before == still(&world).await);
        let made = bulk(&team.owner, mode, &new(most)).await.expect(200);
        assert_eq!(outcomes(&made), vec![(201, ""); most]);
        let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
        let deletions: Vec<Value> = made
            .rows()
            .iter()
            .map(|row| json!({ "op": "delete", "id": id(row) }))
            .collect();
        assert_eq!(
            outcomes(&bulk(&team.owner, mode, &deletions).await.expect(200)),
            vec![(200, ""); most]
        );
    }
}

#[tokio::test]
async fn a_task_is_named_once() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    let before = still(&world).await;
    let operations = [
        rename(&ids[0], "One"),
        rename(&ids[1], "Two"),
        json!({ "op": "delete", "id": ids[0] }),
    ];
    for mode in ["atomic", "best_effort"] {
        let refused = bulk(&team.owner, mode, &operations)
            .await
            .refused(422, "validation_failed");
        assert_eq!(
            (refused.fields(), &refused.body["errors"][0]["code"]),
            (vec!["/operations/2/id"], &json!("duplicate"))
        );
    }
    assert!(before == still(&world).await);
}

#[tokio::test]
async fn what_is_no_request_is_refused_as_a_whole() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    let before = still(&world).await;
    let good = rename(&ids[0], "Good");
    for (mode, bad, field) in [
        ("some", good.clone(), "/mode"),
        (
            "best_effort",
            json!({ "op": "move", "id": ids[1] }),
            "/operations/1/op",
        ),
        ("best_effort", json!({ "id": ids[1] }), "/operations/1/op"),
        (
            "best_effort",
            json!({ "op": "update", "title": "New" }),
            "/operations/1/id",
        ),
        (
            "best_effort",
            json!({ "op": "update", "id": ids[1], "titel": "New" }),
            "/operations/1/titel",
        ),
        (
            "best_effort",
            json!({ "op": "update", "id": ids[1], "if_match": -1 }),
            "/operations/1/if_match",
        ),
        ("best_effort", json!("delete"), "/operations/1"),
    ] {
        let refused = bulk(&team.owner, mode, &[good.clone(), bad])
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused.fields(), [field], "{}", refused.text);
    }
    world
        .nobody()
        .post(
            "/tasks/bulk",
            json!({ "mode": "atomic", "operations": [good] }),
        )
        .await
        .refused(401, "unauthenticated");
    assert!(before == still(&world).await);
}
