//! `POST /tasks/{task_id}/transition`.

use app::App;
use app::task::{self, TaskRef};
use axum::extract::State;
use domain::Faults;
use edge::openapi::{IfMatch, One};
use edge::reply::Data;
use edge::{Body, Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::show::{InOrganization, organization};
use crate::view::TaskView;

/// A step along the workflow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionTask {
    /// The status to move to: todo, in_progress or done.
    #[schema(example = "done")]
    to: String,
}

/// Moves a task along its workflow.
///
/// Work begins and is put back (todo, in_progress), anything open can be finished (done), and what is done can be
/// reopened. Entering done sets `completed_at`, leaving it clears it.
#[utoipa::path(post, path = "/tasks/{task_id}/transition", tag = "tasks", operation_id = "transitionTask",
    params(("task_id" = String, Path, description = "The task's id, or its key."), InOrganization, IfMatch),
    request_body = TransitionTask,
    responses((status = 200, description = "The task.", body = One<TaskView>)))]
pub async fn transition(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<InOrganization>,
    Body(body): Body<TransitionTask>,
) -> Result<Data<TaskView>, Problem> {
    let mut faults = Faults::new();
    let to = faults.take("to", body.to.parse());
    let to = faults.finish(to)?;
    let id = task::find(&app, &call, &task, organization(query.org.as_deref())?.as_ref()).await?;
    let task = task::transition(&app, &call, id, to).await?;
    let version = task.thing.version;
    Ok(Data::versioned(task.into(), version))
}
