//! `DELETE /tasks/{task_id}/attachments/{attachment_id}`.

use app::work::task::TaskRef;
use app::{App, files::attachment};
use axum::extract::State;
use domain::id::AttachmentId;
use edge::openapi::IfMatch;
use edge::reply::NoContent;
use edge::{Caller, Problem, Segments};

/// Deletes a file.
///
/// With all its versions; or one that you have announced and no longer want to upload.
#[utoipa::path(delete, path = "/tasks/{task_id}/attachments/{attachment_id}", tag = "attachments",
    operation_id = "deleteAttachment",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("attachment_id" = Uuid, Path, description = "The file's id."), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived, AmbiguousKey]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskRef, AttachmentId)>,
) -> Result<NoContent, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    attachment::delete_attachment(&app, &call, task, id).await?;
    Ok(NoContent)
}
