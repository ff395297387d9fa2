//! Commenting on a task.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{CommentId, TaskId};
use domain::talk::comment::{Comment, Mention};
use domain::text::CommentText;
use domain::work::task::Task;
use runtime::meter;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;

use super::{Names, live, one, seeing};
use crate::App;
use crate::in_org::InOrg;

/// What a new comment is to be.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// What it says.
    pub body: CommentText,
    /// The names in it.
    pub names: Names,
    /// The comment that it answers; without one it begins a thread.
    pub parent: Option<CommentId>,
}

impl NewComment {
    /// What is read beside the task: the comment that it answers, and whose the names are.
    fn keys(&self, task: TaskId) -> impl Iterator<Item = Key> {
        let parent = self.parent.map(|parent| keys::comment(task, parent));
        parent.into_iter().chain(self.names.keys())
    }
}

/// Makes a comment. An answer joins the thread of what it answers, which must be there and not deleted.
pub async fn create_comment(
    app: &App,
    call: &Call,
    task: TaskId,
    new: NewComment,
) -> Result<InOrg<Comment>, Error> {
    let operation = app.store.operation(call)?;
    let id: CommentId = app.new_id(task.tag(), &operation);
    // Without an idempotency key the id is random, and nothing can be there.
    let made = operation.keyed.then(|| keys::comment(task, id));
    let extra: Vec<_> = made.into_iter().chain(new.keys(task)).collect();
    let (scope, opened) = app
        .store
        .open(call, task, &extra)
        .await?
        .require(Action::CommentCreate)
        .await?;
    if let Some(made) = scope.extra::<Comment>(&keys::comment(task, id))? {
        return again(app, &scope, &opened.value, made).await;
    }
    let comment = draw(&scope, &opened.value, id, new)?;
    write(app, &scope, &opened.value, comment).await
}

/// The comment that this very request has made before.
async fn again(
    app: &App,
    scope: &Scope,
    task: &Task,
    made: Stored<Comment>,
) -> Result<InOrg<Comment>, Error> {
    made.made_by(scope.operation())?;
    if !made.value.is_live() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    meter::note(|totals| totals.replayed = true);
    one(app, scope, task, made).await
}

fn draw(scope: &Scope, task: &Task, id: CommentId, new: NewComment) -> Result<Comment, Error> {
    let parent = new
        .parent
        .map(|parent| live(scope, task.id, parent))
        .transpose()?;
    let named = new.names.people(scope, &[]);
    Ok(Comment {
        id,
        task: task.id,
        project: task.project,
        root: parent.as_ref().map(|parent| parent.value.thread()),
        parent: new.parent,
        body: Some(new.body.into()),
        author: scope.user(),
        mentions: named
            .into_iter()
            .map(|(name, user)| Mention {
                name,
                user,
                since: 1,
            })
            .collect(),
        reactions: vec![],
        edits: 0,
        edited_at: None,
        created_at: scope.at(),
        updated_at: scope.at(),
        updated_by: scope.user(),
        deleted_at: None,
        deleted_by: None,
    })
}

/// Writes the comment, and finds out meanwhile who is shown as mentioned.
async fn write(
    app: &App,
    scope: &Scope,
    task: &Task,
    comment: Comment,
) -> Result<InOrg<Comment>, Error> {
    let named = comment
        .mentions
        .iter()
        .map(|mention| mention.user)
        .collect();
    let (made, seeing) = tokio::join!(
        app.store.create(scope, comment, Error::Conflict),
        seeing(app, task, named)
    );
    let (mut made, seeing): (Stored<Comment>, _) = (made?, seeing?);
    made.value
        .mentions
        .retain(|mention| seeing.contains(&mention.user));
    Ok(InOrg::of(scope, made))
}
