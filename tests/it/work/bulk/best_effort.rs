//! Each by itself.

use futures_util::future::join_all;
use local::Fault;
use serde_json::{Value, json};
use tests::Answer;

use super::{acme, bulk, outcomes, rename, still, tasks, title};

#[tokio::test]
async fn one_result_says_nothing_of_what_is_anothers() {
    let (world, team, project) = acme().await;
    let own = team.task(&project, "Mine").await;
    let eve = world.person("eve").await;
    let other = world.team(&eve, "globex").await;
    let foreign = other.private_project("GLOB").await;
    let task = other.task(&foreign, "Theirs").await;
    let never = |id: &str| format!("{}000000000000", &id[..24]);
    let operations = |title: &str, task: &str, project: &str| {
        [
            rename(&own, title),
            rename(task, "Changed"),
            json!({ "op": "create", "project_id": project, "title": "Smuggled" }),
        ]
    };
    let theirs = bulk(
        &team.owner,
        "best_effort",
        &operations("Change", &task, &foreign),
    )
    .await
    .expect(200);
    let nothings = bulk(
        &team.owner,
        "best_effort",
        &operations("Changed", &never(&task), &never(&foreign)),
    )
    .await
    .expect(200);
    assert_eq!(
        outcomes(&theirs),
        [(200, ""), (404, "not_found"), (404, "not_found")]
    );
    let told = |row: &Value| (row["status"].clone(), row["problem"].clone());
    for index in [1, 2] {
        assert_eq!(told(&theirs.rows()[index]), told(&nothings.rows()[index]));
    }
    // Not even by how long it takes to find out.
    let trips = |answer: &Answer| {
        answer
            .header("server-timing")
            .rsplit_once("desc=")
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(trips(&theirs), trips(&nothings));
    assert_eq!(title(&eve, &task).await, "Theirs");
    assert_eq!(title(&team.owner, &own).await, "Changed");
}

#[tokio::test]
async fn a_wrong_value_is_its_operations_own_failure() {
    let (_world, team, project) = acme().await;
    let ids = tasks(&team, &project, 3).await;
    let operations = [
        rename(&ids[0], ""),
        rename(&ids[1], "Good"),
        json!({ "op": "transition", "id": ids[2], "to": "nowhere" }),
        json!({ "op": "delete", "id": "WEB-1" }),
        json!({ "op": "update", "id": ids[2], "title": "Seen", "if_match": 5 }),
    ];
    let twice = bulk(&team.owner, "best_effort", &operations)
        .await
        .refused(422, "validation_failed");
    assert_eq!(twice.fields(), ["/operations/4/id"]);
    let answer = bulk(&team.owner, "best_effort", &operations[..4])
        .await
        .expect(200);
    let wrong = (422, "validation_failed");
    assert_eq!(outcomes(&answer), [wrong, (200, ""), wrong, wrong]);
    let field = |index: usize| {
        answer.rows()[index]["problem"]["errors"][0]["field"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!([field(0), field(3)], ["/title", "/id"]);
    assert_eq!(
        (&answer.rows()[0]["id"], &answer.rows()[3]["id"]),
        (&json!(ids[0]), &Value::Null)
    );
    let answer = bulk(&team.owner, "best_effort", &operations[4..])
        .await
        .expect(200);
    assert_eq!(outcomes(&answer), [(412, "precondition_failed")]);
    assert_eq!(answer.rows()[0]["problem"]["current_version"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_lose_nothing() {
    let (_world, team, project) = acme().await;
    let ids = tasks(&team, &project, 12).await;
    let each = |change: Value| {
        let merge = |id: &String| {
            let mut operation = json!({ "op": "update", "id": id });
            operation
                .as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            operation
        };
        ids.iter().map(merge).collect::<Vec<_>>()
    };
    let (first, second) = (
        each(json!({ "title": "New" })),
        each(json!({ "priority": "urgent" })),
    );
    let answers = join_all([
        bulk(&team.owner, "best_effort", &first),
        bulk(&team.owner, "best_effort", &second),
    ])
    .await;
    for answer in answers {
        assert_eq!(outcomes(&answer.expect(200)), vec![(200, ""); 12]);
    }
    for id in &ids {
        let task = team.owner.get(&format!("/tasks/{id}")).await.expect(200);
        assert_eq!(
            (task.text_of("title"), task.text_of("priority")),
            ("New".to_owned(), "urgent".to_owned())
        );
        assert_eq!(task.data()["version"], 3);
    }
}

#[tokio::test]
async fn a_lost_answer_of_one_is_no_error_and_no_second_effect() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 3).await;
    let mut operations: Vec<Value> = ids.iter().map(|id| rename(id, "New")).collect();
    operations.push(json!({ "op": "create", "project_id": project, "title": "Made" }));
    // The first update draws the number of the new task.
    for (operation, before, times) in [("UpdateItem", 1, 3), ("PutItem", 0, 1)] {
        let fault = Fault::lose_answer(operation)
            .in_function("tasks")
            .after(before)
            .times(times);
        let hits = world.cloud.faults().add(fault);
        let answer = bulk(&team.owner, "best_effort", &operations)
            .await
            .expect(200);
        assert!(
            answer
                .rows()
                .iter()
                .all(|row| row["task"]["title"].is_string()),
            "{}",
            answer.text
        );
        assert_eq!(hits.count(), times);
        world.cloud.faults().clear();
        for operation in &mut operations[..3] {
            operation["title"] = json!("Newer");
        }
    }
    let tasks = still(&world)
        .await
        .into_keys()
        .filter(|(_, sk)| sk == "TASK")
        .count();
    assert_eq!(tasks, 5);
    for id in &ids {
        assert_eq!(
            team.owner
                .get(&format!("/tasks/{id}"))
                .await
                .expect(200)
                .data()["version"],
            3
        );
    }
}

#[tokio::test]
async fn what_finds_the_table_busy_is_told_and_the_rest_is_done() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    let busy = Fault::error("UpdateItem", "ThrottlingException", 400)
        .in_function("tasks")
        .times(usize::MAX);
    let key = "Second title";
    world
        .cloud
        .faults()
        .add(busy.when(move |body| body.to_string().contains(key)));
    let answer = bulk(
        &team.owner,
        "best_effort",
        &[rename(&ids[0], "First"), rename(&ids[1], key)],
    )
    .await
    .expect(200);
    assert_eq!(outcomes(&answer), [(200, ""), (503, "unavailable")]);
}

#[tokio::test]
async fn a_guest_who_sees_by_a_team_alone_is_given_tasks_as_one_by_one() {
    let (world, team, project) = acme().await;
    let ann = &team.owner;
    let guest = world.member(&team, "gus", "guest").await;
    let bob = world.member(&team, "bob", "member").await;
    let new = json!({ "organization_id": team.id, "name": "Outside" });
    let outside = ann.post("/teams", new).await.expect(201).id();
    let member = json!({ "user_id": guest.id, "role": "member" });
    ann.post(&format!("/teams/{outside}/members"), member)
        .await
        .expect(201);
    let attached = json!({ "team_ids": [outside] });
    ann.patch(&format!("/projects/{project}"), attached)
        .await
        .expect(200);
    let tasks = tasks(&team, &project, 2).await;
    let given = json!({ "assignee_id": guest.id });
    bob.patch(&format!("/tasks/{}", tasks[0]), given)
        .await
        .expect(200);
    for mode in ["best_effort", "atomic"] {
        let give = json!({ "op": "update", "id": tasks[1], "assignee_id": guest.id });
        let answer = bulk(&bob, mode, &[give]).await.expect(200);
        assert_eq!(outcomes(&answer), [(200, "")], "{mode}");
    }
}
