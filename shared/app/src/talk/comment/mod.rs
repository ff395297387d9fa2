//! Comments on tasks: threads, edits, deletions, reactions, and who is mentioned.

mod change;
mod create;
mod history;
mod list;
mod mentions;
mod react;

pub use change::{delete_comment, update_comment};
pub use create::{NewComment, create_comment};
pub use history::get_comment_history;
pub use list::list_comments;
pub use mentions::Names;
use mentions::seeing;
pub use react::{add_reaction, remove_reaction};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{CommentId, TaskId};
use domain::talk::comment::Comment;
use domain::work::task::Task;
use store::record::Stored;
use store::store::read_all;
use store::{Scope, keys};

use crate::App;
use crate::in_org::InOrg;

/// A comment of a task that was opened together with it; an id of another tenant names none.
fn found(scope: &Scope, task: TaskId, id: CommentId) -> Result<Stored<Comment>, Error> {
    let comment = scope.extra::<Comment>(&keys::comment(task, id))?;
    comment
        .filter(|comment| comment.value.id == id)
        .ok_or(Error::NotFound)
}

/// The same, unless it is deleted.
fn live(scope: &Scope, task: TaskId, id: CommentId) -> Result<Stored<Comment>, Error> {
    let comment = found(scope, task, id)?;
    if comment.value.is_live() {
        Ok(comment)
    } else {
        Err(Error::NotFound)
    }
}

/// Comments of a task as they are shown now: mentioned is who may see the task at this moment.
async fn shown(
    app: &App,
    scope: &Scope,
    task: &Task,
    mut comments: Vec<Stored<Comment>>,
) -> Result<Vec<InOrg<Comment>>, Error> {
    read_texts(app, scope, &mut comments).await?;
    let named = comments
        .iter()
        .flat_map(|comment| &comment.value.mentions)
        .map(|mention| mention.user)
        .collect();
    let seeing = seeing(app, task, named).await?;
    let show = |mut comment: Stored<Comment>| {
        comment
            .value
            .mentions
            .retain(|mention| seeing.contains(&mention.user));
        InOrg::of(scope, comment)
    };
    Ok(comments.into_iter().map(show).collect())
}

/// Reads the texts of comments that stand apart. A comment whose text is not there any more was deleted since it was read,
/// and is read once more.
async fn read_texts(
    app: &App,
    scope: &Scope,
    comments: &mut [Stored<Comment>],
) -> Result<(), Error> {
    let gone = app
        .store
        .read_texts(scope, comments.iter_mut().map(|comment| &mut comment.value))
        .await?;
    if gone.is_empty() {
        return Ok(());
    }
    let table = app
        .store
        .outside("comments of a task that was opened, which were deleted meanwhile");
    let mut present = read_all::<Comment>(table.get_many(&gone, true).await?)?;
    for comment in comments.iter_mut() {
        if let Some(present) = present.remove(&comment.key()) {
            *comment = present;
        }
    }
    let missing =
        |comment: &Stored<Comment>| gone.contains(&comment.key()) && comment.value.is_live();
    match comments.iter().any(missing) {
        true => Err(Error::Internal("a comment without its text".to_owned())),
        false => Ok(()),
    }
}

async fn one(
    app: &App,
    scope: &Scope,
    task: &Task,
    comment: Stored<Comment>,
) -> Result<InOrg<Comment>, Error> {
    shown(app, scope, task, vec![comment])
        .await?
        .pop()
        .ok_or(Error::NotFound)
}

/// A comment; of a deleted one its place.
pub async fn get_comment(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
) -> Result<InOrg<Comment>, Error> {
    let sealed = app
        .store
        .open(call, task, &[keys::comment(task, id)])
        .await?;
    let (scope, opened) = sealed.require(Action::TaskRead).await?;
    let comment = found(&scope, task, id)?;
    one(app, &scope, &opened.value, comment).await
}
