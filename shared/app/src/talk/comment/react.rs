//! Reactions to comments.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{CommentId, TaskId, UserId};
use domain::talk::comment::Comment;
use store::keys;

use super::live;
use crate::{App, retry};

/// Adds the caller's reaction to a comment; that it is there already is no error.
pub async fn add_reaction(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
    emoji: &str,
) -> Result<(), Error> {
    change(app, call, task, id, |comment, user| {
        comment.react(emoji, user)
    })
    .await
}

/// Takes the caller's reaction away; that there is none is no error.
pub async fn remove_reaction(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
    emoji: &str,
) -> Result<(), Error> {
    change(app, call, task, id, |comment, user| {
        comment.unreact(emoji, user);
        Ok(())
    })
    .await
}

async fn change(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
    step: impl Fn(&mut Comment, UserId) -> Result<(), Error>,
) -> Result<(), Error> {
    retry::contended(|| async {
        // Who may comment may react; there is no right of its own for that.
        let sealed = app
            .store
            .open(call, task, &[keys::comment(task, id)])
            .await?;
        let (scope, opened) = sealed.require(Action::CommentCreate).await?;
        let comment = live(&scope, task, id)?;
        if scope.replays(&comment)? {
            return Ok(());
        }
        let mut next = comment.value.clone();
        step(&mut next, scope.user())?;
        // Without a difference nothing is written, so the time stays too.
        if next != comment.value {
            next.project = opened.value.project;
            (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        }
        app.store.save(&scope, &comment, next).await.map(drop)
    })
    .await
}
