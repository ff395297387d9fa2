//! Who follows what happens to a task besides those who made it and do it: people who said so, and people who were
//! drawn into talking about it.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::id::{TaskId, UserId};

words!(
    /// Why somebody has a word in a task's list of watchers.
    WatchReason {
        /// They want to watch.
        Explicit = "explicit",
        /// They have commented.
        Commented = "commented",
        /// A comment has named them.
        Mentioned = "mentioned",
        /// They do not want to be told, whatever else would make them watch.
        Muted = "muted",
    }
);

/// A person's word about a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The task.
    pub task: TaskId,
    /// The person.
    pub user: UserId,
    /// How they watch, or that they do not.
    pub reason: WatchReason,
    /// Since when: what happened before is no news for them, however late it is handed over.
    #[serde(with = "timestamp::millisecond::required")]
    pub since: Timestamp,
}

impl Watch {
    /// Whether they want to be told of what happened at this moment.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.reason != WatchReason::Muted && self.since <= at
    }

    /// Whether they do not want to be told.
    pub fn is_muted(&self) -> bool {
        self.reason == WatchReason::Muted
    }
}
