//! Tasks and projects.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Request;

use super::cases;
use crate::faults::stage::{Case, Stage};

impl Stage {
    fn owner(&self, method: Method, path: &str) -> Request {
        self.team.owner.request(method, path)
    }

    async fn task(&self) -> String {
        format!("/tasks/{}", self.team.task(&self.project, "Some task").await)
    }

    async fn new_project(&self) -> String {
        format!("/projects/{}", self.team.project(&format!("P{}", self.fresh())).await)
    }

    fn project_body(&self, visibility: &str) -> Value {
        let key = format!("Q{}", self.fresh());
        json!({ "organization_id": self.team.id, "name": key, "key": key, "visibility": visibility })
    }
}

pub const CASES: &[Case] = cases![
    ("create a task", "tasks", 201, |stage| {
        stage.owner(Method::POST, "/tasks").json(json!({ "project_id": stage.project, "title": "New" }))
    }),
    ("create a task under a key", "tasks", 201, |stage| {
        let key = format!("key-{}", stage.fresh());
        let body = json!({ "project_id": stage.project, "title": "New", "assignee_id": stage.bob.id });
        stage.owner(Method::POST, "/tasks").header("idempotency-key", &key).json(body)
    }),
    ("patch a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.owner(Method::PATCH, &path).json(json!({ "title": "Newer", "due_date": "2027-01-01" }))
    }),
    ("patch a version of a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.owner(Method::PATCH, &path).header("if-match", "\"v1\"").json(json!({ "title": "Newer" }))
    }),
    ("assign a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.owner(Method::PATCH, &path).json(json!({ "assignee_id": stage.bob.id }))
    }),
    ("finish a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.owner(Method::POST, &format!("{path}/transition")).json(json!({ "to": "done" }))
    }),
    ("delete a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.owner(Method::DELETE, &path)
    }),
    ("restore a task", "tasks", 200, |stage| {
        let path = stage.task().await;
        stage.team.owner.delete(&path).await.expect(200);
        stage.owner(Method::POST, &format!("/trash{}/restore", path.replace("tasks", "task")))
    }),
    ("create a project", "projects", 201, |stage| {
        stage.owner(Method::POST, "/projects").json(stage.project_body("organization"))
    }),
    ("create a private project", "projects", 201, |stage| {
        stage.owner(Method::POST, "/projects").json(stage.project_body("private"))
    }),
    ("create a project without a key", "projects", 201, |stage| {
        let body = json!({ "organization_id": stage.team.id, "name": format!("Without {}", stage.fresh()) });
        stage.owner(Method::POST, "/projects").json(body)
    }),
    ("patch a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.owner(Method::PATCH, &path).json(json!({ "name": "Newer" }))
    }),
    ("hide a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.owner(Method::PATCH, &path).json(json!({ "visibility": "private" }))
    }),
    ("archive a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.owner(Method::POST, &format!("{path}/archive"))
    }),
    ("unarchive a project", "projects", 200, |stage| {
        let path = stage.new_project().await;
        stage.team.owner.post(&format!("{path}/archive"), json!({})).await.expect(200);
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
        stage.owner(Method::PUT, &format!("{path}/members/{}", stage.bob.id)).json(json!({ "role": "owner" }))
    }),
    ("change a role in a project", "projects", 200, |stage| {
        let path = format!("{}/members/{}", stage.new_project().await, stage.bob.id);
        stage.team.owner.put(&path, json!({ "role": "owner" })).await.expect(200);
        stage.owner(Method::PUT, &path).json(json!({ "role": "viewer" }))
    }),
    ("take a role in a project away", "projects", 204, |stage| {
        let path = format!("{}/members/{}", stage.new_project().await, stage.bob.id);
        stage.team.owner.put(&path, json!({ "role": "owner" })).await.expect(200);
        stage.owner(Method::DELETE, &path)
    }),
];
