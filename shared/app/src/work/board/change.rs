//! Changing and deleting boards.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::BoardId;
use domain::text::Name;
use domain::work::board::{Board, ListId};
use domain::work::workflow::Workflow;
use store::Scope;

use super::shown;
use crate::in_org::InOrg;
use crate::{App, retry};

/// What is to change; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct BoardChange {
    /// What it is called.
    pub name: Option<Name>,
    /// Its lists, from left to right.
    pub list_order: Option<Vec<ListId>>,
}

/// Opens a board for an action, steps it, and saves it; again if somebody else was faster.
pub(super) async fn step<F>(
    app: &App,
    call: &Call,
    id: BoardId,
    action: Action,
    step: F,
) -> Result<InOrg<Board>, Error>
where
    F: Fn(&Scope, &Workflow, &mut Board) -> Result<(), Error>,
{
    retry::contended(|| async {
        let (scope, board) = app.store.open(call, id, &[]).await?.require(action).await?;
        if scope.replays(&board)? {
            return Ok(shown(&scope, board));
        }
        let workflow = scope.workflow();
        // Changed as it is shown: so lists are saved with the statuses that the workflow has now.
        let mut next = board.value.clone().presented(&workflow);
        step(&scope, &workflow, &mut next)?;
        if next != board.value {
            (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        }
        let saved = app.store.save(&scope, &board, next).await?;
        Ok(shown(&scope, saved))
    })
    .await
}

/// Changes a board.
pub async fn update_board(
    app: &App,
    call: &Call,
    id: BoardId,
    change: BoardChange,
) -> Result<InOrg<Board>, Error> {
    step(app, call, id, Action::BoardUpdate, |_, _, board| {
        board.name = change.name.clone().unwrap_or_else(|| board.name.clone());
        change
            .list_order
            .as_ref()
            .map_or(Ok(()), |order| board.reorder(order))
    })
    .await
}

/// Deletes a board; the tasks that it showed stay.
pub async fn delete_board(app: &App, call: &Call, id: BoardId) -> Result<(), Error> {
    step(app, call, id, Action::BoardDelete, |scope, _, board| {
        (board.deleted_at, board.deleted_by) = (Some(scope.at()), Some(scope.user()));
        Ok(())
    })
    .await
    .map(drop)
}
