//! All or none.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, Person, World};

use super::{acme, bulk, rename, request, still, tasks, title};

/// Sends it, and finds it refused because of one operation, and nothing changed.
async fn refused(
    world: &World,
    who: &Person,
    operations: &[Value],
    status: u16,
    code: &str,
    index: usize,
) -> Answer {
    let before = still(world).await;
    let answer = bulk(who, "atomic", operations).await.refused(status, code);
    assert_eq!(answer.body["index"], index, "{}", answer.text);
    assert!(before == still(world).await, "{code} has changed something");
    answer
}

#[tokio::test]
async fn whatever_cannot_be_done_is_named_and_nothing_is_done() {
    let (world, team, project) = acme().await;
    let (ann, bob) = (&team.owner, world.member(&team, "bob", "viewer").await);
    let ids = tasks(&team, &project, 3).await;
    let shut = team.project("SHUT").await;
    let shelved = team.task(&shut, "Shelved").await;
    ann.post(&format!("/projects/{shut}/archive"), json!({}))
        .await
        .expect(200);
    let lost = team.project("LOST").await;
    let orphan = team.task(&lost, "Orphan").await;
    ann.delete(&format!("/tasks/{orphan}")).await.expect(200);
    ann.delete(&format!("/projects/{lost}")).await.expect(200);
    let good = rename(&ids[0], "Renamed");
    let cases = [
        (
            json!({ "op": "update", "id": ids[1], "title": "New", "if_match": 7 }),
            412,
            "precondition_failed",
        ),
        (json!({ "op": "restore", "id": ids[1] }), 409, "not_deleted"),
        (
            json!({ "op": "delete", "id": shelved }),
            409,
            "project_archived",
        ),
        (
            json!({ "op": "restore", "id": orphan }),
            409,
            "parent_deleted",
        ),
        (
            json!({ "op": "update", "id": orphan, "title": "New" }),
            404,
            "not_found",
        ),
        (
            json!({ "op": "create", "project_id": shut, "title": "New" }),
            409,
            "project_archived",
        ),
        (
            json!({ "op": "create", "project_id": lost, "title": "New" }),
            404,
            "not_found",
        ),
        (
            json!({ "op": "transition", "id": ids[1], "to": "nowhere" }),
            422,
            "validation_failed",
        ),
        (
            json!({ "op": "update", "id": ids[1], "assignee_id": ann.id.replace('0', "1") }),
            422,
            "validation_failed",
        ),
    ];
    for (bad, status, code) in cases {
        let answer = refused(&world, ann, &[good.clone(), bad], status, code, 1).await;
        assert!(
            answer
                .fields()
                .iter()
                .all(|field| field.starts_with("/operations/1/")),
            "{}",
            answer.text
        );
    }
    let forbidden = refused(
        &world,
        &bob,
        std::slice::from_ref(&good),
        403,
        "forbidden",
        0,
    )
    .await;
    assert_eq!(forbidden.body["permission"], "task.update");
    let stale = json!({ "op": "delete", "id": ids[0], "if_match": 9 });
    let stale = refused(&world, ann, &[stale], 412, "precondition_failed", 0).await;
    assert_eq!(stale.body["current_version"], 1);
    ann.delete(&format!("/tasks/{}", ids[2])).await.expect(200);
    world.clock.advance(SignedDuration::from_hours(24 * 31));
    let login = json!({ "email": ann.email, "password": tests::PASSWORD });
    let ann = ann.with_tokens(&world.nobody().post("/auth/login", login).await.expect(200));
    refused(
        &world,
        &ann,
        &[good, json!({ "op": "restore", "id": ids[2] })],
        410,
        "gone",
        1,
    )
    .await;
}

#[tokio::test]
async fn every_wrong_value_is_named_at_once() {
    let (world, team, project) = acme().await;
    let ids = tasks(&team, &project, 2).await;
    let before = still(&world).await;
    let operations = [
        rename(&ids[0], ""),
        rename(&ids[1], "Good"),
        json!({ "op": "create", "project_id": "x", "title": "New", "priority": "most" }),
    ];
    let answer = bulk(&team.owner, "atomic", &operations)
        .await
        .refused(422, "validation_failed");
    assert_eq!(
        answer.fields(),
        [
            "/operations/0/title",
            "/operations/2/project_id",
            "/operations/2/priority"
        ]
    );
    assert!(before == still(&world).await);
}

#[tokio::test]
async fn what_is_anothers_keeps_all_of_it_from_being_done() {
    let (world, team, project) = acme().await;
    let own = team.task(&project, "Mine").await;
    let eve = world.person("eve").await;
    let other = world.team(&eve, "globex").await;
    let foreign = other.task(&other.project("GLOB").await, "Theirs").await;
    // Another tenant's is told by its id alone, whether it is there or never was.
    let never = format!("{}000000000000", &foreign[..24]);
    let mut answers = vec![];
    for id in [&foreign, &never] {
        let operations = [rename(&own, "Changed"), rename(id, "Changed")];
        let answer = refused(
            &world,
            &team.owner,
            &operations,
            422,
            "cross_organization",
            1,
        )
        .await;
        answers.push(answer.comparable());
        let alone = refused(&world, &team.owner, &operations[1..], 404, "not_found", 0).await;
        answers.push(alone.comparable());
    }
    assert_eq!(answers[..2], answers[2..]);
    // One's own tenant has nothing of that id; and another organization of one's own is another one.
    let missing = format!("{}000000000000", &own[..24]);
    refused(
        &world,
        &team.owner,
        &[rename(&own, "Changed"), rename(&missing, "Changed")],
        404,
        "not_found",
        1,
    )
    .await;
    let second = world.team(&team.owner, "beta").await;
    let there = second.task(&second.project("BETA").await, "There").await;
    let both = [rename(&own, "Changed"), rename(&there, "Changed")];
    refused(&world, &team.owner, &both, 422, "cross_organization", 1).await;
    assert_eq!(title(&team.owner, &own).await, "Mine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_change_the_same_tasks_each_changes_all_or_none() {
    let (_world, team, project) = acme().await;
    let ids = tasks(&team, &project, 10).await;
    let at_once = |names: [&'static str; 6], seen: Value| {
        let (owner, ids) = (team.owner.clone(), ids.clone());
        async move {
            join_all(names.map(|name| {
                // Each in another order.
                let mut ids = ids.clone();
                ids.rotate_left(name.len());
                let operation = |id: &String| json!({ "op": "update", "id": id, "title": name, "if_match": seen });
                let request = request(&owner, "atomic", &ids.iter().map(operation).collect::<Vec<_>>());
                request.send()
            }))
            .await
        }
    };
    let names = ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"];
    let answers = at_once(names, Value::Null).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count() as u64;
    assert!(
        done >= 1
            && answers
                .iter()
                .all(|answer| [200, 409, 503].contains(&answer.status)),
        "{answers:#?}"
    );
    let mut titles = vec![];
    for id in &ids {
        let task = team.owner.get(&format!("/tasks/{id}")).await.expect(200);
        assert_eq!(
            task.data()["version"],
            1 + done,
            "each request has changed each task once"
        );
        titles.push(task.text_of("title"));
    }
    titles.dedup();
    assert_eq!(titles.len(), 1, "{titles:?}");
    // Who names the version that all have seen is the only one.
    let answers = at_once(
        ["A", "BB", "CCC", "DDDD", "EEEEE", "FFFFFF"],
        json!(1 + done),
    )
    .await;
    let mut codes: Vec<&str> = answers.iter().map(|answer| answer.code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [&[""][..], &["precondition_failed"; 5]].concat());
    let mut versions = vec![];
    for id in &ids {
        versions.push(
            team.owner
                .get(&format!("/tasks/{id}"))
                .await
                .expect(200)
                .data()["version"]
                .as_u64(),
        );
    }
    assert!(
        versions.iter().all(|version| *version == Some(2 + done)),
        "{versions:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_many_new_tasks_are_never_given_twice() {
    let (_world, team, project) = acme().await;
    let new = vec![json!({ "op": "create", "project_id": project, "title": "New" }); 20];
    let answers = join_all(
        ["atomic", "best_effort", "atomic", "best_effort"]
            .map(|mode| bulk(&team.owner, mode, &new)),
    )
    .await;
    let mut numbers: Vec<u64> = answers
        .iter()
        .flat_map(|answer| {
            answer
                .rows()
                .iter()
                .map(|row| row["task"]["number"].as_u64().unwrap())
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
}
