//! Requests with many operations, and saved views.

use serde_json::{Value, json};
use tests::Person;

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

impl Stage {
    /// One operation on a task, or a new one.
    pub async fn arrange_bulk(&self, variant: &str, who: &Person) -> Sample {
        let project = if variant == "private" {
            &self.private
        } else {
            &self.open
        };
        let task = self
            .task(
                project,
                Some(who).filter(|_| variant == "assigned to the caller"),
            )
            .await;
        let operation = match variant {
            "creates" => json!({ "op": "create", "project_id": project, "title": "New" }),
            "deletes" => json!({ "op": "delete", "id": task }),
            "assigned to the caller" => json!({ "op": "transition", "id": task, "to": "done" }),
            _ => json!({
                "op": "update", "id": task, "if_match": 1, "title": "Changed", "description": "About it.",
                "status": "in_progress", "priority": "low", "due_date": "2030-02-01", "assignee_id": self.owner().id,
                "labels": [],
            }),
        };
        let mode = if variant == "best effort" {
            "best_effort"
        } else {
            "atomic"
        };
        Sample::with(json!({ "mode": mode, "operations": [operation] }))
    }

    /// A request about views; the view is the owner's and shared unless the variant says otherwise.
    pub async fn arrange_view(&self, operation: &Operation, variant: &str, who: &Person) -> Sample {
        match operation.id.as_str() {
            "listViews" => {
                return Sample::default().query([
                    ("org", &self.team.id),
                    ("project", &self.open),
                    ("limit", "5"),
                ]);
            }
            "createView" => return Sample::with(self.view_body(variant)),
            _ => {}
        }
        let own = if variant == "own" {
            Some(who.post("/views", self.view_body(variant)).await)
        } else {
            None
        };
        let view = match own.filter(|made| made.status == 201) {
            Some(made) => made.id(),
            None => self.view(variant).await,
        };
        let sample = Sample::at([&view]);
        if operation.id != "updateView" {
            return sample;
        }
        let mut body = self.view_body(variant);
        body.as_object_mut().unwrap().remove("organization_id");
        sample.body(body)
    }

    /// A view of the owner's.
    pub async fn view(&self, variant: &str) -> String {
        self.owner()
            .post("/views", self.view_body(variant))
            .await
            .expect(201)
            .id()
    }

    fn view_body(&self, variant: &str) -> Value {
        let project = if variant == "private" {
            &self.private
        } else {
            &self.open
        };
        json!({
            "organization_id": self.team.id, "name": format!("View {}", self.next()), "shared": variant != "not shared",
            "filter": {
                "project": project, "status": "todo", "priority": "high", "assigned_to": self.owner().id,
                "due_before": "2040-01-01", "due_after": "2020-01-01", "q": "task", "ordering": "-priority",
            },
        })
    }
}
