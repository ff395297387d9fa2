//! Lists: every row once, in the right order, whatever the page.

use serde_json::{Value, json};
use tests::{Person, World};

use super::until;

/// All rows of a list, page by page.
async fn all(person: &Person, path: &str, limit: usize) -> Vec<Value> {
    let mut rows = vec![];
    let mut next: Option<String> = None;
    loop {
        let cursor = next
            .map(|cursor| format!("&cursor={cursor}"))
            .unwrap_or_default();
        let page = person
            .get(&format!("{path}&limit={limit}{cursor}"))
            .await
            .expect(200);
        assert!(page.rows().len() <= limit);
        rows.extend(page.rows().iter().cloned());
        let meta = &page.body["meta"];
        assert_eq!(
            meta["has_more"].as_bool(),
            Some(meta["next_cursor"].is_string())
        );
        next = meta["next_cursor"].as_str().map(str::to_owned);
        if next.is_none() {
            return rows;
        }
    }
}

fn keys(rows: &[Value]) -> Vec<(String, u64)> {
    rows.iter()
        .map(|row| {
            (
                row["key"].as_str().unwrap_or_default().to_owned(),
                row["number"].as_u64().unwrap_or(0),
            )
        })
        .collect()
}

/// A project of 45 tasks with mixed priorities, statuses and due dates.
async fn filled(world: &World, ann: &Person) -> (String, Vec<Value>) {
    let team = world.team(ann, "acme").await;
    let project = team.project("WEB").await;
    let (priorities, statuses) = (
        ["low", "medium", "high", "urgent"],
        ["todo", "in_progress", "done"],
    );
    let mut tasks = vec![];
    for n in 0..45_usize {
        let due = match n % 4 {
            0 => Value::Null,
            1 => json!(format!("2030-01-{:02}", n % 27 + 1)),
            _ => json!(format!("2030-01-{:02}T{:02}:00:00Z", n % 27 + 1, n % 24)),
        };
        let body = json!({
            "project_id": project, "title": format!("Task {n}"), "due_date": due,
            "priority": priorities[n * 7 % 4], "status": statuses[n % 3],
        });
        tasks.push(ann.post("/tasks", body).await.expect(201).data().clone());
    }
    until(
        ann,
        &format!("/tasks?project={project}&limit=100"),
        |answer| answer.rows().len() == 45,
    )
    .await;
    (project, tasks)
}

/// What a due date sorts by: a day behind all its moments, none behind everything.
fn due_key(task: &Value) -> String {
    match task["due_date"].as_str() {
        None => "9".to_owned(),
        Some(day) if day.len() == 10 => format!("{day}~"),
        Some(moment) => moment.to_owned(),
    }
}

fn rank(task: &Value) -> usize {
    ["low", "medium", "high", "urgent"]
        .iter()
        .position(|word| task["priority"] == **word)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_ordering_gives_every_task_once_in_both_directions() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (project, tasks) = filled(&world, &ann).await;
    let number = |task: &Value| task["number"].as_u64().unwrap();
    let mut by_number = tasks.clone();
    by_number.sort_by_key(number);
    let mut by_due = tasks.clone();
    by_due.sort_by_key(|task| (due_key(task), number(task)));
    let mut by_priority = tasks.clone();
    by_priority.sort_by_key(|task| (rank(task), due_key(task), number(task)));
    for (ordering, expected) in [
        ("created_at", by_number),
        ("due_date", by_due),
        ("priority", by_priority),
    ] {
        for limit in [7, 20, 100] {
            let path = format!("/tasks?project={project}&ordering={ordering}");
            assert_eq!(
                keys(&all(&ann, &path, limit).await),
                keys(&expected),
                "{ordering} by {limit}"
            );
            let mut reversed = keys(&expected);
            reversed.reverse();
            let path = format!("/tasks?project={project}&ordering=-{ordering}");
            assert_eq!(
                keys(&all(&ann, &path, limit).await),
                reversed,
                "-{ordering} by {limit}"
            );
        }
    }
    let todo: Vec<Value> = tasks
        .iter()
        .filter(|task| task["status"] == "todo")
        .cloned()
        .collect();
    let path = format!("/tasks?project={project}&status=todo&ordering=position");
    assert_eq!(keys(&all(&ann, &path, 4).await), keys(&todo));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_leave_exactly_what_fits_in_every_ordering() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (project, tasks) = filled(&world, &ann).await;
    type Fits = fn(&Value) -> bool;
    let filters: [(&str, Fits); 7] = [
        ("status=done", |task| task["status"] == "done"),
        ("priority=high", |task| task["priority"] == "high"),
        ("status=In Progress&priority=low", |task| {
            task["status"] == "in_progress" && task["priority"] == "low"
        }),
        ("due_before=2030-01-10", |task| {
            *due_key(task) < *"2030-01-10~"
        }),
        ("due_after=2030-01-10T00:00:00Z", |task| {
            task["due_date"].is_string() && *due_key(task) >= *"2030-01-10T00:00:00"
        }),
        ("q=task 1", |task| {
            task["title"].as_str().unwrap().starts_with("Task 1")
        }),
        ("filter=status:todo,priority:urgent", |task| {
            task["status"] == "todo" && task["priority"] == "urgent"
        }),
    ];
    for (filter, fits) in filters {
        let mut expected = keys(
            &tasks
                .iter()
                .filter(|task| fits(task))
                .cloned()
                .collect::<Vec<_>>(),
        );
        expected.sort();
        assert!(!expected.is_empty(), "{filter} fits nothing");
        for ordering in ["created_at", "-due_date", "priority"] {
            let path = format!("/tasks?project={project}&{filter}&ordering={ordering}");
            let mut found = keys(&all(&ann, &path, 6).await);
            found.sort();
            assert_eq!(found, expected, "{filter} by {ordering}");
        }
    }
    ann.get(&format!("/tasks?project={project}&ordering=position"))
        .await
        .refused(400, "bad_filter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn my_tasks_are_merged_from_all_my_organizations_by_due_date() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (one, two) = (world.team(&ann, "one").await, world.team(&ann, "two").await);
    let projects = [
        one.project("ONE").await,
        two.project("TWO").await,
        two.private_project("PRI").await,
    ];
    let mut expected = vec![];
    for n in 0..24_usize {
        let day = (n * 11) % 28 + 1;
        let body = json!({
            "project_id": projects[n % 3], "title": format!("Task {n}"), "due_date": format!("2030-02-{day:02}"),
        });
        let task = ann.post("/tasks", body).await.expect(201);
        expected.push((format!("2030-02-{day:02}"), task.id()));
    }
    until(&ann, "/tasks?limit=100", |answer| answer.rows().len() == 24).await;
    expected.sort();
    let dates = |rows: &[Value]| {
        rows.iter()
            .map(|row| row["due_date"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let rows = all(&ann, "/tasks?status=todo", 5).await;
    assert_eq!(
        dates(&rows),
        expected
            .iter()
            .map(|(day, _)| day.clone())
            .collect::<Vec<_>>()
    );
    let mut reversed = all(&ann, "/tasks?ordering=-due_date", 5).await;
    reversed.reverse();
    assert_eq!(rows, reversed);
    assert_eq!(all(&ann, "/tasks?org=two", 5).await.len(), 16);
    let bob = world.person("bob").await;
    bob.get("/tasks?org=two").await.refused(404, "not_found");
    ann.get("/tasks?ordering=priority")
        .await
        .refused(400, "bad_filter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_is_good_for_its_list_and_its_owner_only() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (project, _) = filled(&world, &ann).await;
    let path = format!("/tasks?project={project}&limit=2");
    let page = ann.get(&path).await.expect(200);
    let cursor = page.body["meta"]["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(page.header("link").contains("rel=\"next\""));
    ann.get(&format!("{path}&cursor={cursor}"))
        .await
        .expect(200);
    ann.get(&format!("{path}&cursor={cursor}&status=todo"))
        .await
        .refused(400, "bad_cursor");
    ann.get(&format!("/tasks?limit=2&cursor={cursor}"))
        .await
        .refused(400, "bad_cursor");
    ann.get(&format!("{path}&cursor={}", &cursor[1..]))
        .await
        .refused(400, "bad_cursor");
    let team = tests::Team {
        id: String::new(),
        slug: "acme".to_owned(),
        owner: ann.clone(),
    };
    let org = ann.get("/organizations/acme").await.expect(200).id();
    let bob = world
        .member(&tests::Team { id: org, ..team }, "bob", "member")
        .await;
    bob.get(&format!("{path}&cursor={cursor}"))
        .await
        .refused(400, "bad_cursor");
}
