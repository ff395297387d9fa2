//! The comments on a task, thread by thread.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{CommentId, TaskId};
use domain::prose::Prose;
use domain::talk::comment::Comment;
use domain::work::task::Task;
use paging::Cursors;
use store::keys;
use store::range::Range;
use store::record::Stored;
use store::table::Rows;
use store::{Scope, SealedRows};

use super::{found, shown};
use crate::App;
use crate::in_org::InOrg;

/// How many bytes of text a page has before it ends early. As HTML that is six times as much and eight kilobytes for
/// each comment at most, so an answer stays below the four megabytes that the platform carries.
const MOST_TEXT: usize = 128 * 1024;

/// A page of the comments on a task: threads in the order in which they began, the answers behind what they answer, in
/// their order. `thread` names a comment of the only thread that is wanted.
pub async fn list_comments(
    app: &App,
    call: &Call,
    task: TaskId,
    thread: Option<CommentId>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Comment>>, Error> {
    let cursors = Cursors::new(app.pager(), call, &thread).await?;
    // Who may not see the list is not told whether their cursor is one.
    let after: Result<Option<String>, Error> =
        cursor.map(|cursor| cursors.open(cursor)).transpose();
    let Opened { scope, task, rows } = open(app, call, task, thread, &after, limit).await?;
    after?;
    let (comments, last) = cut(&keys::comments_of(task.id), rows)?;
    let next = last.map(|place| cursors.seal(&place)).transpose()?;
    let rows = shown(app, &scope, &task, comments).await?;
    Ok(Page { rows, next, limit })
}

/// A task that was opened, with rows of its comments.
struct Opened {
    scope: Scope,
    task: Task,
    rows: Rows,
}

/// Opens a task, and reads the rows that are wanted. Those of all threads come beside the
/// authorizing read; where a thread begins is known only after it.
async fn open(
    app: &App,
    call: &Call,
    task: TaskId,
    thread: Option<CommentId>,
    after: &Result<Option<String>, Error>,
    limit: usize,
) -> Result<Opened, Error> {
    let key = thread.map(|thread| keys::comment(task, thread));
    let peek = async {
        match thread {
            None => Some(peek(app, task, after, limit).await),
            Some(_) => None,
        }
    };
    let (sealed, peeked) = tokio::join!(app.store.open(call, task, key.as_slice()), peek);
    let (scope, opened) = sealed?.require(Action::TaskRead).await?;
    let rows = match (thread, peeked) {
        (Some(thread), _) => of_thread(app, &scope, task, thread, after, limit).await?,
        (None, peeked) => unsealed(&scope, peeked)?,
    };
    Ok(Opened {
        scope,
        task: opened.value,
        rows,
    })
}

async fn peek(
    app: &App,
    task: TaskId,
    after: &Result<Option<String>, Error>,
    limit: usize,
) -> Result<SealedRows, Error> {
    let start = after.as_ref().ok().and_then(Option::as_deref);
    let range = keys::comments_of(task).go_on(true, start, limit);
    app.store.peek(task.tag(), &range).await
}

fn unsealed(scope: &Scope, rows: Option<Result<SealedRows, Error>>) -> Result<Rows, Error> {
    rows.map_or_else(|| Ok(Rows::default()), |rows| rows?.unseal(scope))
}

/// The rows of the thread in which a comment stands, from the same place on.
async fn of_thread(
    app: &App,
    scope: &Scope,
    task: TaskId,
    id: CommentId,
    after: &Result<Option<String>, Error>,
    limit: usize,
) -> Result<Rows, Error> {
    let root = found(scope, task, id)?.value.thread();
    let Ok(after) = after else {
        return Ok(Rows::default());
    };
    app.store
        .rows(
            scope,
            &keys::thread_of(task, &root).go_on(true, after.as_deref(), limit),
        )
        .await
}

/// As many of the rows as one answer carries, and the place of the last if more follow.
fn cut(lane: &Range, rows: Rows) -> Result<(Vec<Stored<Comment>>, Option<String>), Error> {
    let (mut comments, mut last, mut text) = (vec![], None, 0);
    let count = rows.items.len();
    for item in &rows.items {
        let comment = Stored::<Comment>::read(item)?;
        text += comment.value.body.as_ref().map_or(0, Prose::bytes);
        // One is always told, so that the list goes on.
        if text > MOST_TEXT && !comments.is_empty() {
            break;
        }
        last = lane.place(item);
        comments.push(comment);
    }
    let more = rows.more || comments.len() < count;
    Ok((comments, last.filter(|_| more)))
}
