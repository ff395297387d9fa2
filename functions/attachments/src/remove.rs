//! `DELETE /tasks/{task_id}/attachments/{attachment_id}`.

use app::{App, attachment};
use axum::extract::State;
use domain::id::{AttachmentId, TaskId};
use edge::openapi::IfMatch;
use edge::reply::NoContent;
use edge::{Caller, Problem, Segments};

/// Deletes a file.
///
/// With all its versions; or one that you have announced and no longer want to upload.
#[utoipa::path(delete, path = "/tasks/{task_id}/attachments/{attachment_id}", tag = "attachments",
    operation_id = "deleteAttachment",
    params(("task_id" = Uuid, Path, description = "The task's id."),
        ("attachment_id" = Uuid, Path, description = "The file's id."), IfMatch),
    responses((status = 204, description = "Done.")))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskId, AttachmentId)>,
) -> Result<NoContent, Problem> {
    attachment::remove(&app, &call, task, id).await?;
    Ok(NoContent)
}
