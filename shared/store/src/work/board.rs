//! Boards.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#BOARD#<id>` | `BOARD` | board with its lists |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#PROJECT#<id>#BOARDS` | `<created at>#<id>` |

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{BoardId, ProjectId, Tag, UserId};
use domain::work::board::Board;

use crate::key::{Index, Key};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record, told};
use crate::work::project::project_partition;

/// A board.
pub fn board(id: BoardId) -> Key {
    Key::within(id.tag(), "BOARD", &id.suffix())
}

/// The container of a project's boards.
pub fn boards_of(project: ProjectId) -> Range {
    Range::of(
        Index::ByParent,
        format!("{}#BOARDS", project_partition(project)),
    )
}

impl Record for Board {
    const EVENT: Option<Source> = Some(Source::Board);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let entry = boards_of(self.project).made(self.created_at, &self.id.suffix());
        Place::at(board(self.id)).listed_until(
            self.deleted_at,
            entry,
            self.id.tag(),
            &self.id.suffix(),
        )
    }
}

impl Subject for BoardId {
    type Thing = Board;
    const IN_PROJECT: bool = true;

    fn tag(self) -> Tag {
        BoardId::tag(self)
    }

    fn key(self) -> Key {
        board(self)
    }

    fn project(self, thing: &Board) -> Option<ProjectId> {
        Some(thing.project)
    }

    fn is_deleted(thing: &Board) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Board, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}
