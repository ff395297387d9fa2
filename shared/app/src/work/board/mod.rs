//! Boards: their lists, and the cards in them.

mod change;
mod create;
mod list;
mod lists;
mod show;

pub use change::{BoardChange, delete_board, update_board};
pub use create::{NewBoard, NewList, Owner, create_board};
pub use list::list_boards;
pub use lists::{ListChange, ListOfBoard, add_board_list, remove_board_list, update_board_list};
pub use show::{BoardWithCards, Column, get_board};

use domain::work::board::Board;
use store::Scope;
use store::record::Stored;

use crate::in_org::InOrg;

/// A board as those see it who may: its lists bound to the statuses that the workflow has now.
fn shown(scope: &Scope, board: Stored<Board>) -> InOrg<Board> {
    let mut board = InOrg::of(scope, board);
    board.thing.value = board.thing.value.presented(&scope.workflow());
    board
}
