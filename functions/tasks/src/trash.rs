//! `GET /trash` and restoring tasks from it.

use app::App;
use app::work::task::{self, TrashFilter};
use axum::extract::State;
use domain::Error;
use domain::id::TaskId;
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Data, Listed};
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{TaskDto, TrashDto};

/// Which deleted things.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTrash {
    /// Of this organization only: id or slug.
    org: Option<String>,
    /// task or project.
    r#type: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what is deleted and can still be restored.
///
/// Tasks and projects that you may see, latest first. What is in a deleted project comes back with the project.
#[utoipa::path(get, path = "/trash", tag = "tasks", operation_id = "listTrash", params(ListTrash),
    responses((status = 200, description = "A page of deleted things.", body = Many<TrashDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListTrash>,
) -> Result<Listed<TrashDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref())?;
    let kind = match query.r#type.as_deref() {
        None => None,
        Some("task") => Some("task"),
        Some("project") => Some("project"),
        Some(_) => return Err(Error::filter("type", "must be task or project").into()),
    };
    let filter = TrashFilter {
        org: query.org,
        kind,
    };
    let page = task::list_trash(&app, &call, &filter, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(TrashDto::from)))
}

/// Restores a deleted task.
///
/// To where it was, with its number and place.
#[utoipa::path(post, path = "/trash/task/{task_id}/restore", tag = "tasks", operation_id = "restoreTask",
    params(("task_id" = Uuid, Path, description = "The task's id."), IfMatch),
    responses((status = 200, description = "The task.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, ParentDeleted, NotDeleted, Gone
    ]))))]
pub async fn restore(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<TaskId>,
) -> Result<Data<TaskDto>, Problem> {
    let task = task::restore_task(&app, &call, id).await?;
    let version = task.thing.version;
    Ok(Data::versioned(task.into(), version))
}
