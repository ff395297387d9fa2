//! `GET /tasks/{task_id}/attachments`.

use app::work::task::TaskRef;
use app::{App, files::attachment};
use axum::extract::State;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::AttachmentDto;

/// A page of a task's files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAttachments {
    /// How many rows: 1 to 100, 20 without it.
    limit: Option<String>,
    /// Where the page before ended: its `next_cursor`.
    cursor: Option<String>,
}

/// Lists the files on a task.
///
/// Oldest first, each with its newest version; without those that nobody has completed.
#[utoipa::path(get, path = "/tasks/{task_id}/attachments", tag = "attachments", operation_id = "listAttachments",
    params(("task_id" = String, Path, description = "The task's id, or its key."), ListAttachments),
    responses((status = 200, description = "A page of files.", body = Many<AttachmentDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<ListAttachments>,
) -> Result<Listed<AttachmentDto>, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    let limit = edge::limit(query.limit.as_deref())?;
    let page =
        attachment::list_attachments(&app, &call, task, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(|file| AttachmentDto::from(&file))))
}
