//! `POST /tasks/{task_id}/comments`.

use app::App;
use app::talk::comment::{self, Names, NewComment};
use app::work::task::TaskRef;
use axum::extract::State;
use domain::text::{CommentText, Fault};
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::CommentDto;
use crate::markdown;

/// A new comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTaskComment)]
pub struct CreateComment {
    /// What it says: 1 to 10,000 characters of Markdown. `@username` outside code and links mentions somebody, at most
    /// 50 people.
    #[schema(example = "Done: see **chapter 2**.")]
    body: String,
    /// The comment of the same task that it answers; it joins its thread.
    #[schema(format = Uuid)]
    parent_id: Option<String>,
}

/// The names that a text mentions.
pub fn names(body: &CommentText) -> Result<Names, Error> {
    Names::new(markdown::mentions(body.as_str()))
}

impl TryFrom<CreateComment> for NewComment {
    type Error = Error;

    fn try_from(body: CreateComment) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let parent = body.parent_id.and_then(|text| {
            let id = text
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a comment's id"));
            faults.take("parent_id", id)
        });
        let text: Option<CommentText> = faults.take("body", body.body.parse());
        let body = faults.finish(text)?;
        Ok(Self {
            names: names(&body)?,
            body,
            parent,
        })
    }
}

/// Comments on a task.
///
/// An answer to an answer joins the same thread; a deleted comment cannot be answered. Who is mentioned and may see the
/// task is told of it; any other `@name` is text. Those who only read comment where their project lets them
/// (`viewers_can_comment`).
#[utoipa::path(post, path = "/tasks/{task_id}/comments", tag = "comments", operation_id = "createComment",
    params(("task_id" = String, Path, description = "The task's id, or its key.")),
    request_body = CreateComment,
    responses((status = 201, description = "The comment.", body = One<CommentDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived, AmbiguousKey]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Body(body): Body<CreateComment>,
) -> Result<Created<CommentDto>, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    let comment = comment::create_comment(&app, &call, task, body.try_into()?).await?;
    let (id, version) = (comment.thing.value.id, comment.thing.version);
    Ok(Created::at(
        format!("/tasks/{task}/comments/{id}"),
        comment.into(),
        version,
    ))
}
