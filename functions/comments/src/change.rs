//! `PATCH` and `DELETE /tasks/{task_id}/comments/{comment_id}`.

use app::App;
use app::talk::comment;
use app::work::task::TaskRef;
use axum::extract::State;
use domain::Faults;
use domain::id::CommentId;
use domain::text::CommentText;
use edge::openapi::{IfMatch, One};
use edge::reply::{Data, NoContent};
use edge::{Body, Caller, Problem, Segments};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::create::names;
use crate::dto::CommentDto;

/// What to change of a comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateTaskComment)]
pub struct UpdateComment {
    /// What it says: 1 to 10,000 characters of Markdown.
    #[schema(example = "Done: see **chapter 3**.")]
    body: String,
}

/// Edits a comment.
///
/// Only its author can, at most 50 times. The text that it had is kept in its history. Who was not mentioned before and
/// is now is told of it.
#[utoipa::path(patch, path = "/tasks/{task_id}/comments/{comment_id}", tag = "comments", operation_id = "updateComment",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("comment_id" = Uuid, Path, description = "The comment's id."), IfMatch),
    request_body = UpdateComment,
    responses((status = 200, description = "The comment.", body = One<CommentDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, LimitReached, AmbiguousKey
    ]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskRef, CommentId)>,
    Body(body): Body<UpdateComment>,
) -> Result<Data<CommentDto>, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    let mut faults = Faults::new();
    let text: Option<CommentText> = faults.take("body", body.body.parse());
    let text = faults.finish(text)?;
    let names = names(&text)?;
    let comment = comment::update_comment(&app, &call, task, id, text, names).await?;
    let version = comment.thing.version;
    Ok(Data::versioned(comment.into(), version))
}

/// Deletes a comment.
///
/// Its author can, and who moderates. Its texts and reactions are gone for good; its place in the thread is left, and
/// the answers to it stay.
#[utoipa::path(delete, path = "/tasks/{task_id}/comments/{comment_id}", tag = "comments", operation_id = "deleteComment",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("comment_id" = Uuid, Path, description = "The comment's id."), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived, AmbiguousKey]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskRef, CommentId)>,
) -> Result<NoContent, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    comment::delete_comment(&app, &call, task, id).await?;
    Ok(NoContent)
}
