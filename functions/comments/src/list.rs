//! `GET /tasks/{task_id}/comments`.

use app::App;
use app::talk::comment;
use app::work::task::TaskRef;
use axum::extract::State;
use domain::Error;
use domain::id::CommentId;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::CommentDto;

/// Which comments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListComments {
    /// Only the thread in which this comment stands.
    thread: Option<String>,
    /// How many, 1 to 100; 20 if absent. A page of very long comments has fewer.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl ListComments {
    fn thread(&self) -> Result<Option<CommentId>, Error> {
        let id = |text: &str| {
            text.parse()
                .map_err(|_| Error::filter("thread", "must be a comment's id"))
        };
        self.thread.as_deref().map(id).transpose()
    }
}

/// Lists the comments on a task.
///
/// Thread by thread, in the order in which they began, the answers behind the comment that began it, oldest first.
/// Deleted comments keep their places. The list may lag behind a write by about a second.
#[utoipa::path(get, path = "/tasks/{task_id}/comments", tag = "comments", operation_id = "listComments",
    params(("task_id" = String, Path, description = "The task's id, or its key."), ListComments),
    responses((status = 200, description = "A page of comments.", body = Many<CommentDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<ListComments>,
) -> Result<Listed<CommentDto>, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page = comment::list_comments(
        &app,
        &call,
        task,
        query.thread()?,
        limit,
        query.cursor.as_deref(),
    )
    .await?;
    Ok(Listed::page(page.map(CommentDto::from)))
}
