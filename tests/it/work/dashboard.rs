//! Numbers: what they count, whose they are, and where the counting ends.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Person, Team, World};

async fn numbers(person: &Person, query: &str) -> Value {
    person
        .get(&format!("/dashboard{query}"))
        .await
        .expect(200)
        .data()
        .clone()
}

fn counts(work: &Value) -> [u64; 3] {
    ["open", "overdue", "due_soon"].map(|name| {
        work[name]["count"]
            .as_u64()
            .unwrap_or_else(|| panic!("{work}"))
    })
}

fn statuses(numbers: &Value) -> Vec<(String, u64)> {
    let rows = numbers["statuses"].as_array().unwrap().iter();
    rows.map(|row| {
        (
            row["status"].as_str().unwrap().to_owned(),
            row["count"].as_u64().unwrap(),
        )
    })
    .collect()
}

/// A day so many days from now.
fn day(days: i64) -> String {
    let moment = runtime::env::Clock::system().now() + SignedDuration::from_hours(24 * days);
    moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

async fn task(person: &Person, project: &str, members: Value) -> String {
    let mut body = json!({ "project_id": project, "title": "Work" });
    body.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    person.post("/tasks", body).await.expect(201).id()
}

#[tokio::test]
async fn a_project_is_counted_by_status_and_by_what_is_late() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let query = format!("?project={project}");
    assert_eq!(counts(&numbers(&ann, &query).await["tasks"]), [0, 0, 0]);
    let late = task(
        &ann,
        &project,
        json!({ "due_date": day(-2), "priority": "high" }),
    )
    .await;
    task(
        &ann,
        &project,
        json!({ "due_date": day(-40), "priority": "low", "assignee_id": bob.id }),
    )
    .await;
    task(&ann, &project, json!({ "due_date": day(3) })).await;
    task(&ann, &project, json!({ "due_date": day(30) })).await;
    let begun = task(&ann, &project, json!({ "assignee_id": bob.id })).await;
    ann.post(
        &format!("/tasks/{begun}/transition"),
        json!({ "to": "in_progress" }),
    )
    .await
    .expect(200);
    let all = numbers(&ann, &query).await;
    assert_eq!(counts(&all["tasks"]), [5, 2, 1]);
    let wanted = [("todo", 4), ("in_progress", 1), ("done", 0)]
        .map(|(name, count)| (name.to_owned(), count));
    assert_eq!(statuses(&all), wanted);
    // Made by one and nobody's, or assigned to one.
    assert_eq!(counts(&all["mine"]), [3, 1, 1]);
    assert_eq!(counts(&numbers(&bob, &query).await["mine"]), [2, 1, 0]);
    assert_eq!(
        all["topics"],
        json!([format!("project:{project}"), format!("user:{}", ann.id)])
    );
    assert_eq!(
        (&all["projects"], &all["organization_id"]),
        (&Value::Null, &json!(team.id))
    );
    // What is done is not late any more.
    ann.post(
        &format!("/tasks/{late}/transition"),
        json!({ "to": "done" }),
    )
    .await
    .expect(200);
    let all = numbers(&ann, &query).await;
    assert_eq!(
        (counts(&all["tasks"]), counts(&all["mine"])),
        ([4, 1, 1], [2, 0, 1])
    );
    assert_eq!(statuses(&all)[2].1, 1);
    ann.delete(&format!("/tasks/{begun}")).await.expect(200);
    assert_eq!(counts(&numbers(&ann, &query).await["tasks"])[0], 3);
}

#[tokio::test]
async fn the_statuses_are_those_of_the_projects_own_workflow() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    task(&ann, &project, json!({})).await;
    let place = format!("/projects/{project}/workflow");
    let tag = ann.get(&place).await.expect(200).header("etag").to_owned();
    let body = json!({
        "statuses": [
            { "key": "ideas", "name": "Ideas", "category": "todo" },
            { "key": "shipped", "name": "Shipped", "category": "done" },
        ],
        "transitions": [],
        "status_map": { "todo": "ideas" },
    });
    ann.request(reqwest::Method::PUT, &place)
        .header("if-match", &tag)
        .json(body)
        .send()
        .await
        .expect(200);
    task(&ann, &project, json!({})).await;
    let all = numbers(&ann, &format!("?project={project}")).await;
    // The one that was put there under the old name counts too.
    assert_eq!(
        statuses(&all),
        [("ideas".to_owned(), 2), ("shipped".to_owned(), 0)]
    );
    assert_eq!(
        (&all["statuses"][0]["name"], &all["statuses"][1]["category"]),
        (&json!("Ideas"), &json!("done"))
    );
    assert_eq!(counts(&all["tasks"])[0], 2);
}

#[tokio::test]
async fn an_organization_tells_everybody_his_own_numbers() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, secret) = (team.project("WEB").await, team.private_project("SEC").await);
    ann.patch(&format!("/projects/{open}"), json!({ "status": "on_hold" }))
        .await
        .expect(200);
    let place = format!("/projects/{secret}/members/{}", bob.id);
    ann.put(&place, json!({ "role": "member" }))
        .await
        .expect(200);
    task(
        &ann,
        &open,
        json!({ "assignee_id": bob.id, "due_date": day(-1) }),
    )
    .await;
    task(
        &ann,
        &secret,
        json!({ "assignee_id": bob.id, "due_date": day(1) }),
    )
    .await;
    let projects = |all: &Value| -> Vec<(String, u64)> {
        let rows = all["projects"].as_array().unwrap().iter();
        let rows = rows.map(|row| {
            (
                row["status"].as_str().unwrap().to_owned(),
                row["count"].as_u64().unwrap(),
            )
        });
        rows.filter(|(_, count)| *count > 0).collect()
    };
    let both = [("active".to_owned(), 1), ("on_hold".to_owned(), 1)];
    for query in [format!("?org={}", team.id), "?org=acme".to_owned()] {
        let all = numbers(&bob, &query).await;
        assert_eq!(
            (counts(&all["mine"]), projects(&all)),
            ([2, 1, 1], both.to_vec())
        );
        assert_eq!(
            all["topics"],
            json!([format!("org:{}", team.id), format!("user:{}", bob.id)])
        );
        assert_eq!(
            (&all["tasks"], &all["statuses"], &all["project_id"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }
    // Who does not see a project any more does not see it in their numbers either.
    ann.delete(&place).await.expect(204);
    let all = numbers(&bob, "?org=acme").await;
    assert_eq!(
        (counts(&all["mine"]), projects(&all)),
        ([1, 1, 0], both[1..].to_vec())
    );
    bob.get(&format!("/dashboard?project={secret}"))
        .await
        .refused(404, "not_found");
    // With neither, the default organization.
    for default in [&team.id, &bob.home] {
        bob.patch("/users/me", json!({ "default_organization_id": default }))
            .await
            .expect(200);
        assert_eq!(
            numbers(&bob, "").await,
            numbers(&bob, &format!("?org={default}")).await
        );
    }
    assert_eq!(counts(&numbers(&bob, "").await["mine"]), [0, 0, 0]);
}

#[tokio::test]
async fn a_day_is_late_when_it_is_over_where_the_reader_is() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    // Of two zones 25 hours apart, at any moment at least one has another day than UTC or its neighbour.
    let [east, west] = ["Pacific/Kiritimati", "Pacific/Pago_Pago"];
    let now = runtime::env::Clock::system().now();
    let there = now.to_zoned(jiff::tz::TimeZone::get(west).unwrap()).date();
    task(&ann, &project, json!({ "due_date": there.to_string() })).await;
    for (zone, overdue) in [(west, 0), (east, 1)] {
        ann.patch("/users/me", json!({ "timezone": zone }))
            .await
            .expect(200);
        assert_eq!(
            counts(&numbers(&ann, &format!("?project={project}")).await["tasks"])[1],
            overdue,
            "{zone}"
        );
    }
}

#[tokio::test]
async fn the_answer_is_known_by_its_tag_until_a_number_changes() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team: Team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let path = format!("/dashboard?project={project}");
    let tag = ann.get(&path).await.expect(200).header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let again = || {
        ann.request(reqwest::Method::GET, &path)
            .header("if-none-match", &tag)
            .send()
    };
    again().await.expect(304);
    team.task(&project, "One more").await;
    again().await.expect(200);
    ann.get(&format!("{path}&org=acme"))
        .await
        .refused(400, "bad_filter");
}

#[tokio::test]
async fn what_is_counted_no_further_says_so() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let create =
        json!({ "op": "create", "project_id": project, "title": "Much", "due_date": day(1) });
    for _ in 0..6 {
        let operations: Vec<&Value> = std::iter::repeat_n(&create, 100).collect();
        ann.post(
            "/tasks/bulk",
            json!({ "mode": "best_effort", "operations": operations }),
        )
        .await
        .expect(200);
    }
    let all = numbers(&ann, &format!("?project={project}")).await;
    let full = json!({ "count": 500, "capped": true });
    assert_eq!(
        (&all["tasks"]["open"], &all["mine"]["open"]),
        (&full, &full)
    );
    assert_eq!(all["tasks"]["due_soon"]["capped"], true);
    assert_eq!(
        all["statuses"][2],
        json!({
            "status": "done", "name": "Done", "category": "done", "count": 0, "capped": false
        })
    );
}

#[tokio::test]
async fn sec_low_what_one_may_not_see_any_more_is_not_counted_as_unread() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, closing) = (team.project("WEB").await, team.project("HIDE").await);
    for project in [&open, &closing] {
        task(&ann, project, json!({ "assignee_id": bob.id })).await;
    }
    world.cloud.settle().await;
    let unread = async || {
        let told =
            numbers(&bob, &format!("?org={}", team.id)).await["unread_notifications"]["count"]
                .clone();
        let count = bob
            .get("/notifications/unread-count")
            .await
            .expect(200)
            .data()["unread"]
            .clone();
        let listed = bob
            .get("/notifications?unread=true")
            .await
            .expect(200)
            .rows()
            .len();
        (told, count, listed)
    };
    assert_eq!(unread().await, (json!(2), json!(2), 2));
    ann.patch(
        &format!("/projects/{closing}"),
        json!({ "visibility": "private" }),
    )
    .await
    .expect(200);
    world.cloud.settle().await;
    assert_eq!(unread().await, (json!(1), json!(1), 1));
}
