//! Tasks and projects.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Request};

use super::cases;
use crate::faults::stage::{Case, Stage};

impl Stage {
    fn owner(&self, method: Method, path: &str) -> Request {
        self.team.owner.request(method, path)
    }

    async fn task(&self) -> String {
        format!(
            "/tasks/{}",
            self.team.task(&self.project, "Some task").await
        )
    }

    async fn board(&self) -> Answer {
        let body = json!({ "project_id": self.project, "name": "Board" });
        self.team.owner.post("/boards", body).await.expect(201)
    }

    async fn label(&self) -> String {
        let name = format!("Label {}", self.fresh());
        let body = json!({ "organization_id": self.team.id, "name": name });
        format!(
            "/labels/{}",
            self.team.owner.post("/labels", body).await.expect(201).id()
        )
    }

    async fn new_project(&self) -> String {
        format!(
            "/projects/{}",
            self.team.project(&format!("P{}", self.fresh())).await
        )
    }

    fn project_body(&self, visibility: &str) -> Value {
        let key = format!("Q{}", self.fresh());
        json!({ "organization_id": self.team.id, "name": key, "key": key, "visibility": visibility })
    }
}

/// A text that stands apart from its task.
fn long(word: &str) -> String {
    [word; 500].join(" ")
}

pub const CASES: &[Case] = cases![
    ("create a task", "tasks", 201, |stage| {
        stage
            .owner(Method::POST, "/tasks")
            .json(json!({ "project_id": stage.project, "title": "New" }))
    }),
    ("create a task under a key", "tasks", 201, |stage| {
        let key = format!("key-{}", stage.fresh());
        let body =
            json!({ "project_id": stage.project, "title": "New", "assignee_id": stage.bob.id });
        stage
            .owner(Method::POST, "/tasks")
            .header("idempotency-key", &key)
            .json(body)
    }),
    ("patch a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "title": "Newer", "due_date": "2027-01-01" }))
    }),
    ("patch a version of a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage
            .owner(Method::PATCH, &path)
            .header("if-match", "\"v1\"")
            .json(json!({ "title": "Newer" }))
    }),
    ("create a task with a long text", "tasks", 201, |stage| {
        let body =
            json!({ "project_id": stage.project, "title": "New", "description": long("text") });
        stage.owner(Method::POST, "/tasks").json(body)
    }),
    ("replace a long text of a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "description": long("text") }))
            .send()
            .await
            .expect(200);
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "description": long("other") }))
    }),
    ("assign a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "assignee_id": stage.bob.id }))
    }),
    ("finish a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage
            .owner(Method::POST, &format!("{path}/transition"))
            .json(json!({ "to": "done" }))
    }),
    ("delete a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.owner(Method::DELETE, &path)
    }),
    ("restore a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.team.owner.delete(&path).await.expect(200);
        stage.owner(
            Method::POST,
            &format!("/trash{}/restore", path.replace("tasks", "task")),
        )
    }),
    ("move a task in its column", "tasks", 200, |stage| {
        let (path, above) = (stage.task().await, stage.task().await);
        let above = above.trim_start_matches("/tasks/");
        stage
            .owner(Method::POST, &format!("{path}/move"))
            .json(json!({ "after": above }))
    }),
    ("move a task to a list", "tasks", 200, |stage| {
        let (path, board) = (stage.task().await, stage.board().await);
        let body = json!({ "board_id": board.id(), "list_id": board.data()["lists"][1]["id"] });
        stage
            .owner(Method::POST, &format!("{path}/move"))
            .json(body)
    }),
    ("move a task to another project", "tasks", 200, |stage| {
        let (path, project) = (stage.task().await, stage.new_project().await);
        let project = project.trim_start_matches("/projects/");
        stage
            .owner(Method::POST, &format!("{path}/move"))
            .json(json!({ "project_id": project }))
    }),
    ("create a label", "projects", 201, |stage| {
        let name = format!("Label {}", stage.fresh());
        stage
            .owner(Method::POST, "/labels")
            .json(json!({ "project_id": stage.project, "name": name }))
    }),
    ("create a label under a key", "projects", 201, |stage| {
        let n = stage.fresh();
        let body = json!({ "organization_id": stage.team.id, "name": format!("Label {n}") });
        stage
            .owner(Method::POST, "/labels")
            .header("idempotency-key", &format!("key-{n}"))
            .json(body)
    }),
    ("recolour a label", "projects", 200, |stage| {
        let path = stage.label().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "color": "#1a7f37" }))
    }),
    ("rename a label", "projects", 200, |stage| {
        let path = stage.label().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "name": format!("Other {}", stage.fresh()) }))
    }),
    ("merge labels", "projects", 200, |stage| {
        let (path, target) = (stage.label().await, stage.label().await);
        let target = target.trim_start_matches("/labels/");
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "merge_into": target }))
    }),
    ("delete a label", "projects", 204, |stage| {
        let path = stage.label().await;
        stage.owner(Method::DELETE, &path)
    }),
    ("replace a workflow", "projects", 200, |stage| {
        let path = format!("{}/workflow", stage.new_project().await);
        let status = |key: &str| json!({ "key": key, "name": key, "category": key });
        let body = json!({ "statuses": [status("todo"), status("done")] });
        stage
            .owner(Method::PUT, &path)
            .header("if-match", "\"v1\"")
            .json(body)
    }),
    ("create a board", "boards", 201, |stage| {
        stage
            .owner(Method::POST, "/boards")
            .json(json!({ "project_id": stage.project, "name": "Board" }))
    }),
    ("create a board under a key", "boards", 201, |stage| {
        let key = format!("key-{}", stage.fresh());
        let body = json!({ "project_id": stage.project, "name": "Board" });
        stage
            .owner(Method::POST, "/boards")
            .header("idempotency-key", &key)
            .json(body)
    }),
    ("patch a board", "boards", 200, |stage| {
        let board = stage.board().await.id();
        stage
            .owner(Method::PATCH, &format!("/boards/{board}"))
            .json(json!({ "name": "Other" }))
    }),
    ("delete a board", "boards", 204, |stage| {
        let board = stage.board().await.id();
        stage.owner(Method::DELETE, &format!("/boards/{board}"))
    }),
    ("change a list of a board", "boards", 200, |stage| {
        let board = stage.board().await;
        let list = board.data()["lists"][1]["id"].as_str().unwrap_or_default();
        stage
            .owner(
                Method::PATCH,
                &format!("/boards/{}/lists/{list}", board.id()),
            )
            .json(json!({ "wip_limit": 3 }))
    }),
    ("do four things with tasks at once", "tasks", 200, |stage| {
        let tasks = [stage.task().await, stage.task().await, stage.task().await];
        let operation =
            |(op, task): (&str, &String)| json!({ "op": op, "id": task.rsplit('/').next() });
        let mut operations: Vec<Value> = ["update", "transition", "delete"]
            .into_iter()
            .zip(&tasks)
            .map(operation)
            .collect();
        (operations[0]["title"], operations[1]["to"]) = ("Newer".into(), "done".into());
        operations.push(json!({ "op": "create", "project_id": stage.project, "title": "New" }));
        stage
            .owner(Method::POST, "/tasks/bulk")
            .json(json!({ "mode": "atomic", "operations": operations }))
    }),
    (
        "do two things with tasks at once, under a key",
        "tasks",
        200,
        |stage| {
            let key = format!("key-{}", stage.fresh());
            let task = stage.task().await;
            let operations = [
                json!({ "op": "update", "id": task.rsplit('/').next(), "title": "Newer" }),
                json!({ "op": "create", "project_id": stage.project, "title": "New" }),
            ];
            let body = json!({ "mode": "atomic", "operations": operations });
            stage
                .owner(Method::POST, "/tasks/bulk")
                .header("idempotency-key", &key)
                .json(body)
        }
    ),
    ("save a view", "tasks", 201, |stage| {
        let body =
            json!({ "name": "Mine", "filter": { "project": stage.project }, "shared": true });
        stage.owner(Method::POST, "/views").json(body)
    }),
    ("change a view", "tasks", 200, |stage| {
        let body = json!({ "name": "Mine", "filter": { "project": stage.project } });
        let path = format!(
            "/views/{}",
            stage.team.owner.post("/views", body).await.expect(201).id()
        );
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "name": "Newer", "shared": true }))
    }),
    ("delete a view", "tasks", 200, |stage| {
        let body = json!({ "name": "Mine", "filter": { "project": stage.project } });
        let path = format!(
            "/views/{}",
            stage.team.owner.post("/views", body).await.expect(201).id()
        );
        stage.owner(Method::DELETE, &path)
    }),
    ("create a project", "projects", 201, |stage| {
        stage
            .owner(Method::POST, "/projects")
            .json(stage.project_body("organization"))
    }),
    ("create a private project", "projects", 201, |stage| {
        stage
            .owner(Method::POST, "/projects")
            .json(stage.project_body("private"))
    }),
    ("create a project without a key", "projects", 201, |stage| {
        let body = json!({ "organization_id": stage.team.id, "name": format!("Without {}", stage.fresh()) });
        stage.owner(Method::POST, "/projects").json(body)
    }),
    ("patch a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "name": "Newer" }))
    }),
    ("hide a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage
            .owner(Method::PATCH, &path)
            .json(json!({ "visibility": "private" }))
    }),
    ("archive a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.owner(Method::POST, &format!("{path}/archive"))
    }),
    ("unarchive a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage
            .team
            .owner
            .post(&format!("{path}/archive"), json!({}))
            .await
            .expect(200);
        stage.owner(Method::POST, &format!("{path}/unarchive"))
    }),
    ("delete a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.owner(Method::DELETE, &path)
    }),
    ("restore a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.team.owner.delete(&path).await.expect(200);
        stage.owner(Method::POST, &format!("{path}/restore"))
    }),
    ("give a role in a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage
            .owner(Method::PUT, &format!("{path}/members/{}", stage.bob.id))
            .json(json!({ "role": "owner" }))
    }),
    ("change a role in a project", "projects", 200, |stage| {
        let path = format!("{}/members/{}", stage.new_project().await, stage.bob.id);
        stage
            .team
            .owner
            .put(&path, json!({ "role": "owner" }))
            .await
            .expect(200);
        stage
            .owner(Method::PUT, &path)
            .json(json!({ "role": "viewer" }))
    }),
    ("take a role in a project away", "projects", 204, |stage| {
        let path = format!("{}/members/{}", stage.new_project().await, stage.bob.id);
        stage
            .team
            .owner
            .put(&path, json!({ "role": "owner" }))
            .await
            .expect(200);
        stage.owner(Method::DELETE, &path)
    }),
];
