//! `PUT` and `DELETE /tasks/{task_id}/comments/{comment_id}/reactions/{emoji}`.

use std::str::FromStr;

use app::App;
use app::talk::comment;
use app::work::task::TaskRef;
use axum::extract::State;
use domain::id::{CommentId, NotAnId};
use edge::openapi::IfMatch;
use edge::reply::NoContent;
use edge::{Caller, Problem, Segments};

/// An emoji of the Unicode standard (UTS #51), in its fully qualified form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji(&'static str);

impl FromStr for Emoji {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        emojis::get(text)
            .map(|emoji| Self(emoji.as_str()))
            .ok_or(NotAnId)
    }
}

/// Reacts to a comment.
///
/// A comment has at most 20 different emoji, and 500 reactions in all. To react twice with the same is to react once.
#[utoipa::path(put, path = "/tasks/{task_id}/comments/{comment_id}/reactions/{emoji}", tag = "comments",
    operation_id = "addReaction",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("comment_id" = Uuid, Path, description = "The comment's id."),
        ("emoji" = String, Path, description = "The emoji itself, percent-encoded.", example = "👍"), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, LimitReached, AmbiguousKey
    ]))))]
pub async fn add(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id, emoji)): Segments<(TaskRef, CommentId, Emoji)>,
) -> Result<NoContent, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    comment::add_reaction(&app, &call, task, id, emoji.0).await?;
    Ok(NoContent)
}

/// Takes one's reaction to a comment back.
///
/// That there is none is no error.
#[utoipa::path(delete, path = "/tasks/{task_id}/comments/{comment_id}/reactions/{emoji}", tag = "comments",
    operation_id = "removeReaction",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("comment_id" = Uuid, Path, description = "The comment's id."),
        ("emoji" = String, Path, description = "The emoji itself, percent-encoded.", example = "👍"), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived, AmbiguousKey]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((task, id, emoji)): Segments<(TaskRef, CommentId, Emoji)>,
) -> Result<NoContent, Problem> {
    let task = app::work::task::find_task(&app, &call, &task, None).await?;
    comment::remove_reaction(&app, &call, task, id, emoji.0).await?;
    Ok(NoContent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_has_one_spelling_and_anything_else_is_none() {
        assert_eq!("👍".parse(), Ok(Emoji("👍")));
        assert_eq!("❤".parse::<Emoji>(), "❤\u{fe0f}".parse());
        assert_eq!("👍🏽".parse(), Ok(Emoji("👍🏽")));
        for text in ["", "a", "thumbsup", "👍👍", "👍 ", "5", "é", "\u{200d}"] {
            assert_eq!(text.parse::<Emoji>(), Err(NotAnId), "{text}");
        }
    }
}
