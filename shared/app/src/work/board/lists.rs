//! The lists of a board.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{BoardId, ProjectId};
use domain::text::Name;
use domain::work::board::{Board, List, ListId};
use domain::work::task::Task;
use domain::work::workflow::StatusKey;
use futures_util::{StreamExt, TryStreamExt, stream};
use paging::Merged;
use store::Scope;
use store::record::Stored;
use store::table::key_of;

use super::change::step;
use super::create::NewList;
use crate::in_org::InOrg;
use crate::work::task::column::{check_room, first};
use crate::{App, retry, work::task};

/// The most cards that one request moves.
const MOST_MOVED: usize = 100;
/// How many of them at once.
const TOGETHER: usize = 8;

/// What is to change; outer `None` leaves it as it is, inner `None` empties it.
#[derive(Debug, Clone, Default)]
pub struct ListChange {
    /// What it is called.
    pub name: Option<Name>,
    /// The status whose tasks it shows; no task is moved.
    pub status: Option<StatusKey>,
    /// How many cards there may be before no more are moved into it.
    pub wip_limit: Option<Option<u32>>,
    /// Its place among the lists, from 0.
    pub position: Option<usize>,
}

/// A list of a board.
#[derive(Debug, Clone)]
pub struct ListOfBoard {
    /// The board, which has the version.
    pub board: InOrg<Board>,
    /// The list.
    pub list: List,
    /// Its place, from 0.
    pub position: usize,
}

impl ListOfBoard {
    fn of(board: InOrg<Board>, id: ListId) -> Option<Self> {
        let (position, list) = board
            .thing
            .value
            .lists
            .iter()
            .enumerate()
            .find(|(_, list)| list.id == id)?;
        Some(Self {
            list: list.clone(),
            position,
            board,
        })
    }
}

/// Adds a list to a board.
pub async fn add_board_list(
    app: &App,
    call: &Call,
    id: BoardId,
    new: NewList,
    position: Option<usize>,
) -> Result<ListOfBoard, Error> {
    let operation = app.store.operation(call)?.id;
    let add = |_: &Scope, workflow: &_, board: &mut Board| {
        board.add(new.make(&operation, 0, workflow)?, position)
    };
    let board = step(app, call, id, Action::BoardUpdate, add).await?;
    ListOfBoard::of(board, ListId::made_by(&operation, 0)).ok_or(Error::IdempotencyTargetDeleted)
}

/// Changes a list of a board.
pub async fn update_board_list(
    app: &App,
    call: &Call,
    id: BoardId,
    list: ListId,
    change: ListChange,
) -> Result<ListOfBoard, Error> {
    let board = step(app, call, id, Action::BoardUpdate, |_, workflow, board| {
        let ListChange {
            name,
            status,
            wip_limit,
            position,
        } = change.clone();
        let own = board
            .lists
            .iter_mut()
            .find(|own| own.id == list)
            .ok_or(Error::NotFound)?;
        own.name = name.unwrap_or_else(|| own.name.clone());
        own.wip_limit = wip_limit.unwrap_or(own.wip_limit);
        if let Some(position) = position {
            board.shift(list, position);
        }
        status.map_or(Ok(()), |status| {
            board.bind(list, &workflow.named(&status)?.id())
        })
    })
    .await?;
    ListOfBoard::of(board, list).ok_or(Error::NotFound)
}

/// Removes a list from a board. If it has cards, they move to the list `to`.
pub async fn remove_board_list(
    app: &App,
    call: &Call,
    id: BoardId,
    list: ListId,
    to: Option<ListId>,
) -> Result<(), Error> {
    retry::contended(|| async {
        let (scope, board) = app
            .store
            .open(call, id, &[])
            .await?
            .require(Action::BoardUpdate)
            .await?;
        if scope.replays(&board)? {
            return Ok(());
        }
        let mut next = board.value.clone().presented(&scope.workflow());
        let from = next.list(list).ok_or(Error::NotFound)?.clone();
        let target = target(&next, list, to)?;
        // Not in one transaction with the board: it and 100 cards are more than one takes.
        // So the cards go first, and a repetition finds the list and moves what is left.
        empty(app, &scope, &next, &from, target).await?;
        next.lists.retain(|other| other.id != list);
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        app.store.save(&scope, &board, next).await.map(drop)
    })
    .await
}

/// The list to which the cards of another go.
fn target(board: &Board, from: ListId, to: Option<ListId>) -> Result<Option<List>, Error> {
    let Some(to) = to else {
        return Ok(None);
    };
    let other = board.list(to).filter(|other| other.id != from);
    other
        .cloned()
        .map(Some)
        .ok_or_else(|| Error::filter("move_tasks_to", "must be another list of the board"))
}

/// Moves every card of a list to another, by the rules of the workflow, or none if one of them may not.
async fn empty(
    app: &App,
    scope: &Scope,
    board: &Board,
    from: &List,
    to: Option<List>,
) -> Result<(), Error> {
    let workflow = scope.workflow();
    let rows = first(
        app,
        scope,
        board.project,
        &from.status,
        &workflow,
        MOST_MOVED,
    )
    .await?;
    if rows.rows.is_empty() {
        return Ok(());
    }
    let to = to.ok_or(Error::NotEmpty)?;
    if rows.more {
        return Err(Error::LimitReached {
            what: "cards that one request moves",
            limit: MOST_MOVED,
        });
    }
    scope.also(Action::TaskTransition)?;
    // All are judged before the first is saved: one that may not move keeps all of them there.
    let moves = judge(app, scope, board.project, &rows, from, &to).await?;
    check_room(app, scope, board.project, &to, moves.len()).await?;
    save_all(app, scope, moves).await
}

/// The cards in these rows, each as it is and as it will be in another list.
// In one piece: which cards were read, which of them still stand there, and where they go.
async fn judge(
    app: &App,
    scope: &Scope,
    project: ProjectId,
    rows: &Merged,
    from: &List,
    to: &List,
) -> Result<Vec<(Stored<Task>, Task)>, Error> {
    let keys: Vec<_> = rows
        .rows
        .iter()
        .filter_map(|row| key_of(&row.value))
        .collect();
    let found = app.store.fetch::<Task>(scope, &keys).await?;
    let workflow = scope.workflow();
    // The index may not know yet that a card has gone elsewhere, even to a project where the caller may not move it.
    let stands_here = |task: &Task| {
        task.project == project
            && task.deleted_at.is_none()
            && workflow.present(&task.status).id() == from.status
    };
    let mut moves: Vec<(Stored<Task>, Task)> = vec![];
    for task in found.into_values() {
        let mut next = task.value.clone();
        if stands_here(&next) {
            task::enter(scope, &mut next, to.status.key())?;
            (next.updated_at, next.updated_by) = (scope.at(), scope.user());
            moves.push((task, next));
        }
    }
    Ok(moves)
}

async fn save_all(app: &App, scope: &Scope, moves: Vec<(Stored<Task>, Task)>) -> Result<(), Error> {
    let saves = moves
        .into_iter()
        .map(|(task, next)| async move { app.store.save(scope, &task, next).await });
    stream::iter(saves)
        .buffer_unordered(TOGETHER)
        .try_for_each(|_| async { Ok(()) })
        .await
}
