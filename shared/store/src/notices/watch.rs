//! Who wants to be told about a task, and who does not.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#TASK#<id>` | `WATCH#<user>` | a person's word about it: that they watch, or do not want to be told |

use domain::feed::event::Source;
use domain::id::{TaskId, UserId};
use domain::notices::watch::Watch;

use crate::key::{Key, key, person_part};
use crate::range::Range;
use crate::record::{Place, Record};
use crate::work::task::task;

/// A person's word about a task.
pub fn watch(task_id: TaskId, user: UserId) -> Key {
    key(task(task_id).pk, format!("{WATCHES}{}", person_part(user)))
}

/// What people have said about a task: that they watch it, or do not want to be told.
pub fn watches_of(task_id: TaskId) -> Range {
    Range::in_table(task(task_id).pk).prefix(WATCHES)
}

/// What the sort keys of people's words about a task begin with.
const WATCHES: &str = "WATCH#";

impl Record for Watch {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(watch(self.task, self.user))
    }
}
