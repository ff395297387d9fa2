//! The texts that a comment had.

use domain::Error;
use domain::access::{Action, OrgRole};
use domain::call::Call;
use domain::id::{CommentId, TaskId};
use domain::membership::organization::Card;
use domain::talk::comment::{Comment, Revision};
use store::range::Range;
use store::record::Stored;
use store::table::Rows;
use store::{Scope, keys};

use super::found;
use crate::App;

fn range(task: TaskId, id: CommentId) -> Range {
    keys::revisions_of(task, id).limit(Comment::MAX_EDITS as usize)
}

fn texts(rows: &Rows) -> Result<Vec<Stored<Revision>>, Error> {
    rows.items.iter().map(Stored::read).collect()
}

/// The earlier texts of a comment of the scope's organization, as they stand in the table.
pub(super) async fn revisions(
    app: &App,
    scope: &Scope,
    task: TaskId,
    id: CommentId,
) -> Result<Vec<Stored<Revision>>, Error> {
    texts(&app.store.rows(scope, &range(task, id)).await?)
}

/// The texts that a comment had before it was edited, oldest first; none of one that is deleted. Guests do not see those
/// that were replaced before they came.
pub async fn get_comment_history(
    app: &App,
    call: &Call,
    task: TaskId,
    id: CommentId,
) -> Result<Vec<Revision>, Error> {
    let (key, range) = (keys::comment(task, id), range(task, id));
    let (sealed, rows) = tokio::join!(
        app.store.open(call, task, std::slice::from_ref(&key)),
        app.store.peek(task.tag(), &range)
    );
    let (scope, _) = sealed?.require(Action::TaskRead).await?;
    found(&scope, task, id)?;
    let texts = texts(&rows?.unseal(&scope)?)?;
    let mut texts = seen_by(&scope.card().value, texts);
    // A text that is not there any more went with the comment, just now.
    let gone = app.store.read_texts(&scope, &mut texts).await?;
    texts.retain(|text| !gone.contains(&keys::revision(task, id, text.number)));
    Ok(texts)
}

/// Those of the earlier texts that a person may read. A guest sees what stands there now, and what
/// has changed since they came.
fn seen_by(card: &Card, texts: Vec<Stored<Revision>>) -> Vec<Revision> {
    let seen = |text: &Revision| card.role != OrgRole::Guest || card.created_at < text.replaced_at;
    texts
        .into_iter()
        .map(|text| text.value)
        .filter(seen)
        .collect()
}
