//! Saving, sharing, running and changing views.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, World};

use crate::journeys::{column, journey, until};
use crate::work::bulk::still;

pub async fn save(person: &Person, name: &str, filter: Value, shared: bool) -> Answer {
    person
        .post(
            "/views",
            json!({ "name": name, "filter": filter, "shared": shared }),
        )
        .await
}

journey! {
    async fn a_view_is_saved_shared_and_run_by_others_for_themselves(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        for (title, who, priority) in [("Hers", &ann, "urgent"), ("His", &bob, "urgent"), ("Later", &bob, "low")] {
            let body = json!({ "project_id": project, "title": title, "assignee_id": who.id, "priority": priority });
            ann.post("/tasks", body).await.expect(201);
        }
        let filter = json!({ "project": project, "assigned_to": "me", "priority": "urgent", "ordering": "-created_at" });
        let view = save(&ann, "Urgent and mine", filter.clone(), true).await.expect(201);
        assert_eq!((view.text_of("organization_id"), view.text_of("owner_id")), (team.id.clone(), ann.id.clone()));
        assert_eq!((&view.data()["filter"], &view.data()["shared"], view.header("etag")), (&filter, &json!(true), "\"v1\""));
        assert_eq!(view.header("location"), format!("/api/v1/views/{}", view.id()));

        let run = format!("/tasks?view={}", view.id());
        until(&ann, &run, |answer| column(answer, "title") == ["Hers"]).await;
        until(&bob, &run, |answer| column(answer, "title") == ["His"]).await;
        until(&bob, "/views", |answer| column(answer, "name") == ["Urgent and mine"]).await;
        let path = format!("/views/{}", view.id());
        assert_eq!(bob.get(&path).await.expect(200).data(), view.data());

        // Only its owner changes it; a new filter takes the place of the former one.
        bob.patch(&path, json!({ "name": "Mine" })).await.refused(403, "forbidden");
        bob.delete(&path).await.refused(403, "forbidden");
        let changed = ann.patch(&path, json!({ "filter": { "project": project, "ordering": "priority" } })).await.expect(200);
        assert_eq!((changed.text_of("name"), changed.header("etag")), ("Urgent and mine".to_owned(), "\"v2\""));
        until(&bob, &run, |answer| column(answer, "title") == ["Later", "Hers", "His"]).await;

        ann.patch(&path, json!({ "shared": false })).await.expect(200);
        bob.get(&path).await.refused(404, "not_found");
        bob.get(&run).await.refused(404, "not_found");
        bob.patch(&path, json!({ "name": "Mine" })).await.refused(404, "not_found");
        until(&bob, "/views", |answer| answer.rows().is_empty()).await;
        until(&ann, "/views", |answer| answer.rows().len() == 1).await;

        let gone = ann.delete(&path).await.expect(200);
        assert!(gone.data()["deleted_at"].is_string());
        ann.get(&path).await.refused(404, "not_found");
        ann.get(&run).await.refused(404, "not_found");
        until(&ann, "/views", |answer| answer.rows().is_empty()).await;
    }
}

journey! {
    async fn views_of_a_project_are_seen_by_those_who_see_the_project(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let (bob, gus) = (world.member(&team, "bob", "viewer").await, world.member(&team, "gus", "guest").await);
        let (open, shut) = (team.project("WEB").await, team.private_project("SEC").await);
        for (name, project) in [("Open", &open), ("Shut", &shut)] {
            save(&ann, name, json!({ "project": project }), true).await.expect(201);
        }
        save(&ann, "Private", json!({ "project": open }), false).await.expect(201);
        let body = json!({ "organization_id": team.id, "name": "Mine", "filter": {}, "shared": true });
        ann.post("/views", body).await.expect(201);
        until(&ann, "/views", |answer| column(answer, "name") == ["Open", "Shut", "Private", "Mine"]).await;
        until(&bob, "/views", |answer| column(answer, "name") == ["Open", "Mine"]).await;
        until(&gus, "/views", |answer| column(answer, "name") == ["Mine"]).await;
        until(&ann, &format!("/views?project={shut}"), |answer| column(answer, "name") == ["Shut"]).await;
        assert!(ann.get(&format!("/views?org={}", ann.home)).await.expect(200).rows().is_empty());
        let page = ann.get(&format!("/views?org={}&limit=3", team.slug)).await.expect(200);
        let cursor = page.body["meta"]["next_cursor"].as_str().unwrap().to_owned();
        let rest = ann.get(&format!("/views?org={}&limit=3&cursor={cursor}", team.slug)).await.expect(200);
        assert_eq!(column(&rest, "name"), ["Mine"]);
        bob.get(&format!("/views?org={}", ann.home)).await.refused(404, "not_found");

        // A role in the project brings its view into sight; the view brings nothing else.
        let shut_view = until(&ann, &format!("/views?project={shut}"), |answer| answer.rows().len() == 1).await;
        let path = format!("/views/{}", shut_view.rows()[0]["id"].as_str().unwrap());
        gus.get(&path).await.refused(404, "not_found");
        ann.put(&format!("/projects/{shut}/members/{}", gus.id), json!({ "role": "viewer" })).await.expect(200);
        gus.get(&path).await.expect(200);
        until(&gus, "/views", |answer| column(answer, "name") == ["Shut", "Mine"]).await;
    }
}

journey! {
    async fn a_view_without_a_project_lists_ones_own_tasks_of_its_organization(world: World) {
        let ann = world.person("ann").await;
        let (one, two) = (world.team(&ann, "one").await, world.team(&ann, "two").await);
        for (team, key) in [(&one, "ONE"), (&two, "TWO")] {
            let project = team.project(key).await;
            team.task(&project, key).await;
        }
        let body = json!({ "organization_id": two.id, "name": "Here", "filter": { "status": "todo" } });
        let view = ann.post("/views", body).await.expect(201);
        until(&ann, &format!("/tasks?view={}", view.id()), |answer| column(answer, "title") == ["TWO"]).await;
        // Without any name of an organization it goes to the default one.
        let home = save(&ann, "There", json!({}), false).await.expect(201);
        assert_eq!(home.text_of("organization_id"), ann.get("/users/me").await.expect(200).text_of("default_organization_id"));
    }
}

#[tokio::test]
async fn a_view_that_could_not_be_run_is_not_saved() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let (bob, eve) = (
        world.member(&team, "bob", "member").await,
        world.person("eve").await,
    );
    let (open, shut) = (team.project("WEB").await, team.private_project("SEC").await);
    let foreign = world.team(&eve, "globex").await.project("GLOB").await;
    let before = still(&world).await;
    let at = |field: &str| format!("/filter/{field}");
    for (filter, field) in [
        (json!({ "project": "WEB" }), at("project")),
        (
            json!({ "status": "nowhere", "project": open }),
            at("status"),
        ),
        (json!({ "priority": "most" }), at("priority")),
        (json!({ "assigned_to": "you" }), at("assigned_to")),
        (json!({ "assigned_to": bob.id }), at("assigned_to")),
        (
            json!({ "assigned_to": eve.id, "project": open }),
            at("assigned_to"),
        ),
        (json!({ "due_before": "soon" }), at("due_before")),
        (json!({ "ordering": "updated_at" }), at("ordering")),
        (json!({ "ordering": "priority" }), at("ordering")),
        (
            json!({ "ordering": "position", "project": open }),
            at("ordering"),
        ),
        (json!({ "q": "a\u{0}b" }), at("q")),
        (json!({ "q": "x".repeat(801) }), at("q")),
        (json!({ "q": 1 }), at("q")),
        (json!({ "colour": "red" }), at("colour")),
        (json!({ "limit": "5" }), at("limit")),
        (json!({ "cursor": "x" }), at("cursor")),
        (json!(["x"]), "/filter".to_owned()),
    ] {
        let body = json!({ "organization_id": team.id, "name": "View", "filter": filter });
        let refused = ann
            .post("/views", body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(refused.fields(), [field], "{}", refused.text);
    }
    for (body, field) in [
        (json!({ "name": "", "filter": {} }), "/name"),
        (json!({ "name": "View" }), "/filter"),
        (
            json!({ "name": "View", "filter": {}, "owner_id": bob.id }),
            "/owner_id",
        ),
        (
            json!({ "name": "View", "filter": {}, "organization_id": "acme" }),
            "/organization_id",
        ),
        (
            json!({ "name": "View", "filter": { "project": shut }, "organization_id": ann.home }),
            "/filter/project",
        ),
    ] {
        assert_eq!(
            ann.post("/views", body)
                .await
                .refused(422, "validation_failed")
                .fields(),
            [field]
        );
    }
    // A project that one does not see is no project, named with its organization or without.
    for project in [&shut, &foreign, &format!("{}000000000000", &open[..24])] {
        save(&bob, "View", json!({ "project": project }), false)
            .await
            .refused(404, "not_found");
        let body =
            json!({ "organization_id": team.id, "name": "View", "filter": { "project": project } });
        assert_eq!(
            bob.post("/views", body)
                .await
                .refused(422, "validation_failed")
                .fields(),
            ["/filter/project"]
        );
    }
    let body = json!({ "organization_id": team.id, "name": "View", "filter": {} });
    eve.post("/views", body.clone())
        .await
        .refused(404, "not_found");
    world
        .nobody()
        .post("/views", body)
        .await
        .refused(401, "unauthenticated");
    assert!(before == still(&world).await);
}

#[tokio::test]
async fn a_view_goes_with_no_other_condition() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let view = save(&ann, "Mine", json!({}), false).await.expect(201).id();
    for other in [
        "status=todo",
        "ordering=due_date",
        "q=a",
        "project=x",
        "org=x",
        "filter=status:todo",
        "sort=due_date",
    ] {
        let refused = ann
            .get(&format!("/tasks?view={view}&{other}"))
            .await
            .refused(400, "bad_filter");
        assert_eq!(refused.fields(), ["view"]);
    }
    ann.get(&format!("/tasks?view={view}&limit=5&include=project"))
        .await
        .expect(200);
    ann.get("/tasks?view=x").await.refused(400, "bad_filter");
    ann.get("/views?project=x").await.refused(400, "bad_filter");
    ann.get("/views?cursor=x").await.refused(400, "bad_cursor");
}

#[tokio::test]
async fn a_page_of_a_view_goes_on_where_it_ended() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    for number in 0..5 {
        team.task(&project, &format!("Task {number}")).await;
    }
    let view = save(&ann, "All", json!({ "project": project }), false)
        .await
        .expect(201)
        .id();
    let (mut path, mut titles) = (format!("/tasks?view={view}&limit=2"), vec![]);
    loop {
        let page = ann.get(&path).await.expect(200);
        titles.extend(column(&page, "title"));
        match page.body["meta"]["next_cursor"].as_str() {
            Some(cursor) => path = format!("/tasks?view={view}&limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(titles, ["Task 0", "Task 1", "Task 2", "Task 3", "Task 4"]);
}

#[tokio::test]
async fn changes_of_a_view_are_versioned_and_can_be_repeated() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let create = |name: &str| {
        let body = json!({ "name": name, "filter": {} });
        ann.request(Method::POST, "/views")
            .header("idempotency-key", "k")
            .json(body)
            .send()
    };
    let view = create("Mine").await.expect(201);
    let again = create("Mine").await.expect(201);
    assert_eq!(
        (
            again.body,
            again.headers["idempotent-replayed"].to_str().unwrap()
        ),
        (view.body.clone(), "true")
    );
    create("Other").await.refused(422, "idempotency_key_reused");
    let path = format!("/views/{}", view.id());
    let change = |name: &str, version: &str| {
        let request = ann
            .request(Method::PATCH, &path)
            .header("if-match", version);
        request.json(json!({ "name": name })).send()
    };
    change("New", "\"v1\"").await.expect(200);
    change("Newer", "\"v1\"")
        .await
        .refused(412, "precondition_failed");
    let stale = ann
        .request(Method::DELETE, &path)
        .header("if-match", "\"v1\"")
        .send()
        .await;
    assert_eq!(
        stale.refused(412, "precondition_failed").body["current_version"],
        2
    );
    let remove = || {
        ann.request(Method::DELETE, &path)
            .header("idempotency-key", "gone")
            .send()
    };
    let gone = remove().await.expect(200);
    assert_eq!(remove().await.expect(200).body, gone.body);
    create("Mine")
        .await
        .refused(409, "idempotency_target_deleted");
    // Nothing waits for it in the trash.
    assert!(ann.get("/trash").await.expect(200).rows().is_empty());
}
