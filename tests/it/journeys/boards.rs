//! Boards and the cards on them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use serde_json::{Value, json};
use tests::{Answer, Person, World};

use super::{column, journey, until};

/// The titles of a board's cards, list by list.
fn cards(board: &Answer) -> Vec<Vec<String>> {
    let titles = |list: &Value| {
        let cards = list["cards"].as_array().unwrap();
        cards
            .iter()
            .map(|card| card["title"].as_str().unwrap().to_owned())
            .collect()
    };
    board.data()["lists"]
        .as_array()
        .unwrap()
        .iter()
        .map(titles)
        .collect()
}

/// The members of a board's lists.
fn lists(board: &Answer, member: &str) -> Vec<String> {
    let lists = board.data()["lists"].as_array().unwrap();
    lists
        .iter()
        .map(|list| list[member].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until the cards of a board stand like this.
#[track_caller]
fn until_it_shows<'a>(
    who: &'a Person,
    board: &'a str,
    wanted: &'a [&'a [&'a str]],
) -> impl Future<Output = Answer> + Send + 'a {
    until(who, board, move |answer| cards(answer) == wanted)
}

journey! {
    async fn a_board_is_set_up_and_worked_on(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        let made = ann.post("/boards", json!({ "project_id": project, "name": "Development" })).await.expect(201);
        let board = format!("/boards/{}", made.id());
        assert_eq!(made.header("location"), format!("/api/v1{board}"));
        assert_eq!(lists(&made, "name"), ["To Do", "In Progress", "Done"]);
        assert_eq!(lists(&made, "status"), ["todo", "in_progress", "done"]);
        let [_, doing, done] = lists(&made, "id").try_into().unwrap();
        let mut tasks = vec![];
        for title in ["One", "Two", "Three", "Four"] {
            tasks.push(team.task(&project, title).await);
        }
        until_it_shows(&bob, &board, &[&["One", "Two", "Three", "Four"], &[], &[]]).await;

        // In the column: to the beginning, between two, to the end.
        let to = |n: usize| format!("/tasks/{}/move", tasks[n]);
        bob.post(&to(3), json!({ "before": tasks[0] })).await.expect(200);
        bob.post(&to(0), json!({ "after": tasks[1], "before": tasks[2] })).await.expect(200);
        bob.post(&to(1), json!({ "after": tasks[2] })).await.expect(200);
        until_it_shows(&ann, &board, &[&["Four", "One", "Three", "Two"], &[], &[]]).await;

        // To a list: that is the step to its status.
        let list = |list: &str| json!({ "board_id": made.id(), "list_id": list });
        let moved = bob.post(&to(0), list(&doing)).await.expect(200);
        assert_eq!((moved.text_of("status"), moved.header("etag")), ("in_progress".to_owned(), "\"v3\""));
        let finished = bob.post(&to(2), list(&done)).await.expect(200);
        assert!(finished.data()["completed_at"].is_string());
        let mut between = list(&doing);
        between["before"] = tasks[0].clone().into();
        bob.post(&to(3), between).await.expect(200);
        until_it_shows(&ann, &board, &[&["Two"], &["Four", "One"], &["Three"]]).await;

        // A page of each column, which the list of tasks goes on with.
        let page = ann.get(&format!("{board}?limit=1")).await.expect(200);
        assert_eq!(cards(&page), [vec!["Two"], vec!["Four"], vec!["Three"]]);
        let more: Vec<&Value> = page.data()["lists"].as_array().unwrap().iter().map(|list| &list["has_more"]).collect();
        assert_eq!(more, [false, true, false]);
        let cursor = page.data()["lists"][1]["next_cursor"].as_str().unwrap();
        let listed = format!("/tasks?board={}&list={doing}", made.id());
        let rest = ann.get(&format!("{listed}&cursor={cursor}")).await.expect(200);
        assert_eq!(column(&rest, "title"), ["One"]);
        assert_eq!(column(&ann.get(&listed).await.expect(200), "title"), ["Four", "One"]);
        assert_eq!(column(&ann.get(&format!("{listed}&ordering=-position")).await.expect(200), "title"), ["One", "Four"]);
        assert_eq!(column(&ann.get(&format!("{listed}&q=four")).await.expect(200), "title"), ["Four"]);

        // The board goes, the tasks stay.
        bob.delete(&board).await.refused(403, "forbidden");
        ann.delete(&board).await.expect(204);
        ann.get(&board).await.refused(404, "not_found");
        until(&ann, &format!("/boards?project={project}"), |answer| answer.rows().is_empty()).await;
        until(&ann, &format!("/tasks?project={project}"), |answer| answer.rows().len() == 4).await;
    }
}

journey! {
    async fn the_lists_of_a_board_are_changed(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let project = team.project("WEB").await;
        let own = json!([{ "name": "Ideas", "status": "TODO" }, { "name": "Ready", "status": "done" }]);
        let body = json!({ "project_id": project, "name": "Small", "lists": own });
        let made = ann.post("/boards", body).await.expect(201);
        let board = format!("/boards/{}", made.id());
        let [ideas, ready] = lists(&made, "id").try_into().unwrap();

        let body = json!({ "name": "Doing", "status": "in_progress", "wip_limit": 2, "position": 1 });
        let doing = ann.post(&format!("{board}/lists"), body).await.expect(201);
        assert_eq!((doing.data()["position"].as_u64(), doing.data()["version"].as_u64()), (Some(1), Some(2)));
        let doing = doing.id();
        let path = format!("{board}/lists/{doing}");
        let changed = ann.patch(&path, json!({ "name": "Under way", "position": 2, "wip_limit": 1 })).await.expect(200);
        assert_eq!((changed.data()["wip_limit"].as_u64(), changed.header("etag")), (Some(1), "\"v3\""));
        let order = json!({ "name": "Work", "list_order": [ideas, doing, ready] });
        let changed = ann.patch(&board, order).await.expect(200);
        assert_eq!((changed.text_of("name"), lists(&changed, "name")), ("Work".into(), vec!["Ideas".into(), "Under way".into(), "Ready".into()]));
        let stale = ann.request(reqwest::Method::PATCH, &path).header("if-match", "\"v2\"");
        stale.json(json!({ "name": "Late" })).send().await.refused(412, "precondition_failed");

        // The limit counts for moves that name the list, and for nothing else.
        let tasks = [team.task(&project, "One").await, team.task(&project, "Two").await];
        let to = |list: &str| json!({ "board_id": made.id(), "list_id": list });
        ann.post(&format!("/tasks/{}/move", tasks[0]), to(&doing)).await.expect(200);
        until_it_shows(&ann, &board, &[&["Two"], &["One"], &[]]).await;
        let full = ann.post(&format!("/tasks/{}/move", tasks[1]), to(&doing)).await.refused(409, "wip_limit");
        assert_eq!(full.body["limit"], 1);
        // Who is there already moves within it.
        ann.post(&format!("/tasks/{}/move", tasks[0]), to(&doing)).await.expect(200);
        ann.patch(&format!("/tasks/{}", tasks[1]), json!({ "status": "in_progress" })).await.expect(200);
        let body = json!({ "project_id": project, "title": "Three", "status": "in_progress" });
        ann.post("/tasks", body).await.expect(201);
        until_it_shows(&ann, &board, &[&[], &["One", "Two", "Three"], &[]]).await;
        ann.patch(&path, json!({ "wip_limit": null })).await.expect(200);

        // A list with cards goes when it is said where they go.
        ann.delete(&path).await.refused(409, "not_empty");
        ann.patch(&format!("{board}/lists/{ready}"), json!({ "wip_limit": 2 })).await.expect(200);
        ann.delete(&format!("{path}?move_tasks_to={ready}")).await.refused(409, "wip_limit");
        ann.delete(&format!("{path}?move_tasks_to={ideas}")).await.expect(204);
        until_it_shows(&ann, &board, &[&["One", "Two", "Three"], &[]]).await;
        ann.delete(&format!("{board}/lists/{ready}")).await.expect(204);
        ann.delete(&format!("{board}/lists/{ready}")).await.refused(404, "not_found");
    }
}

journey! {
    async fn a_card_is_dragged_across_a_board_by_two_people_at_once(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        let made = ann.post("/boards", json!({ "project_id": project, "name": "Development" })).await.expect(201);
        let board = format!("/boards/{}", made.id());
        let [todo, doing, done] = lists(&made, "id").try_into().unwrap();
        let task = team.task(&project, "Contested").await;
        let path = format!("/tasks/{task}/move");
        let to = |list: &str| json!({ "board_id": made.id(), "list_id": list });
        for round in 0..8 {
            // Nobody says what they have seen: both get there, one after the other, and the later one wins.
            let (one, other) = tokio::join!(ann.post(&path, to(&doing)), bob.post(&path, to(&done)));
            let (one, other) = (one.expect(200), other.expect(200));
            let version = |answer: &Answer| answer.data()["version"].as_u64();
            let last = if version(&one) > version(&other) { &one } else { &other };
            assert_ne!(version(&one), version(&other), "round {round}");
            assert_eq!(ann.get(&format!("/tasks/{task}")).await.expect(200).data()["status"], last.data()["status"]);
            let wanted: [&[&str]; 3] = match last.text_of("status").as_str() {
                "done" => [&[], &[], &["Contested"]],
                _ => [&[], &["Contested"], &[]],
            };
            until_it_shows(&bob, &board, &wanted).await;
            let back = ann.post(&path, to(&todo)).await.expect(200);
            // Both say what they have seen: one gets there, and the other is told.
            let tag = back.header("etag").to_owned();
            let drag = |who: &Person, list: &str| {
                who.request(reqwest::Method::POST, &path).header("if-match", &tag).json(to(list)).send()
            };
            let (one, other) = tokio::join!(drag(&ann, &doing), drag(&bob, &done));
            let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
            won.expect(200);
            lost.refused(412, "precondition_failed");
        }
    }
}

journey! {
    async fn a_task_moves_to_another_project_and_its_old_key_still_finds_it(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let (web, lab) = (team.project("WEB").await, team.private_project("LAB").await);
        team.task(&lab, "There already").await;
        let body = json!({ "project_id": web, "title": "Wanders", "status": "in_progress", "assignee_id": bob.id });
        let task = ann.post("/tasks", body).await.expect(201);
        let path = format!("/tasks/{}", task.id());
        let to = |project: &str| json!({ "project_id": project });

        // Bob does not see the private project, so the task is nobody's there.
        bob.post(&format!("{path}/move"), to(&lab)).await.refused(404, "not_found");
        let moved = ann.post(&format!("{path}/move"), to(&lab)).await.expect(200);
        assert_eq!((moved.text_of("key"), moved.text_of("status")), ("LAB-2".to_owned(), "in_progress".to_owned()));
        assert_eq!((&moved.data()["project_id"], &moved.data()["assignee_id"]), (&json!(lab), &Value::Null));
        until(&ann, &format!("/tasks?project={lab}"), |answer| column(answer, "key") == ["LAB-1", "LAB-2"]).await;
        until(&ann, &format!("/tasks?project={web}"), |answer| answer.rows().is_empty()).await;
        for key in ["WEB-1", "web-1"] {
            assert_eq!(ann.get(&format!("/tasks/{key}")).await.expect(200).text_of("key"), "LAB-2");
        }
        bob.get("/tasks/WEB-1").await.refused(404, "not_found");
        bob.get(&path).await.refused(404, "not_found");

        // The old number is not given out again, and every key that it had leads to it.
        assert_eq!(ann.post("/tasks", json!({ "project_id": web, "title": "Next" })).await.expect(201).text_of("key"), "WEB-2");
        ann.patch("/tasks/WEB-1", json!({ "assignee_id": ann.id })).await.expect(200);
        let back = ann.post("/tasks/WEB-1/move", to(&web)).await.expect(200);
        assert_eq!((back.text_of("key"), back.text_of("assignee_id")), ("WEB-3".to_owned(), ann.id.clone()));
        // Where it is already, nothing happens.
        assert_eq!(ann.post(&format!("{path}/move"), to(&web)).await.expect(200).data(), back.data());
        for key in ["WEB-1", "LAB-2"] {
            assert_eq!(ann.get(&format!("/tasks/{key}")).await.expect(200).id(), task.id());
        }
        until(&bob, &format!("/tasks?project={web}"), |answer| column(answer, "key") == ["WEB-2", "WEB-3"]).await;
    }
}
