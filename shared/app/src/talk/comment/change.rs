//! Editing and deleting comments.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{CommentId, TaskId};
use domain::talk::comment::{Comment, Revision};
use domain::text::CommentText;
use domain::work::task::Task;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::history::revisions;
use super::{Names, found, live, one};
use crate::in_org::InOrg;
use crate::{App, retry};

/// Opens a comment for an action that its author may have a right to.
async fn open(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
    names: &Names,
    action: Action,
) -> Result<(Scope, Stored<Task>), Error> {
    let key = keys::comment(task, id);
    let extra: Vec<_> = [key.clone()].into_iter().chain(names.keys()).collect();
    let sealed = app.store.open(call, task, &extra).await?;
    sealed
        .about_part::<Comment>(&key, |comment| comment.author)?
        .require(action)
        .await
}

/// Gives a comment another text, and keeps the one that it had.
pub async fn update_comment(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
    body: CommentText,
    names: Names,
) -> Result<InOrg<Comment>, Error> {
    retry::contended(|| async {
        let (scope, opened) = open(app, call, task, id, &names, Action::CommentUpdate).await?;
        let comment = live(&scope, task, id)?;
        if scope.replays(&comment)? || says(&comment.value, &body) {
            return one(app, &scope, &opened.value, comment).await;
        }
        // By the mentions so far: a name that was given to another person since still means the
        // same one.
        let named = names.people(&scope, &comment.value.mentions);
        let (next, revision) =
            comment
                .value
                .edited(body.clone().into(), named, comment.version + 1, scope.at())?;
        let next = Comment {
            // The task may have been moved since; the event belongs to the project in which it is
            // now.
            project: opened.value.project,
            ..next
        };
        let saved = replace(app, &scope, &comment, next, revision).await?;
        one(app, &scope, &opened.value, saved).await
    })
    .await
}

/// Whether a comment has this text already. Of one that stands apart the digest is compared.
fn says(comment: &Comment, body: &CommentText) -> bool {
    let mut same = Comment {
        body: Some(body.clone().into()),
        ..comment.clone()
    };
    store::prose::reuse(comment, &mut same);
    same == *comment
}

/// Saves an edited comment with the text that it had.
async fn replace(
    app: &App,
    scope: &Scope,
    before: &Stored<Comment>,
    next: Comment,
    revision: Revision,
) -> Result<Stored<Comment>, Error> {
    let mut transaction = Transaction::new();
    let saved = transaction.save(before, next, scope.operation())?;
    transaction.create(revision, scope.operation(), Error::Conflict)?;
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}

/// Deletes a comment, all its texts with it: its place in the thread is left.
pub async fn delete_comment(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
) -> Result<(), Error> {
    retry::contended(|| async {
        let (scope, opened) = open(
            app,
            call,
            task,
            id,
            &Names::default(),
            Action::CommentDelete,
        )
        .await?;
        // One that is deleted too: whoever repeats the request finds what they have deleted.
        let comment = found(&scope, task, id)?;
        if scope.replays(&comment)? {
            return Ok(());
        }
        if !comment.value.is_live() {
            return Err(Error::NotFound);
        }
        let left = Comment {
            project: opened.value.project,
            ..comment.value.deleted(scope.user(), scope.at())
        };
        leave(app, &scope, &comment, left).await
    })
    .await
}

/// Saves what is left of a comment, and deletes the texts that it had before.
async fn leave(
    app: &App,
    scope: &Scope,
    before: &Stored<Comment>,
    left: Comment,
) -> Result<(), Error> {
    let comment = &before.value;
    // It never had another text, so nothing is looked for.
    if comment.edits == 0 {
        return app.store.save(scope, before, left).await.map(drop);
    }
    let texts: Vec<Stored<Revision>> = revisions(app, scope, comment.task, comment.id).await?;
    let mut transaction = Transaction::new();
    transaction.save(before, left, scope.operation())?;
    texts.iter().for_each(|text| transaction.delete(text));
    app.store.commit(scope, transaction).await
}
