//! What changes nothing and is known all the same: refusals, failed attempts to sign in, looks into private projects.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use local::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, World};

use super::{audited, still_world};
use crate::table::{number, snapshot, text};

/// What an event tells of a field.
fn told(event: &Value, field: &str) -> String {
    let changes = event["changes"].as_array().into_iter().flatten();
    let found = changes
        .into_iter()
        .find(|change| change["field"] == field)
        .map(|change| change["to"].clone());
    found
        .unwrap_or_default()
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn written(world: &World) -> Vec<String> {
    let all = snapshot(&world.cloud).await;
    all.into_keys()
        .filter(|(pk, _)| pk.ends_with("#SIGNAL"))
        .map(|(_, sk)| sk)
        .collect()
}

#[tokio::test]
async fn a_refusal_is_told_once_a_minute_with_right_request_and_thing() {
    let (world, clock) = still_world().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (web, app) = (team.project("WEB").await, team.project("APP").await);
    let task = team.task(&web, "First").await;
    let refuse = async |path: &str| drop(bob.delete(path).await.refused(403, "forbidden"));
    refuse(&format!("/projects/{web}")).await;
    // In the same project and minute nothing more is told, whatever it is about and whichever function refuses it.
    refuse(&format!("/tasks/{task}")).await;
    refuse(&format!("/projects/{app}")).await;
    bob.patch(
        &format!("/organizations/{}", team.id),
        json!({ "name": "Mine" }),
    )
    .await
    .refused(403, "forbidden");
    let told_of = audited(&world, &ann, "action=access.refused").await;
    let subjects: Vec<&str> = told_of
        .iter()
        .rev()
        .map(|event| event["subject"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(subjects, [web.as_str(), &app, &team.id]);
    let first = &told_of[2];
    assert_eq!(
        (&first["actor_id"], &first["project_id"]),
        (&json!(bob.id), &json!(web))
    );
    assert_eq!(told(first, "permission"), "project.delete");
    assert_eq!(told(first, "route"), format!("DELETE /projects/{web}"));
    assert_eq!(told(first, "code"), "forbidden");
    clock.advance(SignedDuration::from_mins(1));
    refuse(&format!("/tasks/{task}")).await;
    let told_of = audited(&world, &ann, "action=access.refused").await;
    assert_eq!(
        (told_of.len(), told(&told_of[0], "permission")),
        (4, "task.delete".to_owned())
    );
}

#[tokio::test]
async fn whatever_refuses_a_member_something_is_told() {
    let (world, clock) = still_world().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let (bob, vera) = (
        world.member(&team, "bob", "member").await,
        world.member(&team, "vera", "viewer").await,
    );
    let admin = world.member(&team, "alf", "admin").await;
    let (web, app) = (team.project("WEB").await, team.project("APP").await);
    let task = team.task(&web, "First").await;
    let [member, viewer] = [("member", &bob), ("viewer", &vera)].map(|(role, person)| {
        let path = format!("/projects/{web}/members/{}", person.id);
        (path, json!({ "role": role }))
    });
    for (path, role) in [member, viewer] {
        ann.put(&path, role).await.expect(200);
    }
    let label = ann
        .post(
            "/labels",
            json!({ "organization_id": team.id, "name": "Bug" }),
        )
        .await
        .expect(201)
        .id();
    let shared = json!({ "organization_id": team.id, "name": "All", "filter": { "project": web }, "shared": true });
    let view = ann.post("/views", shared).await.expect(201).id();
    let org = format!("/organizations/{}", team.id);
    let refusals = [
        // Decided by `require`.
        (
            &bob,
            Method::PATCH,
            org.clone(),
            json!({ "name": "Mine" }),
            "org.update",
        ),
        (
            &vera,
            Method::POST,
            "/tasks".to_owned(),
            json!({ "project_id": web, "title": "x" }),
            "task.create",
        ),
        (
            &vera,
            Method::PATCH,
            format!("/labels/{label}"),
            json!({ "name": "x" }),
            "label.manage",
        ),
        (
            &bob,
            Method::PATCH,
            format!("/views/{view}"),
            json!({ "name": "x" }),
            "view.update",
        ),
        (
            &bob,
            Method::GET,
            "/audit-logs?org=acme".to_owned(),
            Value::Null,
            "audit.read",
        ),
        // By something that comes later.
        (
            &bob,
            Method::DELETE,
            format!("/projects/{web}/members/{}", ann.id),
            Value::Null,
            "project.members.manage",
        ),
        (
            &bob,
            Method::POST,
            format!("{org}/invitations"),
            json!([{ "email": "x@example.com", "role": "member" }]),
            "org.members.invite",
        ),
        (
            &admin,
            Method::PATCH,
            format!("{org}/members/{}", ann.id),
            json!({ "role": "member" }),
            "role_too_high",
        ),
    ];
    let count = refusals.len();
    for (person, method, path, body, permission) in refusals {
        clock.advance(SignedDuration::from_mins(1));
        let mut request = person.request(method, &path);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await;
        assert_eq!(answer.status, 403, "{}: {}", answer.request, answer.text);
        let told_of = audited(&world, &ann, "action=access.refused").await;
        let (right, code) = (told(&told_of[0], "permission"), told(&told_of[0], "code"));
        assert!(
            right == permission || right.is_empty() && code == permission,
            "{}: {}",
            answer.request,
            told_of[0]
        );
        assert_eq!(told_of[0]["actor_id"], person.id, "{}", answer.request);
    }
    // One of many operations, whose answer as a whole is no refusal.
    clock.advance(SignedDuration::from_mins(1));
    let operations = json!([{ "op": "update", "id": task, "title": "x" }, { "op": "create", "project_id": app, "title": "x" }]);
    vera.post(
        "/tasks/bulk",
        json!({ "mode": "best_effort", "operations": operations }),
    )
    .await
    .expect(200);
    assert_eq!(
        audited(&world, &ann, "action=access.refused").await.len(),
        count + 2
    );
}

#[tokio::test]
async fn what_is_allowed_and_what_is_not_there_leaves_no_signal() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let eve = world.person("eve").await;
    let (web, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    let task = team.task(&closed, "First").await;
    for path in [
        format!("/projects/{web}"),
        format!("/tasks/{task}"),
        "/tasks".to_owned(),
        "/labels".to_owned(),
    ] {
        ann.get(&path).await.expect(200);
    }
    bob.get(&format!("/tasks/{task}"))
        .await
        .refused(404, "not_found");
    eve.patch(
        &format!("/organizations/{}", team.id),
        json!({ "name": "Mine" }),
    )
    .await
    .refused(404, "not_found");
    eve.get("/audit-logs?org=acme")
        .await
        .refused(404, "not_found");
    bob.patch(&format!("/projects/{web}"), json!({ "nme": "x" }))
        .await
        .expect(422);
    assert_eq!(written(&world).await, [""; 0]);
}

#[tokio::test]
async fn repeated_refusals_cost_one_write_a_minute() {
    let (world, clock) = still_world().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    world.cloud.settle().await;
    let writes = async || {
        world.cloud.record_calls();
        bob.delete(&format!("/projects/{project}"))
            .await
            .refused(403, "forbidden");
        let calls = world
            .cloud
            .take_calls()
            .into_iter()
            .filter(|call| call.function == "projects");
        calls
            .filter(|call| call.operation != "BatchGetItem")
            .map(|call| call.operation)
            .collect::<Vec<_>>()
    };
    assert_eq!(writes().await, ["PutItem"]);
    assert_eq!(writes().await, [""; 0]);
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(writes().await, ["PutItem"]);
    world.cloud.settle().await;
    assert_eq!(written(&world).await.len(), 2);
    let all = snapshot(&world.cloud).await;
    for item in all
        .values()
        .filter(|item| text(item, "pk").ends_with("#SIGNAL"))
    {
        let day = 24 * 3600;
        let kept = number(item, "ttl").unwrap() - number(item, "at").unwrap() / 1000;
        assert_eq!((text(item, "ev").as_str(), kept), ("signal", 7 * day));
    }
}

#[tokio::test]
async fn a_signal_that_cannot_be_written_changes_no_answer() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let fault = Fault::error("PutItem", "ThrottlingException", 400).times(usize::MAX);
    let hits = world.cloud.faults().add(fault);
    bob.delete(&format!("/projects/{project}"))
        .await
        .refused(403, "forbidden");
    let wrong = json!({ "email": bob.email, "password": "wrong" });
    world
        .nobody()
        .post("/auth/login", wrong)
        .await
        .refused(401, "invalid_credentials");
    assert!(hits.count() >= 2, "the fault did not strike");
}

#[tokio::test]
async fn failed_attempts_to_sign_in_are_told_once_a_minute_to_each_organization_of_the_person() {
    let (world, clock) = still_world().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let other = world.team(&bob, "bobs").await;
    let fail = async |name: &str, value: &str| {
        let answer = world
            .nobody()
            .post("/auth/login", json!({ name: value, "password": "wrong" }))
            .await;
        answer.refused(401, "invalid_credentials");
    };
    for _ in 0..3 {
        fail("email", &bob.email).await;
        fail("email", "nobody@example.com").await;
    }
    let told_of = audited(&world, &ann, "action=sign_in").await;
    assert_eq!(told_of.len(), 1, "{told_of:?}");
    assert_eq!(
        (&told_of[0]["actor_id"], &told_of[0]["user_id"]),
        (&Value::Null, &json!(bob.id))
    );
    assert!(!told_of[0].to_string().contains("wrong"));
    clock.advance(SignedDuration::from_mins(1));
    fail("username", "bob").await;
    assert_eq!(audited(&world, &ann, "action=sign_in").await.len(), 2);
    let own = bob
        .get(&format!(
            "/audit-logs?org={}&action=sign_in.failed",
            other.id
        ))
        .await
        .expect(200);
    assert_eq!(own.rows().len(), 2);
    // What is kept of the name that is nobody's does not say which, and nothing follows from it.
    let all = snapshot(&world.cloud).await;
    let unheard: Vec<_> = all
        .iter()
        .filter(|(_, item)| item.contains_key("mark") && !item.contains_key("ev"))
        .collect();
    assert_eq!(unheard.len(), 1);
    assert!(
        unheard[0].0.0.starts_with("RL#") && !format!("{unheard:?}").contains("nobody"),
        "{unheard:?}"
    );
}

#[tokio::test]
async fn signing_in_is_told_and_so_is_signing_out() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let login = json!({ "email": bob.email, "password": PASSWORD });
    let again = bob.with_tokens(&world.nobody().post("/auth/login", login).await.expect(200));
    again.post("/auth/logout", json!({})).await.expect(204);
    let told_of = audited(&world, &ann, &format!("action=session&actor={}", bob.id)).await;
    let kinds: BTreeSet<&str> = told_of
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        (told_of.len(), kinds),
        (2, BTreeSet::from(["session.created", "session.ended"]))
    );
    assert!(
        !told_of
            .iter()
            .any(|event| event.to_string().contains("127.0.0.1")),
        "where from is his own affair"
    );
}

#[tokio::test]
async fn who_looks_into_a_private_project_by_right_of_office_is_told_once_a_minute() {
    let (world, clock) = still_world().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let dan = world.member(&team, "dan", "admin").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    let task = team.task(&closed, "First").await;
    ann.put(
        &format!("/projects/{closed}/members/{}", bob.id),
        json!({ "role": "member" }),
    )
    .await
    .expect(200);
    let looks = async || audited(&world, &ann, "action=private.read").await;
    for person in [&ann, &bob] {
        person.get(&format!("/tasks/{task}")).await.expect(200);
    }
    dan.get(&format!("/projects/{open}")).await.expect(200);
    assert_eq!(
        looks().await.len(),
        0,
        "they have a role in it, or it is open"
    );
    for path in [
        format!("/tasks/{task}"),
        format!("/projects/{closed}"),
        format!("/tasks?project={closed}"),
    ] {
        dan.get(&path).await.expect(200);
    }
    let told_of = looks().await;
    assert_eq!(told_of.len(), 1);
    assert_eq!(
        (&told_of[0]["actor_id"], &told_of[0]["project_id"]),
        (&json!(dan.id), &json!(closed))
    );
    assert_eq!(
        (&told_of[0]["subject"]["id"], told(&told_of[0], "route")),
        (&json!(task), format!("GET /tasks/{task}"))
    );
    clock.advance(SignedDuration::from_mins(1));
    dan.get("/activity?org=acme").await.expect(200);
    assert_eq!(looks().await.len(), 2);
    clock.advance(SignedDuration::from_mins(1));
    ann.put(
        &format!("/projects/{closed}/members/{}", dan.id),
        json!({ "role": "viewer" }),
    )
    .await
    .expect(200);
    dan.get(&format!("/tasks/{task}")).await.expect(200);
    assert_eq!(looks().await.len(), 2);
}
