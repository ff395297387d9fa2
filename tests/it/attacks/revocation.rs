//! What was taken away is gone on the very next request.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, PASSWORD, Person, World};

const OTHER_PASSWORD: &str = "another fine password 77";

async fn login(world: &World, person: &Person) -> Person {
    let body = json!({ "email": person.email, "password": PASSWORD });
    person.with_tokens(&world.nobody().post("/auth/login", body).await.expect(200))
}

async fn refresh(person: &Person) -> Answer {
    person
        .post("/auth/refresh", json!({ "refresh_token": person.refresh }))
        .await
}

/// Fails the test unless neither of the session's tokens is good for anything any more.
#[track_caller]
fn ended(answers: [Answer; 6]) {
    for answer in answers {
        answer.refused(401, "unauthenticated");
    }
}

async fn tried(person: &Person) -> [Answer; 6] {
    let body = json!({ "name": "x" });
    [
        person.get("/users/me").await,
        person.get("/auth/sessions").await,
        person.get("/organizations").await,
        person.get("/tasks").await,
        person.post("/projects", body).await,
        refresh(person).await,
    ]
}

#[tokio::test]
async fn logging_out_ends_this_session_and_no_other() {
    let world = World::new().await;
    let phone = world.person("ann").await;
    let laptop = login(&world, &phone).await;
    phone.post("/auth/logout", json!({})).await.expect(204);
    ended(tried(&phone).await);
    laptop.get("/users/me").await.expect(200);
    refresh(&laptop).await.expect(200);
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session() {
    let world = World::new().await;
    let phone = world.person("ann").await;
    let (laptop, bob) = (login(&world, &phone).await, world.person("bob").await);
    phone
        .post("/auth/logout", json!({ "all": true }))
        .await
        .expect(204);
    ended(tried(&phone).await);
    ended(tried(&laptop).await);
    bob.get("/users/me").await.expect(200);
    login(&world, &phone)
        .await
        .get("/users/me")
        .await
        .expect(200);
}

#[tokio::test]
async fn changing_the_password_ends_every_session_and_begins_a_new_one() {
    let world = World::new().await;
    let phone = world.person("ann").await;
    let laptop = login(&world, &phone).await;
    let body = json!({ "current": PASSWORD, "new": OTHER_PASSWORD });
    let answer = phone.post("/auth/password/change", body).await.expect(200);
    ended(tried(&phone).await);
    ended(tried(&laptop).await);
    let fresh = phone.with_tokens(&answer);
    fresh.get("/users/me").await.expect(200);
    refresh(&fresh).await.expect(200);
    let old = json!({ "email": phone.email, "password": PASSWORD });
    world
        .nobody()
        .post("/auth/login", old)
        .await
        .refused(401, "invalid_credentials");
}

#[tokio::test]
async fn resetting_the_password_ends_every_session() {
    let world = World::new().await;
    let phone = world.person("ann").await;
    let laptop = login(&world, &phone).await;
    world.cloud.settle().await;
    world
        .nobody()
        .post("/auth/password/forgot", json!({ "email": phone.email }))
        .await
        .expect(202);
    // Asking is not yet resetting: who can type an address ends nobody's session.
    phone.get("/users/me").await.expect(200);
    let body = json!({ "token": world.mailed_token(&phone.email, "new password").await, "password": OTHER_PASSWORD });
    world
        .nobody()
        .post("/auth/password/reset", body.clone())
        .await
        .expect(200);
    ended(tried(&phone).await);
    ended(tried(&laptop).await);
    world
        .nobody()
        .post("/auth/password/reset", body)
        .await
        .refused(410, "gone");
    let new = json!({ "email": phone.email, "password": OTHER_PASSWORD });
    world.nobody().post("/auth/login", new).await.expect(200);
}

#[tokio::test]
async fn a_session_revoked_by_its_id_is_over() {
    let world = World::new().await;
    let phone = world.person("ann").await;
    let laptop = login(&world, &phone).await;
    let sessions = phone.get("/auth/sessions").await.expect(200);
    let current = |row: &&Value| row["current"] == true;
    let (own, others): (Vec<_>, Vec<_>) = sessions.rows().iter().partition(current);
    assert_eq!((own.len(), others.len()), (1, 1), "{}", sessions.text);
    let path = format!("/auth/sessions/{}", others[0]["id"].as_str().unwrap());
    phone.delete(&path).await.expect(204);
    ended(tried(&laptop).await);
    phone.get("/users/me").await.expect(200);
    phone.delete(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session_for_both_holders() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let next = ann.with_tokens(&refresh(&ann).await.expect(200));
    let again = ann.with_tokens(&refresh(&ann).await.expect(200));
    assert_eq!(next.refresh, again.refresh, "a lost answer is given again");
    world.clock.advance(SignedDuration::from_secs(11));
    refresh(&ann).await.refused(401, "token_reused");
    ended(tried(&next).await);
    ended(tried(&ann).await);
}

#[tokio::test]
async fn a_removed_member_is_a_stranger_at_once() {
    let world = World::new().await;
    let team = world.team(&world.person("ann").await, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "A task").await;
    let org = format!("/organizations/{}", team.id);
    let paths = [
        org.clone(),
        format!("{org}/members"),
        format!("/projects/{project}"),
        format!("/tasks/{task}"),
    ];
    for path in &paths {
        bob.get(path).await.expect(200);
    }
    team.owner
        .delete(&format!("{org}/members/{}", bob.id))
        .await
        .expect(204);
    for path in &paths {
        bob.get(path).await.refused(404, "not_found");
    }
    bob.patch(&format!("/tasks/{task}"), json!({ "title": "x" }))
        .await
        .refused(404, "not_found");
    bob.get(&format!("/tasks?project={project}"))
        .await
        .refused(404, "not_found");
    assert!(bob.get("/projects").await.expect(200).rows().is_empty());
    assert!(
        !bob.get("/organizations")
            .await
            .expect(200)
            .text
            .contains(&team.id)
    );
    assert!(
        bob.get("/users?q=ann")
            .await
            .expect(200)
            .rows()
            .iter()
            .all(|row| row["id"] != team.owner.id.as_str())
    );
    bob.get(&format!("/users/{}", team.owner.id))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_lower_role_counts_from_the_next_request() {
    let world = World::new().await;
    let team = world.team(&world.person("ann").await, "acme").await;
    let bob = world.member(&team, "bob", "owner").await;
    let project = team.project("WEB").await;
    let task = format!("/tasks/{}", team.task(&project, "A task").await);
    let (org, web) = (
        format!("/organizations/{}", team.id),
        format!("/projects/{project}"),
    );
    bob.patch(&org, json!({ "name": "Acme Limited" }))
        .await
        .expect(200);
    let member = format!("{org}/members/{}", bob.id);
    team.owner
        .patch(&member, json!({ "role": "manager" }))
        .await
        .expect(200);
    bob.patch(&org, json!({ "name": "Acme Unlimited" }))
        .await
        .refused(403, "forbidden");
    bob.patch(&web, json!({ "name": "Web" })).await.expect(200);
    team.owner
        .patch(&member, json!({ "role": "viewer" }))
        .await
        .expect(200);
    bob.patch(&web, json!({ "name": "Net" }))
        .await
        .refused(403, "forbidden");
    bob.patch(&task, json!({ "title": "x" }))
        .await
        .refused(403, "forbidden");
    bob.get(&task).await.expect(200);
    team.owner
        .patch(&member, json!({ "role": "guest" }))
        .await
        .expect(200);
    bob.get(&task).await.refused(404, "not_found");
    bob.get(&web).await.refused(404, "not_found");
    bob.patch(&member, json!({ "role": "owner" }))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn an_archived_project_changes_no_more_at_once() {
    let world = World::new().await;
    let team = world.team(&world.person("ann").await, "acme").await;
    let project = team.project("WEB").await;
    let task = format!("/tasks/{}", team.task(&project, "A task").await);
    let web = format!("/projects/{project}");
    let owner = &team.owner;
    owner
        .post(&format!("{web}/archive"), json!({}))
        .await
        .expect(200);
    owner
        .patch(&task, json!({ "title": "x" }))
        .await
        .refused(409, "project_archived");
    owner
        .patch(&task, json!({ "status": "done" }))
        .await
        .refused(409, "project_archived");
    owner
        .post(&format!("{task}/transition"), json!({ "to": "done" }))
        .await
        .refused(409, "project_archived");
    owner.delete(&task).await.refused(409, "project_archived");
    let new = json!({ "project_id": project, "title": "x" });
    owner
        .post("/tasks", new.clone())
        .await
        .refused(409, "project_archived");
    owner
        .patch(&web, json!({ "name": "x" }))
        .await
        .refused(409, "project_archived");
    owner.get(&task).await.expect(200);
    owner
        .post(&format!("{web}/unarchive"), json!({}))
        .await
        .expect(200);
    owner.post("/tasks", new).await.expect(201);
}

#[tokio::test]
async fn a_project_made_private_is_hidden_at_once() {
    let world = World::new().await;
    let team = world.team(&world.person("ann").await, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "A secret plan").await;
    let (bob, eve) = (
        world.member(&team, "bob", "manager").await,
        world.member(&team, "eve", "admin").await,
    );
    bob.get(&format!("/tasks/{task}")).await.expect(200);
    team.owner
        .patch(
            &format!("/projects/{project}"),
            json!({ "visibility": "private" }),
        )
        .await
        .expect(200);
    for path in [
        format!("/tasks/{task}"),
        "/tasks/WEB-1".to_owned(),
        format!("/projects/{project}"),
        format!("/projects/{project}/members"),
        format!("/tasks?project={project}"),
    ] {
        bob.get(&path).await.refused(404, "not_found");
        eve.get(&path).await.expect(200);
    }
    for list in ["/projects", "/tasks?assigned_to=none", "/trash"] {
        assert!(
            !bob.get(list).await.expect(200).text.contains(&project),
            "{list}"
        );
    }
    bob.patch(&format!("/tasks/{task}"), json!({ "title": "x" }))
        .await
        .refused(404, "not_found");
    let put = format!("/projects/{project}/members/{}", bob.id);
    bob.put(&put, json!({ "role": "owner" }))
        .await
        .refused(404, "not_found");
    team.owner
        .put(&put, json!({ "role": "viewer" }))
        .await
        .expect(200);
    bob.get(&format!("/tasks/{task}")).await.expect(200);
    team.owner.delete(&put).await.expect(204);
    bob.get(&format!("/tasks/{task}"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_unassigned_guest_acts_no_more() {
    let world = World::new().await;
    let team = world.team(&world.person("ann").await, "acme").await;
    let project = team.project("WEB").await;
    let guest = world.member(&team, "bob", "guest").await;
    let place = format!("/projects/{project}/members/{}", guest.id);
    team.owner
        .put(&place, json!({ "role": "viewer" }))
        .await
        .expect(200);
    let task = format!("/tasks/{}", team.task(&project, "A task").await);
    guest
        .patch(&task, json!({ "title": "x" }))
        .await
        .refused(403, "forbidden");
    team.owner
        .patch(&task, json!({ "assignee_id": guest.id }))
        .await
        .expect(200);
    guest
        .patch(&task, json!({ "title": "Mine" }))
        .await
        .expect(200);
    team.owner
        .patch(&task, json!({ "assignee_id": null }))
        .await
        .expect(200);
    guest
        .patch(&task, json!({ "title": "x" }))
        .await
        .refused(403, "forbidden");
    team.owner
        .patch(&task, json!({ "assignee_id": guest.id }))
        .await
        .expect(200);
    team.owner.delete(&place).await.expect(204);
    guest
        .patch(&task, json!({ "title": "x" }))
        .await
        .refused(404, "not_found");
}
