//! Why somebody may do something, or may not.

use serde_json::{Value, json};
use tests::{Answer, Person, Team, World};

async fn ask(person: &Person, action: &str, resource: &str, about: &str) -> Answer {
    person
        .get(&format!(
            "/permissions/explain?action={action}&resource={resource}{about}"
        ))
        .await
}

fn user(person: &Person) -> String {
    format!("&user={}", person.id)
}

/// Decision, rule and what is missing.
#[track_caller]
fn told(answer: &Answer) -> (&str, &str, Vec<&str>) {
    let data = answer.data();
    let texts = data["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        data["allowed"] == true,
        data["decision"] == "allowed",
        "{}",
        answer.text
    );
    (
        data["decision"].as_str().unwrap_or_default(),
        data["rule"].as_str().unwrap_or_default(),
        texts,
    )
}

struct Scene {
    world: World,
    team: Team,
    bob: Person,
    project: String,
    task: String,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    Scene {
        world,
        team,
        bob,
        project,
        task,
    }
}

#[tokio::test]
async fn a_thing_is_named_by_id_slug_or_key() {
    let Scene {
        world: _world,
        team,
        bob,
        project,
        task,
    } = scene().await;
    let by_id = ask(&bob, "task.delete", &task, "").await.expect(200);
    assert_eq!(told(&by_id).0, "forbidden");
    assert_eq!(told(&by_id).1, "own");
    assert!(
        told(&by_id).2.contains(&"project role manager or above"),
        "{}",
        by_id.text
    );
    assert_eq!(
        ask(&bob, "task.delete", "WEB-1", "")
            .await
            .expect(200)
            .data(),
        by_id.data()
    );
    assert_eq!(
        ask(&bob, "task.delete", "WEB-1", "&org=acme")
            .await
            .expect(200)
            .data(),
        by_id.data()
    );
    assert_eq!(
        by_id.data()["resource"],
        json!({ "type": "task", "id": task })
    );
    let on_org = ask(&bob, "project.create", "acme", "").await.expect(200);
    assert_eq!(
        told(&on_org),
        ("allowed", "organization role member", vec![])
    );
    let grounds = on_org.data()["trace"].as_array().into_iter().flatten();
    assert!(
        grounds
            .into_iter()
            .any(|ground| ground["source"] == "setting members_can_create_projects")
    );
    assert_eq!(
        ask(&bob, "project.create", &team.id, "")
            .await
            .expect(200)
            .data(),
        on_org.data()
    );
    assert_eq!(
        told(&ask(&bob, "project.archive", &project, "").await).0,
        "forbidden"
    );
    assert_eq!(
        told(&ask(&team.owner, "project.archive", &project, "").await).1,
        "organization role owner"
    );
}

#[tokio::test]
async fn about_others_only_those_ask_who_run_things() {
    let Scene {
        world,
        team,
        bob,
        project,
        task,
    } = scene().await;
    let cleo = world.member(&team, "cleo", "guest").await;
    let about_cleo = ask(&team.owner, "task.read", &task, &user(&cleo))
        .await
        .expect(200);
    assert_eq!(
        told(&about_cleo),
        (
            "not_found",
            "organization role guest",
            vec![
                "organization role viewer or above",
                "team role viewer or above",
                "project role viewer or above"
            ],
        )
    );
    let refused = ask(&bob, "task.read", &task, &user(&cleo))
        .await
        .refused(403, "forbidden");
    assert_eq!(refused.body["permission"], "permission.explain");
    ask(&bob, "task.read", &task, &user(&bob)).await.expect(200);
    // Who runs the project may ask about it, and about nothing else.
    let place = format!("/projects/{project}/members/{}", bob.id);
    team.owner
        .put(&place, json!({ "role": "manager" }))
        .await
        .expect(200);
    assert_eq!(
        told(
            &ask(&bob, "task.read", &task, &user(&cleo))
                .await
                .expect(200)
        )
        .0,
        "not_found"
    );
    ask(&bob, "org.update", "acme", &user(&cleo))
        .await
        .refused(403, "forbidden");
    // One who does not belong to it, or never was, is told apart by nothing.
    let dan = world.person("dan").await;
    let outside = ask(&team.owner, "task.read", &task, &user(&dan))
        .await
        .expect(200);
    assert_eq!(
        told(&outside),
        ("not_found", "membership", vec!["membership"])
    );
    let never = format!("{}{}", &dan.id[..24], "0123456789ab");
    let nobody = ask(&team.owner, "task.read", &task, &format!("&user={never}"))
        .await
        .expect(200);
    assert_eq!(
        nobody.text.replace(&never, ""),
        outside.text.replace(&dan.id, "")
    );
}

#[tokio::test]
async fn what_one_may_not_know_of_is_not_explained() {
    let Scene {
        world,
        team,
        bob,
        project,
        task,
    } = scene().await;
    let secret = team.private_project("LAB").await;
    let stranger = world.person("eve").await;
    let never = format!("{}{}", &task[..24], "0123456789ab");
    let nothing = ask(&stranger, "task.read", &never, "")
        .await
        .refused(404, "not_found");
    for resource in [
        &task,
        &project,
        &team.id,
        &secret,
        &"acme".to_owned(),
        &"WEB-1".to_owned(),
    ] {
        for action in [
            "task.read",
            "org.read",
            "project.read",
            "permission.explain",
        ] {
            let answer = ask(&stranger, action, resource, "")
                .await
                .refused(404, "not_found");
            assert_eq!(
                answer.comparable(),
                nothing.comparable(),
                "{action} {resource}"
            );
        }
    }
    // Not even by asking for what is done to other things, or about what counts in the organization.
    for action in [
        "project.read",
        "task.create",
        "org.read",
        "org.members.invite",
        "permission.explain",
        "team.read",
    ] {
        ask(&bob, action, &secret, "")
            .await
            .refused(404, "not_found");
    }
    let about_bob = ask(&team.owner, "project.update", &secret, &user(&bob))
        .await
        .expect(200);
    assert_eq!(
        (told(&about_bob).0, told(&about_bob).1),
        ("not_found", "private project")
    );
    let me = ask(&team.owner, "project.update", &secret, "")
        .await
        .expect(200);
    assert_eq!(told(&me), ("allowed", "organization role owner", vec![]));
    world
        .nobody()
        .get(&format!(
            "/permissions/explain?action=task.read&resource={task}"
        ))
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn states_and_questions_that_make_no_sense_are_named() {
    let Scene {
        world: _world,
        team,
        bob,
        project,
        task,
    } = scene().await;
    team.owner
        .post(&format!("/projects/{project}/archive"), json!(null))
        .await
        .expect(200);
    let archived = ask(&bob, "task.update", &task, "").await.expect(200);
    assert_eq!(
        told(&archived),
        ("project_archived", "archived", vec!["unarchived project"])
    );
    assert_eq!(told(&ask(&bob, "task.read", &task, "").await).0, "allowed");
    team.owner
        .post(&format!("/projects/{project}/unarchive"), json!(null))
        .await
        .expect(200);
    team.owner
        .delete(&format!("/tasks/{task}"))
        .await
        .expect(200);
    ask(&bob, "task.update", &task, "")
        .await
        .refused(404, "not_found");
    assert_eq!(
        told(&ask(&bob, "task.restore", &task, "").await),
        (
            "forbidden",
            "own",
            vec![
                "organization role manager or above",
                "team role admin",
                "project role manager or above",
                "own"
            ],
        )
    );
    let field = |answer: Answer| answer.refused(400, "bad_filter").fields().join(",");
    assert_eq!(
        field(ask(&bob, "task.update", &project, "").await),
        "action"
    );
    assert_eq!(field(ask(&bob, "org.update", &project, "").await), "action");
    assert_eq!(field(ask(&bob, "task.fly", &project, "").await), "action");
    assert_eq!(
        field(ask(&bob, "task.read", "No%20thing", "").await),
        "resource"
    );
    assert_eq!(
        field(ask(&bob, "task.read", &project, "&user=me").await),
        "user"
    );
    assert_eq!(
        field(bob.get("/permissions/explain?action=task.read").await),
        "resource"
    );
    assert_eq!(
        field(bob.get("/permissions/explain?resource=acme").await),
        "action"
    );
}

#[tokio::test]
async fn a_viewer_is_capped_whatever_his_role_in_the_project() {
    let Scene {
        world,
        team,
        project,
        task,
        ..
    } = scene().await;
    let cleo = world.member(&team, "cleo", "viewer").await;
    let place = format!("/projects/{project}/members/{}", cleo.id);
    team.owner
        .put(&place, json!({ "role": "owner" }))
        .await
        .expect(200);
    let capped = ask(&cleo, "task.update", &task, "").await.expect(200);
    assert_eq!(
        told(&capped),
        (
            "forbidden",
            "viewer cap",
            vec!["organization role member or above"]
        )
    );
    let sources: Vec<&str> = capped.data()["trace"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|ground| ground["source"].as_str())
        .collect();
    assert_eq!(
        sources,
        [
            "organization role viewer",
            "project role owner",
            "viewer cap"
        ]
    );
}

#[tokio::test]
async fn a_team_inside_of_a_private_project_is_nobody_elses_business() {
    let Scene {
        world, team, bob, ..
    } = scene().await;
    let secret = team.private_project("LAB").await;
    let crew = json!({ "organization_id": team.id, "name": "Crew", "project_id": secret });
    let crew = team.owner.post("/teams", crew).await.expect(201).id();
    ask(&bob, "team.read", &crew, "")
        .await
        .refused(404, "not_found");
    let about_bob = ask(&team.owner, "team.read", &crew, &user(&bob))
        .await
        .expect(200);
    assert_eq!(
        (told(&about_bob).0, told(&about_bob).1),
        ("not_found", "private project")
    );
    let place = format!("/projects/{secret}/members/{}", bob.id);
    team.owner
        .put(&place, json!({ "role": "viewer" }))
        .await
        .expect(200);
    assert_eq!(
        told(&ask(&bob, "team.read", &crew, "").await.expect(200)).0,
        "allowed"
    );
    assert_eq!(
        told(
            &ask(&team.owner, "team.read", &crew, &user(&bob))
                .await
                .expect(200)
        )
        .0,
        "allowed"
    );
    assert_eq!(
        told(&ask(&bob, "team.update", &crew, "").await.expect(200)).0,
        "forbidden"
    );
    drop(world);
}
