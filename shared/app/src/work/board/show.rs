//! A board with the first cards of each list.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::id::BoardId;
use domain::work::board::{Board, List};
use domain::work::task::Task;
use domain::work::workflow::Workflow;
use futures_util::future::try_join_all;
use paging::{Cursors, MOST_ROWS, Merged};
use store::Scope;
use store::keys::Key;
use store::record::Stored;
use store::table::key_of;

use super::shown;
use crate::App;
use crate::in_org::InOrg;
use crate::work::task::{self, TaskList, column};

/// A list with its first cards.
#[derive(Debug, Clone)]
pub struct Column {
    /// The list.
    pub list: List,
    /// Its first cards, in their order.
    pub cards: Vec<Versioned<Task>>,
    /// Where the list of its tasks goes on, if it does.
    pub next: Option<String>,
}

/// A board with its columns.
#[derive(Debug, Clone)]
pub struct BoardWithCards {
    /// The board.
    pub board: InOrg<Board>,
    /// Its lists, from left to right.
    pub columns: Vec<Column>,
}

/// A board with the first `limit` cards of each list, or fewer if it has so many lists that the whole would be more
/// than one request looks at.
pub async fn get_board(
    app: &App,
    call: &Call,
    id: BoardId,
    limit: usize,
) -> Result<BoardWithCards, Error> {
    let (scope, board) = app
        .store
        .open(call, id, &[])
        .await?
        .require(Action::TaskRead)
        .await?;
    let (board, workflow) = (shown(&scope, board), scope.workflow());
    let value = &board.thing.value;
    let found = first_rows(app, &scope, value, &workflow, limit).await?;
    let mut tasks = fetch(app, &scope, &found).await?;
    let mut columns = vec![];
    for (list, rows) in value.lists.iter().zip(found) {
        columns.push(Column {
            list: list.clone(),
            cards: cards(&scope, &workflow, value, list, &rows, &mut tasks),
            next: next(app, call, value.id, list, &rows).await?,
        });
    }
    Ok(BoardWithCards { board, columns })
}

/// The first rows of each list, no more in all than one request looks at.
async fn first_rows(
    app: &App,
    scope: &Scope,
    board: &Board,
    workflow: &Workflow,
    limit: usize,
) -> Result<Vec<Merged>, Error> {
    let limit = limit.min(MOST_ROWS / board.lists.len().max(1));
    let columns = board
        .lists
        .iter()
        .map(|list| column::first(app, scope, board.project, &list.status, workflow, limit));
    try_join_all(columns).await
}

/// The tasks of all columns in one go: the index of ranks carries no more than their keys.
async fn fetch(
    app: &App,
    scope: &Scope,
    columns: &[Merged],
) -> Result<HashMap<Key, Stored<Task>>, Error> {
    let keys: Vec<Key> = columns
        .iter()
        .flat_map(|column| &column.rows)
        .filter_map(|row| key_of(&row.value))
        .collect();
    app.store.fetch(scope, &keys).await
}

/// The cards of a list, taken out of `tasks` in the order of its rows.
fn cards(
    scope: &Scope,
    workflow: &Workflow,
    board: &Board,
    list: &List,
    rows: &Merged,
    tasks: &mut HashMap<Key, Stored<Task>>,
) -> Vec<Versioned<Task>> {
    // The index may not know yet that a card has gone elsewhere.
    let here = |task: &Stored<Task>| {
        let task = &task.value;
        task.deleted_at.is_none()
            && task.project == board.project
            && workflow.present(&task.status).id() == list.status
    };
    let taken = rows
        .rows
        .iter()
        .filter_map(|row| tasks.remove(&key_of(&row.value)?))
        .filter(here);
    taken.map(|task| task::shown(scope, task).thing).collect()
}

/// Where the list of a column's tasks, which is another operation, goes on, if it does.
async fn next(
    app: &App,
    call: &Call,
    board: BoardId,
    list: &List,
    rows: &Merged,
) -> Result<Option<String>, Error> {
    let Some(row) = rows.rows.last().filter(|_| rows.more) else {
        return Ok(None);
    };
    let listing = Call {
        route: "GET /tasks".to_owned(),
        ..call.clone()
    };
    Cursors::new(app.pager(), &listing, &TaskList::of_list(board, list.id))
        .await?
        .seal(&row.place)
        .map(Some)
}
