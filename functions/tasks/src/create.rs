//! `POST /tasks`.

use app::App;
use app::task::{self, NewTask};
use axum::extract::State;
use domain::task::Priority;
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::change::{due, person};
use crate::view::TaskView;

/// A new task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTask {
    /// The project it goes to.
    #[schema(format = Uuid)]
    project_id: String,
    /// What it is called: 1 to 200 characters.
    #[schema(example = "Write the press release")]
    title: String,
    /// What it is about (Markdown): up to 32 768 characters.
    #[schema(example = "Two pages, with a **quote**.")]
    description: Option<String>,
    /// A status of the project's workflow; without it the first in which work has not begun: todo.
    #[schema(example = "todo")]
    status: Option<String>,
    /// low, medium (the default), high or urgent.
    #[schema(example = "high")]
    priority: Option<String>,
    /// Who does it: somebody who can see the project.
    #[schema(format = Uuid)]
    assignee_id: Option<String>,
    /// When it is due: a day (its end, where the assignee is) or a moment.
    #[schema(example = "2026-12-24")]
    due_date: Option<String>,
}

impl TryFrom<CreateTask> for NewTask {
    type Error = Error;

    fn try_from(body: CreateTask) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let id = body.project_id.parse().map_err(|_| Fault::new("invalid", "must be a project's id"));
        let project = faults.take("project_id", id);
        let title = faults.take("title", body.title.parse());
        let description = body.description.and_then(|text| faults.take("description", text.parse()));
        let status = body.status.and_then(|text| faults.take("status", text.parse()));
        let priority = body.priority.map_or(Some(Priority::Medium), |text| faults.take("priority", text.parse()));
        let assignee = person(&mut faults, "assignee_id", body.assignee_id);
        let due = due(&mut faults, "due_date", body.due_date);
        let needed = project.zip(title).zip(priority);
        faults.finish(needed.map(|((project, title), priority)| Self {
            project,
            title,
            description,
            status,
            priority,
            assignee,
            due,
        }))
    }
}

/// Creates a task.
///
/// It gets the next number of its project, so its key is the project's key and that number: `WEB-12`. Numbers are
/// unique and increase; now and then one is left out.
#[utoipa::path(post, path = "/tasks", tag = "tasks", operation_id = "createTask", request_body = CreateTask,
    responses((status = 201, description = "The task.", body = One<TaskView>)))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateTask>,
) -> Result<Created<TaskView>, Problem> {
    let task = task::create(&app, &call, body.try_into()?).await?;
    let (id, version) = (task.thing.value.id, task.thing.version);
    Ok(Created::at(format!("/tasks/{id}"), task.into(), version))
}
