//! Boards: ways to look at a project's tasks.
//!
//! A list is a column that is bound to one status; the cards in it are the tasks of that status, in their order. A board
//! holds no tasks, so what happens to it happens to none of them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;
use crate::id::{BoardId, NotAnId, ProjectId, UserId};
use crate::text::Name;
use crate::work::workflow::{StatusId, Workflow};

/// A list of a board: 8 bytes, meaningful only together with the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListId([u8; 8]);

impl ListId {
    /// The list that an operation makes as its `n`th; the same operation makes the same list again.
    pub fn made_by(operation: &[u8; 16], n: usize) -> Self {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&operation[..8]);
        // One operation makes no more lists than a board has, so these bytes tell them apart.
        Self((u64::from_be_bytes(bytes) ^ n as u64).to_be_bytes())
    }
}

impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for ListId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| NotAnId)?;
        bytes.try_into().map(Self).map_err(|_| NotAnId)
    }
}

impl Serialize for ListId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ListId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// A column of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Its id in the board.
    pub id: ListId,
    /// What it is called.
    pub name: Name,
    /// The status whose tasks it shows, as it was when the list was bound to it.
    pub status: StatusId,
    /// How many cards there may be before no more are moved into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wip_limit: Option<u32>,
}

/// A board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Its id.
    pub id: BoardId,
    /// The project whose tasks it shows.
    pub project: ProjectId,
    /// What it is called.
    pub name: Name,
    /// Its columns, from left to right; at most [`Board::MAX_LISTS`].
    pub lists: Vec<List>,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

impl Board {
    /// The most lists that a board has.
    pub const MAX_LISTS: usize = 50;
    /// The highest limit of cards in a list: more are not counted in one request.
    pub const MAX_WIP: u32 = 500;

    /// The same board with its lists bound to statuses that the workflow has now. Where a later workflow has made one
    /// status of two, one list is left of theirs.
    pub fn presented(mut self, workflow: &Workflow) -> Self {
        let kept = |list: &List| workflow.has(&list.status);
        let mut taken: Vec<StatusId> = self
            .lists
            .iter()
            .filter(|list| kept(list))
            .map(|list| list.status.clone())
            .collect();
        self.lists.retain_mut(|list| {
            if kept(list) {
                return true;
            }
            list.status = workflow.present(&list.status).id();
            let free = !taken.contains(&list.status);
            taken.push(list.status.clone());
            free
        });
        self
    }

    /// One of its lists.
    pub fn list(&self, id: ListId) -> Option<&List> {
        self.lists.iter().find(|list| list.id == id)
    }

    /// Adds a list at a place counted from 0; beyond the end means the end.
    pub fn add(&mut self, list: List, position: Option<usize>) -> Result<(), Error> {
        if self.lists.len() >= Self::MAX_LISTS {
            return Err(Error::LimitReached {
                what: "lists of a board",
                limit: Self::MAX_LISTS,
            });
        }
        self.check_free(&list.status, None)?;
        let at = position.unwrap_or(self.lists.len()).min(self.lists.len());
        self.lists.insert(at, list);
        Ok(())
    }

    /// Binds a list to a status, unless another list is.
    pub fn bind(&mut self, id: ListId, status: &StatusId) -> Result<(), Error> {
        self.check_free(status, Some(id))?;
        self.lists
            .iter_mut()
            .filter(|list| list.id == id)
            .for_each(|list| list.status = status.clone());
        Ok(())
    }

    fn check_free(&self, status: &StatusId, of: Option<ListId>) -> Result<(), Error> {
        let taken = self
            .lists
            .iter()
            .any(|list| Some(list.id) != of && list.status == *status);
        if taken {
            Err(Error::StatusTaken)
        } else {
            Ok(())
        }
    }

    /// Puts a list to a place counted from 0; beyond the end means the end.
    pub fn shift(&mut self, id: ListId, position: usize) {
        if let Some(from) = self.lists.iter().position(|list| list.id == id) {
            let list = self.lists.remove(from);
            self.lists.insert(position.min(self.lists.len()), list);
        }
    }

    /// Puts the lists into this order, which must name each of them once.
    pub fn reorder(&mut self, order: &[ListId]) -> Result<(), Error> {
        let once = order
            .iter()
            .enumerate()
            .all(|(at, id)| !order[..at].contains(id) && self.list(*id).is_some());
        if !once || order.len() != self.lists.len() {
            return Err(Error::field(
                "list_order",
                "invalid",
                "must name every list of the board once",
            ));
        }
        self.lists
            .sort_by_key(|list| order.iter().position(|id| *id == list.id));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;
    use crate::work::workflow::{Category, StatusDefinition};

    fn list(n: usize, status: &str) -> List {
        List {
            id: ListId::made_by(&[9; 16], n),
            name: status.parse().unwrap(),
            status: id(status),
            wip_limit: None,
        }
    }

    fn board(statuses: &[&str]) -> Board {
        let tag = Tag::from_bytes([1; 5]);
        let (at, user) = (Timestamp::UNIX_EPOCH, UserId::new(1, [1; 10]));
        Board {
            id: BoardId::new(tag, [1; 11]),
            project: ProjectId::new(tag, [2; 11]),
            name: "Board".parse().unwrap(),
            lists: statuses
                .iter()
                .enumerate()
                .map(|(n, status)| list(n, status))
                .collect(),
            created_at: at,
            created_by: user,
            updated_at: at,
            updated_by: user,
            deleted_at: None,
            deleted_by: None,
        }
    }

    fn id(text: &str) -> StatusId {
        text.parse().unwrap()
    }

    fn statuses(board: &Board) -> Vec<&str> {
        board
            .lists
            .iter()
            .map(|list| list.status.key().as_str())
            .collect()
    }

    fn workflow(statuses: &[(&str, Category)], moved: &[(&str, &str)]) -> Workflow {
        let status = |(key, category): &(&str, Category)| StatusDefinition {
            key: key.parse().unwrap(),
            since: 1,
            name: (*key).to_owned(),
            category: *category,
            color: None,
            is_final: false,
        };
        let moved = moved.iter().map(|(from, to)| (id(from), id(to))).collect();
        Workflow {
            statuses: statuses.iter().map(status).collect(),
            moved,
            ..Workflow::default()
        }
    }

    #[test]
    fn list_ids_of_one_operation_differ_and_come_back_from_their_text() {
        let ids: std::collections::BTreeSet<ListId> =
            (0..50).map(|n| ListId::made_by(&[7; 16], n)).collect();
        assert_eq!(ids.len(), 50);
        assert!(
            ids.iter()
                .all(|id| id.to_string().parse() == Ok(*id) && id.to_string().len() == 16)
        );
        for bad in [
            "",
            "1",
            "0123456789ABCDEF",
            "0123456789abcdeg",
            "0123456789abcdef00",
        ] {
            assert_eq!(bad.parse::<ListId>(), Err(NotAnId), "{bad}");
        }
    }

    #[test]
    fn two_lists_do_not_share_a_status() {
        let mut board = board(&["todo", "in_progress"]);
        assert_eq!(board.add(list(5, "todo"), None), Err(Error::StatusTaken));
        board.add(list(5, "done"), Some(1)).unwrap();
        assert_eq!(statuses(&board), ["todo", "done", "in_progress"]);
        let first = board.lists[0].id;
        assert_eq!(board.bind(first, &id("done")), Err(Error::StatusTaken));
        assert_eq!(board.bind(first, &id("todo")), Ok(()));
    }

    #[test]
    fn lists_are_put_into_order() {
        let mut board = board(&["todo", "in_progress", "done"]);
        let ids: Vec<ListId> = board.lists.iter().map(|list| list.id).collect();
        board.reorder(&[ids[2], ids[0], ids[1]]).unwrap();
        assert_eq!(statuses(&board), ["done", "todo", "in_progress"]);
        for wrong in [
            vec![],
            vec![ids[0], ids[1]],
            vec![ids[0], ids[0], ids[1]],
            vec![ids[0], ids[1], list(9, "x").id],
        ] {
            assert!(board.reorder(&wrong).is_err(), "{wrong:?}");
        }
        board.shift(ids[2], 99);
        assert_eq!(statuses(&board), ["todo", "in_progress", "done"]);
        board.shift(ids[2], 0);
        assert_eq!(statuses(&board), ["done", "todo", "in_progress"]);
    }

    #[test]
    fn a_board_has_at_most_fifty_lists() {
        let mut board = board(&[]);
        for n in 0..60 {
            assert_eq!(
                board.add(list(n, &format!("s{n}")), None).is_ok(),
                n < Board::MAX_LISTS
            );
        }
    }

    #[test]
    fn lists_follow_their_statuses_through_another_workflow_and_merge_where_those_do() {
        use Category::{Done, InProgress, Todo};
        let moved = [
            ("todo", "backlog"),
            ("in_progress", "doing"),
            ("review", "doing"),
            ("qa", "done"),
        ];
        let next = workflow(
            &[("backlog", Todo), ("doing", InProgress), ("done", Done)],
            &moved,
        );
        let board = board(&["todo", "in_progress", "review", "qa", "done"]).presented(&next);
        assert_eq!(statuses(&board), ["backlog", "doing", "done"]);
        // The list that was bound to the status itself stays, not the one that came to it.
        assert_eq!(board.lists[2].name.as_str(), "done");
    }
}
