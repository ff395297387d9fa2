//! A board with the first cards of each list.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::id::BoardId;
use domain::work::board::{Board, List};
use domain::work::task::Task;
use futures_util::future::try_join_all;
use paging::{Cursors, MOST_ROWS, Merged};
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
    let limit = limit.min(MOST_ROWS / value.lists.len().max(1));
    let columns = value
        .lists
        .iter()
        .map(|list| column::first(app, &scope, value.project, &list.status, &workflow, limit));
    let found: Vec<Merged> = try_join_all(columns).await?;
    let keys: Vec<Key> = found
        .iter()
        .flat_map(|column| &column.rows)
        .filter_map(|row| key_of(&row.value))
        .collect();
    let mut tasks: HashMap<Key, Stored<Task>> = HashMap::new();
    if !keys.is_empty() {
        tasks = app.store.fetch(&scope, &keys).await?;
    }
    let mut columns = vec![];
    for (list, rows) in value.lists.iter().zip(found) {
        // The index may not know yet that a card has gone elsewhere.
        let here = |task: &Stored<Task>| {
            let task = &task.value;
            task.deleted_at.is_none()
                && task.project == value.project
                && workflow.present(&task.status).id() == list.status
        };
        let taken = rows
            .rows
            .iter()
            .filter_map(|row| tasks.remove(&key_of(&row.value)?))
            .filter(here);
        let cards = taken.map(|task| task::shown(&scope, task).thing).collect();
        let next = match rows.rows.last().filter(|_| rows.more) {
            Some(row) => Some(cursor(app, call, value.id, list, &row.place).await?),
            None => None,
        };
        columns.push(Column {
            list: list.clone(),
            cards,
            next,
        });
    }
    Ok(BoardWithCards { board, columns })
}

/// A cursor of the list of the column's tasks, which is another operation.
async fn cursor(
    app: &App,
    call: &Call,
    board: BoardId,
    list: &List,
    place: &str,
) -> Result<String, Error> {
    let listing = Call {
        route: "GET /tasks".to_owned(),
        ..call.clone()
    };
    Cursors::new(app.pager(), &listing, &TaskList::of_list(board, list.id))
        .await?
        .seal(&place)
}
