//! Requests that come again under their idempotency key.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, Request, Team, World};

async fn acme() -> (World, Team) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    (world, team)
}

fn keyed(person: &Person, path: &str, key: &str, body: &Value) -> Request {
    let request = person
        .request(Method::POST, path)
        .header("idempotency-key", key);
    if body.is_null() {
        request
    } else {
        request.json(body.clone())
    }
}

/// Sends a request twice: the second answer is the first one, marked as a repetition. Then another request under the
/// same key, which is refused, whatever it asks for.
#[track_caller]
fn twice<'a>(
    person: &'a Person,
    path: &'a str,
    body: Value,
    other: Value,
) -> impl Future<Output = Answer> + 'a {
    let place = std::panic::Location::caller();
    async move {
        let key = format!("key of line {}", place.line()).replace(' ', "-");
        let first = keyed(person, path, &key, &body).send().await;
        assert!(first.status < 300, "{place}: {}", first.text);
        assert_eq!(first.header("idempotent-replayed"), "", "{place}");
        let again = keyed(person, path, &key, &body).send().await;
        assert_eq!(
            (again.status, &again.body),
            (first.status, &first.body),
            "{place}"
        );
        assert_eq!(again.header("idempotent-replayed"), "true", "{place}");
        assert_eq!(again.header("etag"), first.header("etag"), "{place}");
        if !other.is_null() {
            keyed(person, path, &key, &other)
                .send()
                .await
                .refused(422, "idempotency_key_reused");
        }
        first
    }
}

#[tokio::test]
async fn every_post_can_be_repeated() {
    let (world, team) = acme().await;
    let ann = &team.owner;
    let org = |name: &str| json!({ "name": name, "slug": name });
    let made = twice(ann, "/organizations", org("beta"), org("gamma"))
        .await
        .id();
    let path = format!("/organizations/{made}");
    ann.request(Method::DELETE, &path)
        .json(json!({ "confirm_slug": "beta" }))
        .send()
        .await
        .expect(200);
    twice(ann, &format!("{path}/restore"), Value::Null, json!({})).await;

    let invite = |email: &str| json!([{ "email": email, "role": "member" }]);
    let path = format!("/organizations/{}/invitations", team.id);
    let bob = world.person("bob").await;
    world.verify(&bob).await;
    let invited = twice(ann, &path, invite(&bob.email), invite("cat@example.com")).await;
    let invitation = invited.rows()[0]["invitation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    twice(
        &bob,
        &format!("{path}/{invitation}/accept"),
        json!({}),
        json!({ "decline": true }),
    )
    .await;
    let invited = ann.post(&path, invite("dan@example.com")).await.expect(201);
    let dan = world.person("dan").await;
    world.verify(&dan).await;
    let invitation = invited.rows()[0]["invitation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    twice(
        &dan,
        &format!("{path}/{invitation}/accept"),
        json!({ "decline": true }),
        json!({}),
    )
    .await;
    // Inviting somebody who is invited already sends the invitation again, once.
    ann.post(&path, invite("eva@example.com")).await.expect(201);
    let again = twice(ann, &path, invite("eva@example.com"), Value::Null).await;
    assert_eq!(again.rows()[0]["status"], "resent");

    let project = |key: &str| json!({ "organization_id": team.id, "name": "Website", "key": key });
    let made = twice(ann, "/projects", project("WEB"), project("NET"))
        .await
        .id();
    let path = format!("/projects/{made}");
    twice(ann, &format!("{path}/archive"), Value::Null, json!({})).await;
    twice(ann, &format!("{path}/unarchive"), Value::Null, json!({})).await;
    ann.delete(&path).await.expect(200);
    twice(ann, &format!("{path}/restore"), Value::Null, json!({})).await;
    ann.delete(&path).await.expect(200);
    twice(
        ann,
        &format!("/trash/project/{made}/restore"),
        Value::Null,
        json!({}),
    )
    .await;

    let home = made;
    let task = |title: &str| json!({ "project_id": home, "title": title });
    let made = twice(ann, "/tasks", task("One"), task("Two")).await.id();
    let path = format!("/tasks/{made}/transition");
    twice(
        ann,
        &path,
        json!({ "to": "in_progress" }),
        json!({ "to": "done" }),
    )
    .await;
    ann.delete(&format!("/tasks/{made}")).await.expect(200);
    twice(
        ann,
        &format!("/trash/task/{made}/restore"),
        Value::Null,
        json!({}),
    )
    .await;

    let new = |name: &str| json!({ "project_id": home, "name": name });
    let board = twice(ann, "/boards", new("One"), new("Two")).await;
    let list =
        |at: usize| json!({ "board_id": board.id(), "list_id": board.data()["lists"][at]["id"] });
    let path = format!("/tasks/{made}/move");
    twice(ann, &path, list(2), list(0)).await;
    let other = team.project("NET").await;
    twice(
        ann,
        &path,
        json!({ "project_id": other }),
        json!({ "project_id": home }),
    )
    .await;
    let last = board.data()["lists"][2]["id"].as_str().unwrap();
    ann.delete(&format!("/boards/{}/lists/{last}", board.id()))
        .await
        .expect(204);
    let lists = format!("/boards/{}/lists", board.id());
    let list = |name: &str| json!({ "name": name, "status": "done" });
    twice(ann, &lists, list("Ready"), list("Shipped")).await;
}

#[tokio::test]
async fn a_repetition_answers_with_the_thing_as_it_is_now() {
    let (_world, team) = acme().await;
    let body = json!({ "project_id": team.project("WEB").await, "title": "First" });
    let create = || keyed(&team.owner, "/tasks", "k", &body);
    let made = create().send().await.expect(201);
    team.owner
        .patch(
            &format!("/tasks/{}", made.id()),
            json!({ "title": "Later" }),
        )
        .await
        .expect(200);
    let again = create().send().await.expect(201);
    assert_eq!(
        (again.id(), again.text_of("title"), again.header("etag")),
        (made.id(), "Later".to_owned(), "\"v2\"")
    );
    assert_eq!(again.header("location"), made.header("location"));
    // No change is so far away that the key of the creation is forgotten.
    for n in 0..6 {
        team.owner
            .patch(
                &format!("/tasks/{}", made.id()),
                json!({ "title": n.to_string() }),
            )
            .await
            .expect(200);
    }
    assert_eq!(create().send().await.expect(201).id(), made.id());
}

#[tokio::test]
async fn what_was_deleted_since_is_not_made_again() {
    let (_world, team) = acme().await;
    let ann = &team.owner;
    let project = json!({ "organization_id": team.id, "name": "Website", "key": "WEB" });
    let id = keyed(ann, "/projects", "k", &project)
        .send()
        .await
        .expect(201)
        .id();
    let task = json!({ "project_id": id, "title": "First" });
    let made = keyed(ann, "/tasks", "k", &task)
        .send()
        .await
        .expect(201)
        .id();
    ann.delete(&format!("/tasks/{made}")).await.expect(200);
    keyed(ann, "/tasks", "k", &task)
        .send()
        .await
        .refused(409, "idempotency_target_deleted");
    ann.delete(&format!("/projects/{id}")).await.expect(200);
    keyed(ann, "/projects", "k", &project)
        .send()
        .await
        .refused(409, "idempotency_target_deleted");
    let org = json!({ "name": "Beta", "slug": "beta" });
    let id = keyed(ann, "/organizations", "k", &org)
        .send()
        .await
        .expect(201)
        .id();
    let path = format!("/organizations/{id}");
    ann.request(Method::DELETE, &path)
        .json(json!({ "confirm_slug": "beta" }))
        .send()
        .await
        .expect(200);
    keyed(ann, "/organizations", "k", &org)
        .send()
        .await
        .refused(409, "idempotency_target_deleted");
}

#[tokio::test]
async fn a_key_is_one_persons_for_one_route() {
    let (world, team) = acme().await;
    let bob = world.member(&team, "bob", "manager").await;
    let project = team.project("WEB").await;
    let task = json!({ "project_id": project, "title": "First" });
    let mine = keyed(&team.owner, "/tasks", "same", &task)
        .send()
        .await
        .expect(201);
    let his = keyed(&bob, "/tasks", "same", &task)
        .send()
        .await
        .expect(201);
    assert_ne!(mine.id(), his.id());
    let step = |of: &Answer| format!("/tasks/{}/transition", of.id());
    for of in [&mine, &his] {
        let moved = keyed(&team.owner, &step(of), "same", &json!({ "to": "done" }))
            .send()
            .await
            .expect(200);
        assert_eq!(
            (moved.id(), moved.header("idempotent-replayed")),
            (of.id(), "")
        );
    }
    keyed(
        &team.owner,
        "/projects",
        "same",
        &json!({ "organization_id": team.id, "name": "B" }),
    )
    .send()
    .await
    .expect(201);
    // The same route by another of its names, and the same key in quotes, are the same.
    let raw = team
        .owner
        .raw(Method::POST, "/api/tasks/")
        .header("idempotency-key", "\"same\"")
        .json(task);
    assert_eq!(raw.send().await.expect(201).id(), mine.id());
}

#[tokio::test]
async fn the_key_of_a_change_holds_whatever_changes_come_later() {
    let (_world, team) = acme().await;
    let task = team.task(&team.project("WEB").await, "First").await;
    let path = format!("/tasks/{task}/transition");
    let step = || keyed(&team.owner, &path, "k", &json!({ "to": "done" })).send();
    step().await.expect(200);
    for n in 0..3 {
        team.owner
            .patch(&format!("/tasks/{task}"), json!({ "title": n.to_string() }))
            .await
            .expect(200);
        assert_eq!(
            step().await.expect(200).header("idempotent-replayed"),
            "true",
            "after {n}"
        );
    }
    team.owner
        .patch(&format!("/tasks/{task}"), json!({ "status": "todo" }))
        .await
        .expect(200);
    let done = step().await.expect(200);
    assert_eq!(
        (done.header("idempotent-replayed"), done.text_of("status")),
        ("true", "todo".to_owned())
    );
    // Whoever names the version that they have seen is safe beyond that.
    let late = keyed(&team.owner, &path, "forgotten", &json!({ "to": "todo" }))
        .header("if-match", "\"v1\"");
    late.send().await.refused(412, "precondition_failed");
}

#[tokio::test]
async fn a_repetition_is_no_stale_change() {
    let (_world, team) = acme().await;
    let task = team.task(&team.project("WEB").await, "First").await;
    let path = format!("/tasks/{task}/transition");
    let step = || {
        keyed(&team.owner, &path, "k", &json!({ "to": "done" }))
            .header("if-match", "\"v1\"")
            .send()
    };
    step().await.expect(200);
    let again = step().await.expect(200);
    assert_eq!(
        (again.header("idempotent-replayed"), again.header("etag")),
        ("true", "\"v2\"")
    );
}

#[tokio::test]
async fn a_malformed_key_is_refused_and_nothing_is_made() {
    let (_world, team) = acme().await;
    let task = json!({ "project_id": team.project("WEB").await, "title": "First" });
    let long = "k".repeat(256);
    for bad in ["", " ", "a b", "\"open", "\"\"", "caf\u{e9}", &long] {
        let refused = keyed(&team.owner, "/tasks", bad, &task)
            .send()
            .await
            .refused(400, "bad_request");
        assert_eq!(refused.fields(), ["Idempotency-Key"], "{bad}");
    }
    let made = team.owner.post("/tasks", task).await.expect(201);
    assert_eq!(made.data()["number"], 1);
}

#[tokio::test]
async fn a_key_helps_nobody_to_what_he_may_not_see() {
    let (world, team) = acme().await;
    let bob = world.member(&team, "bob", "manager").await;
    let project = team.project("WEB").await;
    let task = json!({ "project_id": project, "title": "First" });
    let create = || keyed(&bob, "/tasks", "k", &task).send();
    create().await.expect(201);
    team.owner
        .patch(
            &format!("/projects/{project}"),
            json!({ "visibility": "private" }),
        )
        .await
        .expect(200);
    create().await.refused(404, "not_found");
    team.owner
        .delete(&format!("/organizations/{}/members/{}", team.id, bob.id))
        .await
        .expect(204);
    create().await.refused(404, "not_found");
    bob.post("/auth/logout", json!({})).await.expect(204);
    create().await.refused(401, "unauthenticated");
}

/// Any request with a key.
fn with_key(person: &Person, method: Method, path: &str, key: &str, body: &Value) -> Request {
    let request = person.request(method, path).header("idempotency-key", key);
    if body.is_null() {
        request
    } else {
        request.json(body.clone())
    }
}

/// Sends a request twice; both answers are the same but for the mark.
async fn repeated(person: &Person, method: Method, path: &str, body: Value) -> Answer {
    let key = format!("{method}-{}", path.replace('/', "-"));
    let send = || with_key(person, method.clone(), path, &key, &body).send();
    let first = send().await;
    assert!(first.status < 300, "{}: {}", first.request, first.text);
    let again = send().await;
    assert_eq!(
        (again.status, &again.text),
        (first.status, &first.text),
        "{}",
        first.request
    );
    assert_eq!(
        again.header("idempotent-replayed"),
        "true",
        "{}",
        first.request
    );
    first
}

#[tokio::test]
async fn what_takes_away_its_own_name_or_right_can_be_repeated() {
    let (world, team) = acme().await;
    let ann = &team.owner;
    let project = team.project("WEB").await;
    team.task(&project, "By its key").await;
    repeated(ann, Method::DELETE, "/tasks/WEB-1", Value::Null).await;

    // An organization that is called otherwise afterwards.
    let renamed = json!({ "slug": "acme-two" });
    repeated(ann, Method::PATCH, "/organizations/acme", renamed).await;

    // Whoever lowers themselves, leaves a team, a project and the organization.
    let org = format!("/organizations/{}", team.id);
    let bob = world.member(&team, "bob", "owner").await;
    bob.prove().await;
    let lower = json!({ "role": "viewer" });
    repeated(
        &bob,
        Method::PATCH,
        &format!("{org}/members/{}", bob.id),
        lower,
    )
    .await;
    let new = json!({ "organization_id": team.id, "name": "Team" });
    let inner = ann.post("/teams", new).await.expect(201).id();
    let role = json!({ "user_id": bob.id, "role": "member" });
    ann.post(&format!("/teams/{inner}/members"), role.clone())
        .await
        .expect(201);
    repeated(
        &bob,
        Method::DELETE,
        &format!("/teams/{inner}/members/{}", bob.id),
        Value::Null,
    )
    .await;
    ann.request(
        Method::PUT,
        &format!("/projects/{project}/members/{}", bob.id),
    )
    .json(json!({ "role": "viewer" }))
    .send()
    .await
    .expect(200);
    repeated(
        &bob,
        Method::DELETE,
        &format!("/projects/{project}/members/{}", bob.id),
        Value::Null,
    )
    .await;
    repeated(
        &bob,
        Method::DELETE,
        &format!("{org}/members/{}", bob.id),
        Value::Null,
    )
    .await;
    bob.get(&org).await.refused(404, "not_found");

    // A session that is over.
    let other = world
        .nobody()
        .post(
            "/auth/login",
            json!({ "email": bob.email, "password": tests::PASSWORD }),
        )
        .await;
    let other = bob.with_tokens(&other.expect(200));
    let sessions = other.get("/auth/sessions").await.expect(200);
    let mine = sessions
        .rows()
        .iter()
        .find(|session| session["current"] == true)
        .and_then(|session| session["id"].as_str())
        .map(str::to_owned);
    repeated(
        &bob,
        Method::DELETE,
        &format!("/auth/sessions/{}", mine.unwrap_or_default()),
        Value::Null,
    )
    .await;
}

#[tokio::test]
async fn a_late_repetition_overwrites_nothing_and_shows_no_more_than_may_be_seen() {
    let (world, team) = acme().await;
    let ann = &team.owner;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let path = format!("/tasks/{}", team.task(&project, "First").await);
    let title = |title: &str| json!({ "title": title });
    let late = |body: Value| {
        let path = path.clone();
        let bob = bob.clone();
        async move {
            with_key(&bob, Method::PATCH, &path, "late", &body)
                .send()
                .await
        }
    };
    late(title("Bob's")).await.expect(200);
    for n in 0..6 {
        let body = title(&format!("Newer {n}"));
        ann.patch(&path, body).await.expect(200);
    }
    let shown = late(title("Bob's")).await.expect(200);
    assert_eq!(shown.data()["title"], "Newer 5");
    assert_eq!(shown.header("idempotent-replayed"), "true");
    late(title("Other"))
        .await
        .refused(422, "idempotency_key_reused");

    // Many operations at once, of which one cannot be done.
    let many = json!({ "mode": "best_effort", "operations": [
        { "op": "update", "id": path.trim_start_matches("/tasks/"), "title": "By bulk" },
        { "op": "update", "id": team.id, "title": "Nothing" },
    ] });
    let bulk = || with_key(&bob, Method::POST, "/tasks/bulk", "bulk", &many).send();
    let first = bulk().await.expect(200);
    for n in 0..6 {
        let body = title(&format!("Newest {n}"));
        ann.patch(&path, body).await.expect(200);
    }
    let again = bulk().await.expect(200);
    assert_eq!(first.rows().len(), again.rows().len());
    let now = ann.get(&path).await.expect(200);
    assert_eq!(now.data()["title"], "Newest 5");

    // Who may only read by now sees it; who may not, does not.
    let member = format!("/organizations/{}/members/{}", team.id, bob.id);
    ann.patch(&member, json!({ "role": "viewer" }))
        .await
        .expect(200);
    let shown = late(title("Bob's")).await.expect(200);
    assert_eq!(shown.data()["title"], "Newest 5");
    ann.delete(&member).await.expect(204);
    late(title("Bob's")).await.refused(404, "not_found");

    // After thirty days the key is forgotten.
    world.join(&team, &bob, "member").await;
    world
        .clock
        .advance(jiff::SignedDuration::from_hours(31 * 24));
    let back = world
        .nobody()
        .post(
            "/auth/login",
            json!({ "email": bob.email, "password": tests::PASSWORD }),
        )
        .await;
    let bob = bob.with_tokens(&back.expect(200));
    with_key(&bob, Method::PATCH, &path, "late", &title("Again"))
        .send()
        .await
        .expect(200);
    let now = bob.get(&path).await.expect(200);
    assert_eq!(now.data()["title"], "Again");
}
