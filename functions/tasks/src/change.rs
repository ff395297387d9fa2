//! `PATCH` and `DELETE /tasks/{task_id}`.

use app::App;
use app::work::task::{self, TaskChange, TaskRef};
use axum::extract::State;
use domain::id::{LabelId, UserId};
use domain::text::Fault;
use domain::work::due::Due;
use domain::work::label::Label;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::patch::Field;
use edge::reply::Data;
use edge::{Body, Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::TaskDto;
use crate::show::{InOrganization, organization};

/// What to change. An absent member stays as others left it; null empties.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTask {
    /// What it is called.
    #[schema(example = "Write and translate the press release")]
    title: Option<String>,
    /// What it is about (Markdown).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Field<String>,
    /// A status of the project's workflow: the same step as a transition.
    #[schema(example = "in_progress")]
    status: Option<String>,
    /// low, medium, high or urgent.
    #[schema(example = "urgent")]
    priority: Option<String>,
    /// Who does it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    assignee_id: Field<String>,
    /// When it is due.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2026-12-24")]
    due_date: Field<String>,
    /// What it is marked with, instead of all that it was: ids of up to 20 labels.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>)]
    labels: Field<Vec<String>>,
}

/// A person's id in a body.
pub fn person(faults: &mut Faults, field: &str, text: Option<String>) -> Option<UserId> {
    let parse = |text: String| {
        text.parse()
            .map_err(|_| Fault::new("invalid", "must be a user's id"))
    };
    text.and_then(|text| faults.take(field, parse(text)))
}

/// The ids of labels in a body.
pub fn labels(faults: &mut Faults, ids: Vec<String>) -> Vec<LabelId> {
    if ids.len() > Label::MAX_ON_TASK {
        faults.note(
            "labels",
            "too_many",
            format!("must be at most {}", Label::MAX_ON_TASK),
        );
        return vec![];
    }
    let invalid = |_| Fault::new("invalid", "must be a label's id");
    let read = |(at, id): (usize, &String)| {
        faults.take(&format!("/labels/{at}"), id.parse().map_err(invalid))
    };
    ids.iter().enumerate().filter_map(read).collect()
}

/// A due date in a body.
pub fn due(faults: &mut Faults, field: &str, text: Option<String>) -> Option<Due> {
    text.and_then(|text| faults.take(field, text.parse()))
}

impl TryFrom<UpdateTask> for TaskChange {
    type Error = Error;

    // In one piece: a list of fields; each is read beside its name in the body, all of them before
    // any fault is told.
    fn try_from(body: UpdateTask) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let title = body
            .title
            .and_then(|text| faults.take("title", text.parse()));
        let description = body
            .description
            .into_option()
            .map(|text| text.and_then(|text: String| faults.take("description", text.parse())));
        let status = body
            .status
            .and_then(|text| faults.take("status", text.parse()));
        let priority = body
            .priority
            .and_then(|text| faults.take("priority", text.parse()));
        let assignee = body
            .assignee_id
            .into_option()
            .map(|text| person(&mut faults, "assignee_id", text));
        let due = body
            .due_date
            .into_option()
            .map(|text| due(&mut faults, "due_date", text));
        let labels = body
            .labels
            .into_option()
            .map(|ids| labels(&mut faults, ids.unwrap_or_default()));
        faults.finish(Some(Self {
            title,
            description,
            status,
            priority,
            assignee,
            due,
            labels,
        }))
    }
}

/// Changes a task.
///
/// Members that you leave out stay as others left them, so two people can change different fields at once. With
/// `If-Match` the change depends on the version you have seen.
#[utoipa::path(patch, path = "/tasks/{task_id}", tag = "tasks", operation_id = "updateTask",
    params(("task_id" = String, Path, description = "The task's id, or its key."), InOrganization, IfMatch),
    request_body = UpdateTask,
    responses((status = 200, description = "The task.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition, Conflict
    ]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<InOrganization>,
    Body(body): Body<UpdateTask>,
) -> Result<Data<TaskDto>, Problem> {
    let change = body.try_into()?;
    let id = task::find_task(
        &app,
        &call,
        &task,
        organization(query.org.as_deref())?.as_ref(),
    )
    .await?;
    let task = task::update_task(&app, &call, id, change).await?;
    let version = task.thing.version;
    Ok(Data::versioned(task.into(), version))
}

/// Deletes a task.
///
/// It goes to the trash and can be restored until `restore_until`.
#[utoipa::path(delete, path = "/tasks/{task_id}", tag = "tasks", operation_id = "deleteTask",
    params(("task_id" = String, Path, description = "The task's id, or its key."), InOrganization, IfMatch),
    responses((status = 200, description = "The deleted task, with `restore_until`.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, AmbiguousKey, ProjectArchived, Conflict
    ]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<InOrganization>,
) -> Result<Data<TaskDto>, Problem> {
    let id = task::find_task(
        &app,
        &call,
        &task,
        organization(query.org.as_deref())?.as_ref(),
    )
    .await?;
    let task = task::delete_task(&app, &call, id).await?;
    let version = task.thing.version;
    Ok(Data::versioned(task.into(), version))
}
