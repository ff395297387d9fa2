//! Who sees what of it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, World};

use super::{events, types};

async fn of_org(world: &World, person: &Person) -> Vec<Value> {
    events(world, person, "/activity?org=acme").await
}

fn about(events: &[Value], project: &str) -> Vec<Value> {
    events
        .iter()
        .filter(|event| event["project_id"] == project)
        .cloned()
        .collect()
}

#[tokio::test]
async fn nobody_sees_what_is_in_a_project_that_he_does_not_see() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let cleo = world.member(&team, "cleo", "guest").await;
    let dan = world.member(&team, "dan", "admin").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    for project in [&open, &closed] {
        team.task(project, "First").await;
    }
    ann.put(
        &format!("/projects/{closed}/members/{}", cleo.id),
        json!({ "role": "viewer" }),
    )
    .await
    .expect(200);

    let seen = of_org(&world, &bob).await;
    assert_eq!(
        (types(&about(&seen, &open)), about(&seen, &closed).len()),
        (vec!["task.created", "member.updated", "project.created"], 0)
    );
    bob.get(&format!("/activity?project={closed}"))
        .await
        .refused(404, "not_found");
    // Their own roles are told with the project that they are in.
    let seen = of_org(&world, &cleo).await;
    assert_eq!(
        (about(&seen, &open).len(), about(&seen, &closed).len()),
        (0, seen.len()),
        "{seen:?}"
    );
    assert_eq!(
        types(&seen),
        [
            "member.updated",
            "task.created",
            "member.updated",
            "project.created"
        ]
    );
    cleo.get(&format!("/activity?project={open}"))
        .await
        .refused(404, "not_found");
    // Only the positions differ from list to list.
    let ids = |events: &[Value]| {
        events
            .iter()
            .map(|event| event["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&events(&world, &cleo, &format!("/activity?project={closed}")).await),
        ids(&seen)
    );
    // By right of office.
    assert_eq!(about(&of_org(&world, &dan).await, &closed).len(), 4);

    ann.patch(
        &format!("/projects/{closed}"),
        json!({ "visibility": "organization" }),
    )
    .await
    .expect(200);
    assert!(about(&of_org(&world, &bob).await, &closed).len() >= 4);
    ann.delete(&format!("/projects/{closed}/members/{}", cleo.id))
        .await
        .expect(204);
    assert_eq!(of_org(&world, &cleo).await.len(), 0);
}

#[tokio::test]
async fn what_is_about_security_is_nobodys_activity() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let login = json!({ "email": bob.email, "password": tests::PASSWORD });
    world.nobody().post("/auth/login", login).await.expect(200);
    world
        .nobody()
        .post(
            "/auth/login",
            json!({ "email": bob.email, "password": "wrong" }),
        )
        .await
        .expect(401);
    bob.patch(
        &format!("/organizations/{}", team.id),
        json!({ "name": "Mine" }),
    )
    .await
    .refused(403, "forbidden");
    ann.post(
        "/organizations/acme/join-codes",
        json!({ "role": "member" }),
    )
    .await
    .expect(201);
    for person in [&ann, &bob] {
        let seen = of_org(&world, person).await;
        let private = [
            "session",
            "sign_in",
            "access",
            "join_code",
            "invitation",
            "account",
        ];
        let told: Vec<&str> = types(&seen)
            .into_iter()
            .filter(|kind| private.contains(&kind.split('.').next().unwrap()))
            .collect();
        assert_eq!(told, [""; 0]);
        assert_eq!(
            events(&world, person, "/activity?org=acme&type=session")
                .await
                .len(),
            0
        );
        assert_eq!(
            events(&world, person, "/activity?org=acme&type=access.refused")
                .await
                .len(),
            0
        );
        let own = events(
            &world,
            person,
            &format!("/activity?org=acme&user={}", bob.id),
        )
        .await;
        assert!(
            own.iter().all(|event| event["type"] != "session.created"),
            "{own:?}"
        );
    }
}

#[tokio::test]
async fn the_past_of_a_moved_task_stays_in_the_project_where_it_was() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    let task = team.task(&closed, "The secret name").await;
    ann.patch(
        &format!("/tasks/{task}"),
        json!({ "title": "The public name" }),
    )
    .await
    .expect(200);
    ann.post(
        &format!("/tasks/{task}/move"),
        json!({ "project_id": open }),
    )
    .await
    .expect(200);
    ann.patch(&format!("/tasks/{task}"), json!({ "priority": "low" }))
        .await
        .expect(200);
    let path = format!("/tasks/{task}/activity");
    let seen = events(&world, &bob, &path).await;
    assert_eq!(types(&seen), ["task.updated", "task.moved"]);
    assert!(!Value::from(seen).to_string().contains("secret"));
    assert_eq!(events(&world, &ann, &path).await.len(), 4);
}

#[tokio::test]
async fn the_activity_of_what_is_deleted_is_gone_but_that_it_was_deleted_is_told() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    let task = team.task(&open, "First").await;
    ann.delete(&format!("/tasks/{task}")).await.expect(200);
    world.cloud.settle().await;
    bob.get(&format!("/tasks/{task}/activity"))
        .await
        .refused(404, "not_found");
    for project in [&open, &closed] {
        ann.delete(&format!("/projects/{project}"))
            .await
            .expect(200);
    }
    let seen = of_org(&world, &bob).await;
    assert_eq!(seen[0]["type"], "project.deleted");
    assert_eq!(about(&seen, &closed).len(), 0);
    assert!(
        about(&seen, &open)
            .iter()
            .all(|event| event["task_id"].is_null()),
        "{seen:?}"
    );
    bob.get(&format!("/activity?project={open}"))
        .await
        .refused(404, "not_found");
    let path = format!("/organizations/{}", team.id);
    let confirmed = ann
        .request(Method::DELETE, &path)
        .json(json!({ "confirm_slug": "acme" }));
    confirmed.send().await.expect(200);
    world.cloud.settle().await;
    bob.get("/activity?org=acme")
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn strangers_are_told_that_there_is_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    world.cloud.settle().await;
    let eve = world.person("eve").await;
    for path in [
        format!("/activity?org={}", team.id),
        "/activity?org=acme".to_owned(),
        "/activity?org=nobodys".to_owned(),
        format!("/activity?project={project}"),
        format!("/tasks/{task}/activity"),
        "/tasks/WEB-1/activity".to_owned(),
    ] {
        eve.get(&path).await.refused(404, "not_found");
        world
            .nobody()
            .get(&path)
            .await
            .refused(401, "unauthenticated");
    }
}
