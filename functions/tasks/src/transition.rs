//! `POST /tasks/{task_id}/transition`.

use app::App;
use app::work::task::{self, TaskRef};
use axum::extract::State;
use domain::work::workflow::StatusKey;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::reply::Data;
use edge::{Body, Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::TaskDto;
use crate::show::{InOrganization, organization};

/// A step along the workflow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionTask {
    /// The status to move to: one of the project's workflow.
    #[schema(example = "done")]
    to: String,
}

impl TryFrom<TransitionTask> for StatusKey {
    type Error = Error;

    fn try_from(body: TransitionTask) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let to = faults.take("to", body.to.parse());
        faults.finish(to)
    }
}

/// Moves a task along its workflow.
///
/// To a status that may follow the present one in the project's workflow; in the default one every status may. Entering
/// one that amounts to done or cancelled sets `completed_at`, leaving it clears it.
#[utoipa::path(post, path = "/tasks/{task_id}/transition", tag = "tasks", operation_id = "transitionTask",
    params(("task_id" = String, Path, description = "The task's id, or its key."), InOrganization, IfMatch),
    request_body = TransitionTask,
    responses((status = 200, description = "The task.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition
    ]))))]
pub async fn transition(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<InOrganization>,
    Body(body): Body<TransitionTask>,
) -> Result<Data<TaskDto>, Problem> {
    let to = body.try_into()?;
    let id = task::find_task(
        &app,
        &call,
        &task,
        organization(query.org.as_deref())?.as_ref(),
    )
    .await?;
    let task = task::transition_task(&app, &call, id, to).await?;
    let version = task.thing.version;
    Ok(Data::versioned(task.into(), version))
}
