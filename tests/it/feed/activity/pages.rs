//! Pages of it.

use serde_json::{Value, json};
use tests::{Answer, Person, World};

use super::events;

/// Every page of a list, with so many rows each.
async fn paged(person: &Person, list: &str, limit: usize) -> Vec<Value> {
    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let answer = person
            .get(&format!("{list}&limit={limit}{cursor}"))
            .await
            .expect(200);
        assert!(answer.rows().len() <= limit);
        found.extend(answer.rows().clone());
        match answer.body["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_put_together_are_the_whole_list() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    for n in 0..12 {
        team.task(
            if n % 3 == 0 { &open } else { &closed },
            &format!("Task {n}"),
        )
        .await;
    }
    for list in [
        "/activity?org=acme".to_owned(),
        format!("/activity?project={open}"),
        format!("/activity?org=acme&user={}", ann.id),
        "/activity?org=acme&type=task".to_owned(),
    ] {
        for person in [&ann, &bob] {
            let whole = events(&world, person, &list).await;
            assert!(whole.len() >= 4, "{list}");
            for limit in [1, 3, 7] {
                assert_eq!(
                    paged(person, &list, limit).await,
                    whole,
                    "{list} by {limit}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_long_stretch_of_what_one_does_not_see_makes_short_pages_that_go_on() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("SEC").await);
    team.task(&open, "Seen").await;
    for _ in 0..6 {
        let operations =
            vec![json!({ "op": "create", "project_id": closed, "title": "Hidden" }); 100];
        ann.post(
            "/tasks/bulk",
            json!({ "mode": "best_effort", "operations": operations }),
        )
        .await
        .expect(200);
    }
    world.cloud.settle().await;
    let answer = bob.get("/activity?org=acme").await.expect(200);
    assert_eq!(
        (answer.rows().len(), &answer.body["meta"]["has_more"]),
        (0, &json!(true)),
        "no more than 500 are looked at"
    );
    let seen = paged(&bob, "/activity?org=acme", 20).await;
    assert_eq!(seen[0]["type"], "task.created");
}

fn cursor(answer: &Answer) -> String {
    answer.body["meta"]["next_cursor"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", answer.text))
        .to_owned()
}

#[tokio::test]
async fn a_cursor_of_another_feed_filter_or_person_is_refused() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "admin").await;
    let (web, app) = (team.project("WEB").await, team.project("APP").await);
    let mut tasks = vec![];
    for project in [&web, &app] {
        let task = team.task(project, "First").await;
        ann.patch(&format!("/tasks/{task}"), json!({ "title": "Second" }))
            .await
            .expect(200);
        tasks.push(task);
    }
    world.cloud.settle().await;
    let lists = [
        "/activity?org=acme".to_owned(),
        format!("/activity?org={}", team.id),
        format!("/activity?project={web}"),
        format!("/activity?project={app}"),
        format!("/activity?org=acme&user={}", ann.id),
        "/activity?org=acme&type=task".to_owned(),
        format!("/tasks/{}/activity?", tasks[0]),
        format!("/tasks/{}/activity?", tasks[1]),
        "/audit-logs?org=acme".to_owned(),
        "/audit-logs?org=acme&category=all".to_owned(),
        format!("/audit-logs?org=acme&actor={}", ann.id),
        "/audit-logs?org=acme&from=2020-01-01".to_owned(),
    ];
    for own in &lists {
        let next = cursor(&ann.get(&format!("{own}&limit=1")).await.expect(200));
        for list in &lists {
            let answer = ann.get(&format!("{list}&limit=1&cursor={next}")).await;
            match list == own {
                true => drop(answer.expect(200)),
                false => drop(answer.refused(400, "bad_cursor")),
            }
        }
        bob.get(&format!("{own}&limit=1&cursor={next}"))
            .await
            .refused(400, "bad_cursor");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_named() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    for (query, field) in [
        (String::new(), "org"),
        ("user=me".to_owned(), "user"),
        (format!("org=acme&project={project}"), "org"),
        ("org=No%20Slug".to_owned(), "org"),
        ("project=WEB".to_owned(), "project"),
        (format!("project={task}x"), "project"),
        ("org=acme&user=ann".to_owned(), "user"),
        ("org=acme&type=tas".to_owned(), "type"),
        ("org=acme&type=".to_owned(), "type"),
        ("org=acme&limit=0".to_owned(), "limit"),
        ("org=acme&limit=101".to_owned(), "limit"),
        ("org=acme&since=1".to_owned(), "since"),
        ("org=acme&cursor=".to_owned(), "cursor"),
    ] {
        let answer = ann.get(&format!("/activity?{query}")).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (400, vec![field]),
            "{query}: {}",
            answer.text
        );
    }
    let answer = ann
        .get(&format!("/tasks/{task}/activity?user={}", ann.id))
        .await
        .refused(400, "bad_filter");
    assert_eq!(answer.fields(), ["user"]);
}
