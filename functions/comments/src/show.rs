//! `GET /tasks/{task_id}/comments/{comment_id}`, and its history.

use app::App;
use app::talk::comment;
use app::work::task::TaskRef;
use axum::extract::State;
use domain::id::CommentId;
use edge::openapi::{Many, One};
use edge::reply::{Data, Listed};
use edge::{Caller, Problem, Segments};

use crate::dto::{CommentDto, RevisionDto};

/// Reads a comment.
///
/// Of a deleted one its place in the thread is left.
#[utoipa::path(get, path = "/tasks/{task_id}/comments/{comment_id}", tag = "comments", operation_id = "getComment",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("comment_id" = Uuid, Path, description = "The comment's id.")),
    responses((status = 200, description = "The comment.", body = One<CommentDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskRef, CommentId)>,
) -> Result<Data<CommentDto>, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    let comment = comment::get_comment(&app, &call, task, id).await?;
    let version = comment.thing.version;
    Ok(Data::versioned(comment.into(), version))
}

/// Lists the texts that a comment had before it was edited.
///
/// Oldest first. A deleted comment has none any more.
#[utoipa::path(get, path = "/tasks/{task_id}/comments/{comment_id}/history", tag = "comments",
    operation_id = "getCommentHistory",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("comment_id" = Uuid, Path, description = "The comment's id.")),
    responses((status = 200, description = "The earlier texts.", body = Many<RevisionDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn history(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskRef, CommentId)>,
) -> Result<Listed<RevisionDto>, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    let texts = comment::get_comment_history(&app, &call, task, id).await?;
    Ok(Listed::all(
        texts.into_iter().map(RevisionDto::from).collect(),
    ))
}
