//! Requests that are in order, about labels and workflows.

use serde_json::{Value, json};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

impl Stage {
    /// A new label of the organization, or of a project of it.
    pub(super) async fn label(&self, project: Option<&str>) -> String {
        let name = format!("Label {}", self.next());
        let body = json!({ "organization_id": self.team.id, "project_id": project, "name": name });
        self.owner().post("/labels", body).await.expect(201).id()
    }

    /// A request about labels.
    pub(super) async fn arrange_labels(&self, operation: &Operation, variant: &str) -> Sample {
        let n = self.next();
        let project = match variant {
            "private" => Some(self.private.as_str()),
            "of the organization" => None,
            _ => Some(self.open.as_str()),
        };
        match operation.id.as_str() {
            "listLabels" if variant == "of the organization" => {
                Sample::default().query([("org", &self.team.id)])
            }
            "listLabels" => Sample::default().query([
                ("project", project.unwrap_or_default()),
                ("q", "label"),
                ("limit", "5"),
            ]),
            "createLabel" => Sample::with(json!({
                "name": format!("New {n}"), "color": "#1a7f37", "organization_id": self.team.id, "project_id": project,
            })),
            "updateLabel" if variant == "merged" => {
                let target = self.label(None).await;
                Sample::at([&self.label(project).await]).body(json!({ "merge_into": target }))
            }
            "updateLabel" => {
                let body = json!({ "name": format!("Other {n}"), "color": "#1a7f37" });
                Sample::at([&self.label(project).await]).body(body)
            }
            _ => Sample::at([&self.label(project).await]),
        }
    }

    /// A workflow that every task of the stage can follow.
    pub(super) async fn arrange_workflow(&self, project: &str) -> Sample {
        let status = |key: &str| json!({ "key": key, "name": key, "category": key, "color": "#1a7f37", "final": false });
        let statuses: Vec<Value> = ["todo", "in_progress", "done"].map(status).to_vec();
        let step = |from: &str, to: &str| json!({ "from": [from], "to": to, "roles": ["member"], "require_fields": ["description"] });
        let steps = json!([
            step("todo", "in_progress"),
            step("in_progress", "done"),
            step("done", "todo")
        ]);
        let path = format!("/projects/{project}/workflow");
        let seen = self
            .owner()
            .get(&path)
            .await
            .expect(200)
            .header("etag")
            .to_owned();
        let body = json!({ "statuses": statuses, "transitions": steps, "status_map": {} });
        Sample {
            seen: Some(seen),
            ..Sample::at([project]).body(body)
        }
    }
}
