//! The same request again.

use local::Fault;
use serde_json::{Value, json};
use tests::{Answer, Person};

use super::{acme, outcomes, rename, request, still, tasks, title};

async fn keyed(person: &Person, mode: &str, operations: &[Value]) -> Answer {
    request(person, mode, operations)
        .header("idempotency-key", "k")
        .send()
        .await
}

#[tokio::test]
async fn all_of_it_has_its_effect_once_however_much_later() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 3).await;
    let operations = [
        rename(&ids[0], "New"),
        json!({ "op": "transition", "id": ids[1], "to": "done" }),
        json!({ "op": "delete", "id": ids[2] }),
        json!({ "op": "create", "project_id": project, "title": "Made" }),
    ];
    let first = keyed(&team.owner, "atomic", &operations).await.expect(200);
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = keyed(&team.owner, "atomic", &operations).await.expect(200);
    assert_eq!(
        (&again.body, again.header("idempotent-replayed")),
        (&first.body, "true")
    );
    // A task forgets an operation after four others; the request as a whole is known on.
    for number in 0..5 {
        team.owner
            .patch(
                &format!("/tasks/{}", ids[0]),
                json!({ "title": number.to_string() }),
            )
            .await
            .expect(200);
    }
    let before = still(&world).await;
    let later = keyed(&team.owner, "atomic", &operations).await.expect(200);
    assert_eq!(later.header("idempotent-replayed"), "true");
    assert_eq!(
        later.rows()[0]["task"]["title"],
        "4",
        "it answers with things as they are now"
    );
    assert!(before == still(&world).await);
    keyed(&team.owner, "atomic", &operations[..2])
        .await
        .refused(422, "idempotency_key_reused");
    // What it made is deleted since.
    team.owner
        .delete(&format!(
            "/tasks/{}",
            first.rows()[3]["id"].as_str().unwrap()
        ))
        .await
        .expect(200);
    let gone = keyed(&team.owner, "atomic", &operations)
        .await
        .refused(409, "idempotency_target_deleted");
    assert_eq!(gone.body["index"], 3);
}

#[tokio::test]
async fn what_was_done_is_not_done_again_and_what_was_not_is_tried_again() {
    let (_world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    team.owner
        .delete(&format!("/tasks/{}", ids[1]))
        .await
        .expect(200);
    let operations = [
        rename(&ids[0], "New"),
        rename(&ids[1], "New"),
        json!({ "op": "create", "project_id": project, "title": "Made" }),
    ];
    let first = keyed(&team.owner, "best_effort", &operations)
        .await
        .expect(200);
    assert_eq!(outcomes(&first), [(200, ""), (404, "not_found"), (201, "")]);
    team.owner
        .post(&format!("/trash/task/{}/restore", ids[1]), json!({}))
        .await
        .expect(200);
    let again = keyed(&team.owner, "best_effort", &operations)
        .await
        .expect(200);
    assert_eq!(outcomes(&again), [(200, ""), (200, ""), (201, "")]);
    assert_eq!(again.header("idempotent-replayed"), "true");
    for index in [0, 2] {
        assert_eq!(again.rows()[index], first.rows()[index]);
    }
    keyed(&team.owner, "best_effort", &operations[..1])
        .await
        .refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_transaction_whose_answer_is_lost_is_neither_an_error_nor_done_twice() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    let operations = [
        rename(&ids[0], "New"),
        rename(&ids[1], "New"),
        json!({ "op": "create", "project_id": project, "title": "Made" }),
    ];
    let hits = world
        .cloud
        .faults()
        .add(Fault::lose_answer("TransactWriteItems"));
    let done = request(&team.owner, "atomic", &operations)
        .send()
        .await
        .expect(200);
    assert_eq!(hits.count(), 1);
    world.cloud.faults().clear();
    let versions: Vec<&Value> = done
        .rows()
        .iter()
        .map(|row| &row["task"]["version"])
        .collect();
    assert_eq!(versions, [&json!(2), &json!(2), &json!(1)]);
    // An outcome that nobody knows is found by the key.
    let operations = [
        rename(&ids[0], "Newer"),
        json!({ "op": "create", "project_id": project, "title": "Made too" }),
    ];
    world
        .cloud
        .faults()
        .add(Fault::lose_answer("TransactWriteItems").times(usize::MAX));
    keyed(&team.owner, "atomic", &operations)
        .await
        .refused(503, "unavailable");
    world.cloud.faults().clear();
    let before = still(&world).await;
    let found = keyed(&team.owner, "atomic", &operations).await.expect(200);
    assert_eq!(found.header("idempotent-replayed"), "true");
    assert!(before == still(&world).await);
    assert_eq!(title(&team.owner, &ids[0]).await, "Newer");
}

#[tokio::test]
async fn a_transaction_that_never_arrives_changes_nothing() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    let before = still(&world).await;
    world
        .cloud
        .faults()
        .add(Fault::fail_before("TransactWriteItems").times(usize::MAX));
    let operations = [
        rename(&ids[0], "New"),
        json!({ "op": "delete", "id": ids[1] }),
    ];
    request(&team.owner, "atomic", &operations)
        .send()
        .await
        .refused(503, "unavailable");
    assert!(before == still(&world).await);
}
