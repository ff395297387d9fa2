//! How many comments and files tasks have. The feed keeps them: it hands over each event of an organization in order,
//! and maybe more than once.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#TASK#<id>` | `COUNTS` | how many comments and files it has; kept by the feed |

use std::collections::HashMap;

use domain::Error;
use domain::id::TaskId;
use serde::Deserialize;

use crate::key::{Key, key};
use crate::table::{Table, int};
use crate::work::task::task;

/// How many comments and files a task has.
pub fn counts(task_id: TaskId) -> Key {
    key(task(task_id).pk, "COUNTS")
}

/// How many comments and files a task has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Comments that are not deleted.
    pub comments: u64,
    /// Files that can be had.
    pub attachments: u64,
}

/// The same as it is kept: what goes may be counted before what came.
#[derive(Deserialize)]
struct Kept {
    comments: i64,
    attachments: i64,
}

impl From<Kept> for Counts {
    fn from(kept: Kept) -> Self {
        let count = |kept: i64| u64::try_from(kept).unwrap_or_default();
        Self {
            comments: count(kept.comments),
            attachments: count(kept.attachments),
        }
    }
}

impl Table {
    /// Adds to the counts of a task what the event of number `seq` means for them, unless it was done before: counts
    /// remember the last number that they took.
    pub async fn keep_count(
        &self,
        task: TaskId,
        comments: i64,
        attachments: i64,
        seq: u64,
    ) -> Result<(), Error> {
        let update = self
            .update(&counts(task))
            .update_expression("SET seq = :seq ADD comments :comments, attachments :attachments")
            .condition_expression("attribute_not_exists(seq) OR seq < :seq")
            .expression_attribute_values(":seq", int(seq))
            .expression_attribute_values(":comments", int(comments))
            .expression_attribute_values(":attachments", int(attachments));
        self.update_if(update).await.map(drop)
    }

    /// The counts of these tasks, eventually consistent; a task without any has none of either.
    pub async fn counts(&self, tasks: &[TaskId]) -> Result<HashMap<TaskId, Counts>, Error> {
        let keys: Vec<_> = tasks.iter().map(|task| counts(*task)).collect();
        let mut found = if keys.is_empty() {
            HashMap::new()
        } else {
            self.get_many(&keys, false).await?
        };
        let mut take = |task: &TaskId| match found.remove(&counts(*task)) {
            None => Ok((*task, Counts::default())),
            Some(item) => serde_dynamo::from_item(item)
                .map(|kept: Kept| (*task, kept.into()))
                .map_err(|error| Error::Internal(format!("counts cannot be read: {error}"))),
        };
        tasks.iter().map(&mut take).collect()
    }
}
