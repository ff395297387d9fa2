//! Projects with workflows of their own.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, World};

use super::{column, journey, until};

/// Backlog, doing, review, shipped; only managers ship, and only what somebody has done.
fn review() -> Value {
    json!({
        "statuses": [
            { "key": "backlog", "name": "Backlog", "category": "todo", "color": "#CFD3D7" },
            { "key": "doing", "name": "Doing", "category": "in_progress" },
            { "key": "Review", "name": "In review", "category": "in_progress" },
            { "key": "shipped", "name": "Shipped", "category": "done" }
        ],
        "transitions": [
            { "from": ["backlog"], "to": "doing" },
            { "from": ["doing", "shipped"], "to": "review" },
            { "from": ["review"], "to": "doing" },
            { "from": ["review"], "to": "shipped", "roles": ["manager"], "require_fields": ["assignee_id"] }
        ]
    })
}

fn with(mut workflow: Value, map: Value) -> Value {
    workflow["status_map"] = map;
    workflow
}

async fn replace(who: &Person, project: &str, seen: &str, workflow: Value) -> Answer {
    let request = who.request(Method::PUT, &format!("/projects/{project}/workflow"));
    request.header("if-match", seen).json(workflow).send().await
}

async fn put_in(who: &Person, project: &str, title: &str, status: &str) -> String {
    let body = json!({ "project_id": project, "title": title, "status": status });
    who.post("/tasks", body).await.expect(201).id()
}

journey! {
    async fn a_project_with_tasks_in_it_moves_to_a_workflow_of_its_own(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        let begun = put_in(&bob, &project, "Begun", "in_progress").await;
        let idea = put_in(&bob, &project, "Idea", "todo").await;
        let old = put_in(&bob, &project, "Old", "done").await;
        for status in ["todo", "in_progress", "done"] {
            let list = format!("/tasks?project={project}&ordering=position&status={status}");
            until(&ann, &list, |answer| answer.rows().len() == 1).await;
        }
        let path = format!("/projects/{project}/workflow");
        let first = bob.get(&path).await.expect(200);
        assert_eq!((&first.data()["version"], first.header("etag")), (&json!(1), "\"v1\""));
        let keys: Vec<&str> = first.data()["statuses"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["todo", "in_progress", "done"]);

        // It is a document, so who replaces it says what they have seen; and tasks must have a place to go to.
        ann.put(&path, review()).await.refused(428, "precondition_required");
        replace(&ann, &project, "\"v7\"", review()).await.refused(412, "precondition_failed");
        bob.put(&path, review()).await.refused(403, "forbidden");
        let homeless = replace(&ann, &project, "\"v1\"", review()).await.refused(409, "tasks_in_removed_status");
        assert_eq!(homeless.body["statuses"], json!(["todo", "in_progress", "done"]));
        let map = json!({ "todo": "backlog", "In Progress": "doing", "done": "shipped" });
        let new = replace(&ann, &project, "\"v1\"", with(review(), map)).await.expect(200);
        assert_eq!((&new.data()["version"], new.header("etag")), (&json!(2), "\"v2\""));
        assert_eq!(new.data()["statuses"][0]["color"], "#cfd3d7");
        assert_eq!(new.data()["transitions"][3]["roles"], json!(["manager"]));
        assert_eq!(bob.get(&path).await.expect(200).data(), new.data());

        // Nothing was rewritten, and everything is in its new place, beside what is made now.
        let shown = bob.get(&format!("/tasks/{idea}")).await.expect(200);
        assert_eq!((shown.text_of("status"), &shown.data()["version"]), ("backlog".into(), &json!(1)));
        put_in(&bob, &project, "Newer", "backlog").await;
        until(&bob, &format!("/tasks?project={project}"), |answer| {
            column(answer, "status") == ["doing", "backlog", "shipped", "backlog"]
        }).await;
        for ordering in ["created_at", "due_date", "priority", "position"] {
            let list = format!("/tasks?project={project}&status=backlog&ordering={ordering}");
            until(&bob, &list, |answer| column(answer, "title") == ["Idea", "Newer"]).await;
        }
        bob.get(&format!("/tasks?project={project}&status=todo")).await.refused(400, "bad_filter");
        until(&bob, "/tasks?status=doing", |answer| column(answer, "title") == ["Begun"]).await;
        until(&bob, "/tasks?status=in_progress", |answer| column(answer, "title") == ["Begun"]).await;
        until(&bob, "/tasks?status=todo", |answer| answer.rows().len() == 2).await;

        // Old tasks follow the new steps.
        let to = |task: &str, status: &str| (format!("/tasks/{task}/transition"), json!({ "to": status }));
        let (step, body) = to(&idea, "shipped");
        let refused = bob.post(&step, body.clone()).await.refused(409, "invalid_transition");
        assert_eq!(refused.body["allowed"], json!(["doing"]));
        bob.patch(&format!("/tasks/{idea}"), json!({ "status": "shipped" })).await.refused(409, "invalid_transition");
        bob.post(&step, json!({ "to": "todo" })).await.refused(422, "validation_failed");
        let (step, body) = to(&begun, "review");
        assert_eq!(bob.post(&step, body).await.expect(200).text_of("status"), "review");
        bob.post(&step, json!({ "to": "shipped" })).await.refused(403, "forbidden");
        let unassigned = ann.post(&step, json!({ "to": "shipped" })).await.refused(422, "validation_failed");
        assert_eq!(unassigned.fields(), ["/assignee_id"]);
        let both = json!({ "assignee_id": bob.id, "status": "shipped" });
        let shipped = ann.patch(&format!("/tasks/{begun}"), both).await.expect(200);
        assert!(shipped.data()["completed_at"].is_string());
        assert_eq!(shipped.text_of("status_category"), "done");
        assert!(ann.get(&format!("/tasks/{old}")).await.expect(200).data()["completed_at"].is_string());
        let (step, body) = to(&old, "review");
        assert!(bob.post(&step, body).await.expect(200).data()["completed_at"].is_null());
        let restored = {
            bob.delete(&format!("/tasks/{idea}")).await.expect(200);
            bob.post(&format!("/trash/task/{idea}/restore"), json!({})).await.expect(200)
        };
        assert_eq!(restored.text_of("status"), "backlog");
    }
}

journey! {
    async fn a_workflow_is_replaced_again_and_old_tasks_follow(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let project = team.project("WEB").await;
        let idea = put_in(&ann, &project, "Idea", "todo").await;
        let gone = put_in(&ann, &project, "Gone", "done").await;
        ann.delete(&format!("/tasks/{gone}")).await.expect(200);
        let map = json!({ "todo": "backlog", "in_progress": "doing", "done": "shipped" });
        replace(&ann, &project, "\"v1\"", with(review(), map)).await.expect(200);
        let kanban = json!({
            "statuses": [
                { "key": "someday", "name": "Some day", "category": "todo" },
                { "key": "now", "name": "Now", "category": "in_progress" },
                { "key": "over", "name": "Over", "category": "done" },
                { "key": "dropped", "name": "Dropped", "category": "cancelled", "final": true }
            ]
        });
        let map = json!({ "backlog": "now", "doing": "now", "review": "now", "shipped": "someday" });
        let third = replace(&ann, &project, "\"v2\"", with(kanban.clone(), map)).await.expect(200);
        assert_eq!(third.data()["version"], 3);
        let shown = ann.get(&format!("/tasks/{idea}")).await.expect(200);
        assert_eq!((shown.text_of("status"), shown.text_of("status_category")), ("now".into(), "in_progress".into()));
        // What comes back from the trash has gone the same way; what is open again is not completed.
        let back = ann.post(&format!("/trash/task/{gone}/restore"), json!({})).await.expect(200);
        assert_eq!((back.text_of("status"), &back.data()["completed_at"]), ("someday".into(), &Value::Null));
        let done = ann.patch(&format!("/tasks/{gone}"), json!({ "status": "over" })).await.expect(200);
        assert!(done.data()["completed_at"].is_string());
        until(&ann, &format!("/tasks?project={project}&status=now&ordering=position"), |answer| {
            column(answer, "title") == ["Idea"]
        }).await;
        // A status that nobody uses needs no place.
        let mut smaller = kanban;
        smaller["statuses"].as_array_mut().unwrap().pop();
        assert_eq!(replace(&ann, &project, "\"v3\"", smaller).await.expect(200).data()["version"], 4);
        ann.get("/tasks/WEB-1").await;
        until(&ann, "/projects", |answer| answer.rows().len() == 1).await;
    }
}

journey! {
    async fn a_status_that_comes_back_is_another_one(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let project = team.project("WEB").await;
        let old = put_in(&ann, &project, "Old", "done").await;
        let list = json!({ "name": "Finished", "status": "done" });
        let board = json!({ "project_id": project, "name": "Work", "lists": [list] });
        let board = ann.post("/boards", board).await.expect(201).id();
        let map = json!({ "todo": "backlog", "in_progress": "doing", "done": "shipped" });
        replace(&ann, &project, "\"v1\"", with(review(), map)).await.expect(200);
        // Now "done" is what somebody believes to have done: the same key, and nothing of what was in it.
        let mut again = review();
        again["statuses"].as_array_mut().unwrap().push(json!({ "key": "done", "name": "Done?", "category": "todo" }));
        again["transitions"] = json!([]);
        replace(&ann, &project, "\"v2\"", again).await.expect(200);
        let believed = put_in(&ann, &project, "Believed", "done").await;

        let shown = ann.get(&format!("/tasks/{old}")).await.expect(200);
        assert_eq!((shown.text_of("status"), &shown.data()["version"]), ("shipped".into(), &json!(1)));
        assert!(shown.data()["completed_at"].is_string());
        let in_status = |status: &str| format!("/tasks?project={project}&ordering=position&status={status}");
        until(&ann, &in_status("done"), |answer| column(answer, "title") == ["Believed"]).await;
        until(&ann, &in_status("shipped"), |answer| column(answer, "title") == ["Old"]).await;
        let shown = ann.get(&format!("/boards/{board}")).await.expect(200);
        assert_eq!(shown.data()["lists"][0]["status"], "shipped");

        // Who takes a step from the one to the other has taken a step.
        let step = format!("/tasks/{old}/transition");
        let taken = ann.post(&step, json!({ "to": "done" })).await.expect(200);
        assert_eq!((taken.text_of("status"), &taken.data()["completed_at"]), ("done".into(), &Value::Null));
        until(&ann, &in_status("done"), |answer| column(answer, "title") == ["Old", "Believed"]).await;
        until(&ann, &format!("/tasks/{old}/activity"), |answer| {
            answer.rows().iter().any(|row| row["type"] == "task.transitioned")
        }).await;
        ann.post(&format!("/tasks/{believed}/transition"), json!({ "to": "shipped" })).await.expect(200);
        until(&ann, &in_status("shipped"), |answer| column(answer, "title") == ["Believed"]).await;
    }
}
