//! Who did what, field by field.

use jiff::Timestamp;
use serde_json::{Value, json};
use tests::World;

use super::{change, events, fields, types};

#[tokio::test]
async fn a_tasks_history_says_who_changed_which_field_from_what_to_what() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "Write the press release").await;
    let path = format!("/tasks/{task}");
    bob.patch(&path, json!({ "title": "Write it", "priority": "high" }))
        .await
        .expect(200);
    ann.patch(&path, json!({ "assignee_id": bob.id }))
        .await
        .expect(200);
    bob.patch(
        &path,
        json!({ "description": "All that nobody should read in a list. ".repeat(20) }),
    )
    .await
    .expect(200);
    bob.post(&format!("{path}/transition"), json!({ "to": "done" }))
        .await
        .expect(200);
    let comment = ann
        .post(&format!("{path}/comments"), json!({ "body": "Well done." }))
        .await
        .expect(201);
    ann.delete(&path).await.expect(200);
    ann.post(&format!("/trash/task/{task}/restore"), Value::Null)
        .await
        .expect(200);

    let told = events(&world, &bob, &format!("{path}/activity")).await;
    let story: Vec<&str> = types(&told).into_iter().rev().collect();
    assert_eq!(
        story,
        [
            "task.created",
            "task.updated",
            "task.updated",
            "task.updated",
            "task.transitioned",
            "comment.created",
            "task.deleted",
            "task.restored"
        ]
    );
    let told: Vec<&Value> = told.iter().rev().collect();
    let actors: Vec<&str> = told
        .iter()
        .map(|event| event["actor_id"].as_str().unwrap())
        .collect();
    let (a, b) = (ann.id.as_str(), bob.id.as_str());
    assert_eq!(actors, [a, b, a, b, b, a, a, a]);
    assert_eq!(
        change(told[0], "title"),
        (&Value::Null, &json!("Write the press release"))
    );
    assert_eq!(
        change(told[1], "title"),
        (&json!("Write the press release"), &json!("Write it"))
    );
    assert_eq!(
        change(told[1], "priority"),
        (&json!("medium"), &json!("high"))
    );
    assert_eq!(fields(told[1]).len(), 2);
    assert_eq!(
        change(told[2], "assignee_id"),
        (&Value::Null, &json!(bob.id))
    );
    assert_eq!(
        change(told[3], "description"),
        (&Value::Null, &Value::Null),
        "long text is not told"
    );
    assert_eq!(change(told[4], "status"), (&json!("todo"), &json!("done")));
    assert_eq!(told[5]["subject"]["id"], comment.id());
    for event in &told {
        assert_eq!(
            (&event["task_id"], &event["project_id"]),
            (&json!(task), &json!(project)),
            "{event}"
        );
        assert!(
            event["at"].as_str().unwrap().ends_with('Z')
                && event["id"].as_str().unwrap().len() == 32
        );
    }
    assert!(
        told[1]["subject"]["name"]
            .as_str()
            .unwrap()
            .contains("WEB-1"),
        "{}",
        told[1]
    );
    let versions: Vec<u64> = told[..5]
        .iter()
        .map(|event| event["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    // By the key that people use it is the same.
    assert_eq!(
        events(&world, &bob, "/tasks/WEB-1/activity").await.len(),
        told.len()
    );
}

#[tokio::test]
async fn that_viewers_may_comment_is_told() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let project = world.team(&ann, "acme").await.project("WEB").await;
    ann.patch(
        &format!("/projects/{project}"),
        json!({ "viewers_can_comment": true }),
    )
    .await
    .expect(200);
    let told = events(&world, &ann, &format!("/activity?project={project}")).await;
    assert_eq!(
        (types(&told)[0], fields(&told[0])),
        ("project.updated", vec!["viewers_can_comment"])
    );
    assert_eq!(
        change(&told[0], "viewers_can_comment"),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn an_organizations_activity_is_narrowed_to_a_project_a_person_and_a_kind() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (web, app) = (team.project("WEB").await, team.project("APP").await);
    for project in [&web, &app] {
        let body = json!({ "project_id": project, "title": "Done by bob" });
        let task = bob.post("/tasks", body).await.expect(201).id();
        ann.patch(
            &format!("/tasks/{task}"),
            json!({ "title": "Changed by ann" }),
        )
        .await
        .expect(200);
    }
    let of = |query: String| {
        let (world, bob) = (&world, &bob);
        async move { events(world, bob, &format!("/activity?{query}")).await }
    };
    let all = of(format!("org={}", team.id)).await;
    let told = types(&all);
    for kind in [
        "organization.created",
        "member.joined",
        "project.created",
        "task.created",
        "task.updated",
    ] {
        assert!(told.contains(&kind), "{kind}: {told:?}");
    }
    assert_eq!(of("org=acme".to_owned()).await, all);
    let moment = |event: &Value| event["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let mut moments: Vec<Timestamp> = all.iter().map(moment).collect();
    moments.dedup();
    assert!(
        moments.is_sorted_by(|later, earlier| later > earlier),
        "{moments:?}"
    );

    let in_web = of(format!("project={web}")).await;
    assert_eq!(
        types(&in_web),
        [
            "task.updated",
            "task.created",
            "member.updated",
            "project.created"
        ]
    );
    assert!(in_web.iter().all(|event| event["project_id"] == json!(web)));
    let by_bob = of(format!("org=acme&user={}", bob.id)).await;
    assert_eq!(types(&by_bob)[..2], ["task.created", "task.created"]);
    assert!(
        by_bob
            .iter()
            .all(|event| event["actor_id"] == json!(bob.id)),
        "{by_bob:?}"
    );
    let both = of(format!("project={web}&user={}", ann.id)).await;
    assert_eq!(
        types(&both),
        ["task.updated", "member.updated", "project.created"]
    );
    assert_eq!(
        types(&of("org=acme&type=task.updated".to_owned()).await),
        ["task.updated"; 2]
    );
    let tasks = of("org=acme&type=task".to_owned()).await;
    assert_eq!(
        types(&tasks),
        [
            "task.updated",
            "task.created",
            "task.updated",
            "task.created"
        ]
    );
}

#[tokio::test]
async fn a_change_of_nothing_is_no_event() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    let path = format!("/tasks/{task}");
    ann.patch(&path, json!({ "title": "First" }))
        .await
        .expect(200);
    ann.patch(&path, json!({ "title": "Other" }))
        .await
        .expect(200);
    ann.get(&path).await.expect(200);
    assert_eq!(
        types(&events(&world, &ann, &format!("{path}/activity")).await),
        ["task.updated", "task.created"]
    );
}
