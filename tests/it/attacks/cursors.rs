//! A cursor is good for the list, the filters and the person that it was given for, and only as it was given.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use tests::{Answer, Person, World};

use super::sound::dressed;

async fn page(person: &Person, list: &str, cursor: &str) -> Answer {
    let mark = if list.contains('?') { '&' } else { '?' };
    dressed(
        person
            .get(&format!("{list}{mark}limit=1&cursor={cursor}"))
            .await,
    )
}

#[tokio::test]
async fn a_cursor_opens_nothing_but_its_own_list() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "admin").await;
    let (first, second) = (team.project("ONE").await, team.project("TWO").await);
    for project in [&first, &second] {
        for n in 0..2 {
            let body = json!({ "project_id": project, "title": format!("Task {n}"), "assignee_id": ann.id });
            ann.post("/tasks", body).await.expect(201);
            let gone = team.task(project, "Gone").await;
            ann.delete(&format!("/tasks/{gone}")).await.expect(200);
        }
    }
    let invited = json!([{ "email": "x@example.com", "role": "member" }, { "email": "y@example.com", "role": "member" }]);
    ann.post(&format!("/organizations/{}/invitations", team.id), invited)
        .await
        .expect(201);
    let org = &team.id;
    for name in ["Bug", "Idea"] {
        ann.post("/labels", json!({ "organization_id": org, "name": name }))
            .await
            .expect(201);
    }
    let lists = [
        format!("/tasks?project={first}"),
        format!("/tasks?project={second}"),
        format!("/tasks?project={first}&ordering=-created_at"),
        format!("/tasks?project={first}&status=todo"),
        format!("/tasks?project={first}&priority=medium"),
        format!("/tasks?project={first}&ordering=due_date"),
        "/tasks".to_owned(),
        "/projects".to_owned(),
        "/projects?ordering=created_at".to_owned(),
        format!("/projects?org={org}"),
        "/labels".to_owned(),
        format!("/labels?org={org}"),
        format!("/labels?project={first}"),
        "/trash".to_owned(),
        "/trash?type=task".to_owned(),
        "/organizations".to_owned(),
        format!("/organizations/{org}/members"),
        format!("/organizations/{org}/invitations"),
        "/users".to_owned(),
    ];
    let mut cursors = vec![];
    for list in &lists {
        let mark = if list.contains('?') { '&' } else { '?' };
        let answer = ann.get(&format!("{list}{mark}limit=1")).await.expect(200);
        let cursor = answer.body["meta"]["next_cursor"]
            .as_str()
            .unwrap_or_else(|| panic!("{list}: {}", answer.text));
        cursors.push(cursor.to_owned());
    }
    for (own, cursor) in cursors.iter().enumerate() {
        for (place, list) in lists.iter().enumerate() {
            let answer = page(&ann, list, cursor).await;
            match place == own {
                true => drop(answer.expect(200)),
                false => drop(answer.refused(400, "bad_cursor")),
            }
        }
        page(&bob, &lists[own], cursor)
            .await
            .refused(400, "bad_cursor");
    }
    for list in &lists {
        for forged in forgeries(&cursors[0]) {
            let answer = page(&ann, list, &forged).await;
            assert_eq!(
                (answer.status, answer.code()),
                (400, "bad_cursor"),
                "{list}: {forged:.80}"
            );
        }
        // Longer than the gateway takes.
        let mark = if list.contains('?') { '&' } else { '?' };
        ann.get(&format!("{list}{mark}cursor={}", "A".repeat(60_000)))
            .await
            .expect(431);
    }
}

fn forgeries(cursor: &str) -> Vec<String> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).unwrap();
    let flipped = (0..bytes.len()).step_by(5).map(|place| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        BASE64URL_NOPAD.encode(&bytes)
    });
    let keys = BASE64URL_NOPAD.encode(br#"{"pk":{"S":"T#0"},"sk":{"S":"ORG"}}"#);
    let others = [
        String::new(),
        "x".to_owned(),
        "%00".to_owned(),
        "..".to_owned(),
        "null".to_owned(),
        keys,
        cursor[1..].to_owned(),
        cursor[..cursor.len() - 1].to_owned(),
        cursor[..cursor.len() / 2].to_owned(),
        format!("{cursor}AAAA"),
        format!("{cursor}%3D"),
        format!("%20{cursor}"),
        cursor.to_ascii_uppercase(),
        "A".repeat(5000),
    ];
    flipped.chain(others).collect()
}

#[tokio::test]
async fn a_cursor_of_another_deployment_is_nobodys() {
    let mut cursors = vec![];
    let mut worlds = vec![];
    for _ in 0..2 {
        let world = World::new().await;
        let ann = world.person("ann").await;
        world.team(&ann, "acme").await;
        let answer = ann.get("/organizations?limit=1").await.expect(200);
        cursors.push(
            answer.body["meta"]["next_cursor"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        worlds.push((world, ann));
    }
    page(&worlds[0].1, "/organizations", &cursors[0])
        .await
        .expect(200);
    page(&worlds[0].1, "/organizations", &cursors[1])
        .await
        .refused(400, "bad_cursor");
}
