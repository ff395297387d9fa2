//! What clients see of boards.

use std::collections::HashMap;

use app::in_org::InOrg;
use app::work::board::{BoardWithCards, Column, ListOfBoard};
use app::work::task::Counts;
use domain::call::Versioned;
use domain::id::TaskId;
use domain::work::board::{Board, List};
use domain::work::task::Task;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A board.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Board)]
pub struct BoardDto {
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// The project whose tasks it shows.
    pub project_id: Uuid,
    /// What it is called.
    #[schema(example = "Development")]
    pub name: String,
    /// Its lists, from left to right.
    pub lists: Vec<ListDto>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// Counts its changes, those of its lists included; the `ETag` and `If-Match` of it.
    #[schema(example = 3)]
    pub version: u64,
}

/// A list of a board: a column that is bound to one status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskList)]
pub struct ListDto {
    /// Its id in the board.
    #[schema(example = "3f1c9a0b7d25e864")]
    pub id: String,
    /// What it is called.
    #[schema(example = "In Progress")]
    pub name: String,
    /// The status whose tasks it shows.
    #[schema(example = "in_progress")]
    pub status: String,
    /// How many cards there may be before no more are moved into it.
    #[schema(example = 5)]
    pub wip_limit: Option<u32>,
    /// Its place among the lists, from 0.
    #[schema(example = 1)]
    pub position: usize,
}

/// A list, and the version of its board.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskListOfBoard)]
pub struct ListOfBoardDto {
    /// The list.
    #[serde(flatten)]
    pub list: ListDto,
    /// The board.
    pub board_id: Uuid,
    /// The board's version.
    #[schema(example = 4)]
    pub version: u64,
}

/// A board with the first cards of each list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoardWithCards)]
pub struct BoardWithCardsDto {
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// The project whose tasks it shows.
    pub project_id: Uuid,
    /// What it is called.
    #[schema(example = "Development")]
    pub name: String,
    /// Its lists with their first cards, from left to right.
    pub lists: Vec<ColumnDto>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// Counts its changes, those of its lists included; what `If-Match` takes.
    #[schema(example = 3)]
    pub version: u64,
}

/// A list with its first cards.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskListWithCards)]
pub struct ColumnDto {
    /// The list.
    #[serde(flatten)]
    pub list: ListDto,
    /// Its first cards, in their order.
    pub cards: Vec<CardDto>,
    /// Whether more cards may follow.
    pub has_more: bool,
    /// The `cursor` of `GET /tasks?board=…&list=…` that goes on with them.
    pub next_cursor: Option<String>,
}

/// A task as it stands on a board.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Card)]
pub struct CardDto {
    /// The task's id.
    pub id: Uuid,
    /// The key that people use.
    #[schema(example = "WEB-12")]
    pub key: String,
    /// What it is called.
    #[schema(example = "Write the press release")]
    pub title: String,
    /// Its status.
    #[schema(example = "in_progress")]
    pub status: String,
    /// low, medium, high or urgent.
    #[schema(example = "high")]
    pub priority: &'static str,
    /// Who does it.
    pub assignee_id: Option<Uuid>,
    /// When it is due: a day or a moment.
    #[schema(example = "2026-12-24")]
    pub due_date: Option<String>,
    /// What it is marked with: ids of labels.
    pub labels: Vec<Uuid>,
    /// Its place in the list; sorts as text.
    #[schema(example = "000000CV")]
    pub position: String,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the task's changes.
    #[schema(example = 4)]
    pub version: u64,
    /// How many comments and files it has, with `include=counts`; they follow a change within a second or so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<CardCounts>,
}

/// How much there is to a card.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardCounts {
    /// How many comments, without deleted ones.
    #[schema(example = 3)]
    pub comments: u64,
    /// How many files, each counted once whatever versions it has.
    #[schema(example = 1)]
    pub attachments: u64,
}

impl ListDto {
    fn of((position, list): (usize, &List)) -> Self {
        Self {
            id: list.id.to_string(),
            name: list.name.to_string(),
            status: list.status.key().to_string(),
            wip_limit: list.wip_limit,
            position,
        }
    }
}

impl From<InOrg<Board>> for BoardDto {
    fn from(board: InOrg<Board>) -> Self {
        let (org, version, board) = (board.org, board.thing.version, board.thing.value);
        Self {
            id: board.id.uuid(),
            organization_id: org.uuid(),
            project_id: board.project.uuid(),
            name: board.name.to_string(),
            lists: board.lists.iter().enumerate().map(ListDto::of).collect(),
            created_at: board.created_at,
            created_by: board.created_by.uuid(),
            updated_at: board.updated_at,
            updated_by: board.updated_by.uuid(),
            version,
        }
    }
}

impl From<ListOfBoard> for ListOfBoardDto {
    fn from(list: ListOfBoard) -> Self {
        let board = &list.board.thing;
        Self {
            list: ListDto::of((list.position, &list.list)),
            board_id: board.value.id.uuid(),
            version: board.version,
        }
    }
}

impl From<BoardWithCards> for BoardWithCardsDto {
    fn from(board: BoardWithCards) -> Self {
        let lists = board
            .columns
            .into_iter()
            .enumerate()
            .map(ColumnDto::of)
            .collect();
        let BoardDto {
            id,
            organization_id,
            project_id,
            name,
            created_at,
            created_by,
            updated_at,
            updated_by,
            version,
            lists: _,
        } = board.board.into();
        Self {
            id,
            organization_id,
            project_id,
            name,
            lists,
            created_at,
            created_by,
            updated_at,
            updated_by,
            version,
        }
    }
}

impl BoardWithCardsDto {
    /// Says of each card how many comments and files it has.
    pub fn count(&mut self, counts: &HashMap<TaskId, Counts>) {
        let counts: HashMap<Uuid, &Counts> = counts
            .iter()
            .map(|(id, counts)| (id.uuid(), counts))
            .collect();
        for card in self.lists.iter_mut().flat_map(|list| &mut list.cards) {
            let counts = counts.get(&card.id);
            card.counts = counts.map(|counts| CardCounts {
                comments: counts.comments,
                attachments: counts.attachments,
            });
        }
    }
}

impl ColumnDto {
    fn of((position, column): (usize, Column)) -> Self {
        Self {
            list: ListDto::of((position, &column.list)),
            cards: column.cards.into_iter().map(CardDto::from).collect(),
            has_more: column.next.is_some(),
            next_cursor: column.next,
        }
    }
}

impl From<Versioned<Task>> for CardDto {
    fn from(task: Versioned<Task>) -> Self {
        let (version, task) = (task.version, task.value);
        Self {
            id: task.id.uuid(),
            key: task.key().to_string(),
            labels: task.label_ids().map(|label| label.uuid()).collect(),
            title: task.title.into(),
            status: task.status.key().to_string(),
            priority: task.priority.as_str(),
            assignee_id: task.assignee.map(|assignee| assignee.uuid()),
            due_date: task.due.map(|due| due.to_string()),
            position: task.rank,
            created_by: task.created_by.uuid(),
            updated_at: task.updated_at,
            version,
            counts: None,
        }
    }
}
