//! `POST /tasks`.

use app::App;
use app::work::task::{self, Home, NewTask};
use axum::extract::State;
use domain::id::ProjectId;
use domain::text::Fault;
use domain::work::task::Priority;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::change::{due, labels, person};
use crate::dto::TaskDto;

/// A new task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "project_id": "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031", "title": "Write the press release",
    "description": "Two pages, with a **quote**.", "priority": "high", "due_date": "2026-12-24"
}))]
pub struct CreateTask {
    /// The project it goes to. This or `team_id` must be given.
    #[schema(format = Uuid)]
    project_id: Option<String>,
    /// The team it is for: it goes to the team's default project, which is made for its first task.
    #[schema(format = Uuid)]
    team_id: Option<String>,
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
    /// What it is marked with: ids of up to 20 labels of the project or of its organization.
    #[schema(value_type = Option<Vec<Uuid>>)]
    labels: Option<Vec<String>>,
}

/// Where the task goes.
fn home(faults: &mut Faults, project: Option<String>, team: Option<String>) -> Option<Home> {
    match (project, team) {
        (Some(text), None) => {
            let id = text
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a project's id"));
            faults.take("project_id", id).map(Home::Project)
        }
        (None, Some(text)) => {
            let id = text
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a team's id"));
            faults.take("team_id", id).map(Home::Team)
        }
        (Some(_), Some(_)) => {
            faults.note("team_id", "excluded", "cannot be given with project_id");
            None
        }
        (None, None) => {
            faults.note("project_id", "required", "or team_id must be given");
            None
        }
    }
}

impl CreateTask {
    /// Where the task goes, and what it is to be in the project that this comes to.
    // In one piece: a list of fields; the closure waits for nothing but the project, so every other
    // field must be read, and every fault known, before there is a closure.
    fn read(self) -> Result<(Home, impl FnOnce(ProjectId) -> NewTask), Error> {
        let (body, mut faults) = (self, Faults::new());
        let home = home(&mut faults, body.project_id, body.team_id);
        let title = faults.take("title", body.title.parse());
        let description = body
            .description
            .and_then(|text| faults.take("description", text.parse()));
        let status = body
            .status
            .and_then(|text| faults.take("status", text.parse()));
        let priority = body.priority.map_or(Some(Priority::Medium), |text| {
            faults.take("priority", text.parse())
        });
        let assignee = person(&mut faults, "assignee_id", body.assignee_id);
        let due = due(&mut faults, "due_date", body.due_date);
        let labels = labels(&mut faults, body.labels.unwrap_or_default());
        let ((home, title), priority) = faults.finish(home.zip(title).zip(priority))?;
        let new = move |project| NewTask {
            project,
            title,
            description,
            status,
            priority,
            assignee,
            due,
            labels,
        };
        Ok((home, new))
    }
}

/// A task among others, for which no project is made.
impl TryFrom<CreateTask> for NewTask {
    type Error = Error;

    fn try_from(body: CreateTask) -> Result<Self, Error> {
        match body.read()? {
            (Home::Project(project), new) => Ok(new(project)),
            (Home::Team(_), _) => Err(Error::field(
                "team_id",
                "excluded",
                "cannot be given in bulk; give project_id",
            )),
        }
    }
}

/// Creates a task.
///
/// It gets the next number of its project, so its key is the project's key and that number: `WEB-12`. Numbers are
/// unique and increase; now and then one is left out.
#[utoipa::path(post, path = "/tasks", tag = "tasks", operation_id = "createTask", request_body = CreateTask,
    responses((status = 201, description = "The task.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotFound, ProjectArchived]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateTask>,
) -> Result<Created<TaskDto>, Problem> {
    let (home, new) = body.read()?;
    let task = task::create_task_at(&app, &call, home, new).await?;
    let (id, version) = (task.thing.value.id, task.thing.version);
    Ok(Created::at(format!("/tasks/{id}"), task.into(), version))
}
