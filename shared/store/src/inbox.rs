//! The inbox: opening one notification of the caller's, and marking many as read.

use std::fmt;

use domain::Error;
use domain::access::Action;
use domain::id::{ProjectId, Tag, UserId};
use domain::notification::{Notification, NotificationId};
use jiff::Timestamp;

use crate::keys::{self, Index, Key};
use crate::open::Subject;
use crate::record::ROW;
use crate::table::{Table, Updated, int};

/// A notification in somebody's inbox. Whoever opens one looks into their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// To whom.
    pub user: UserId,
    /// Which.
    pub id: NotificationId,
}

impl fmt::Display for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.id, f)
    }
}

impl Subject for Delivered {
    type Thing = Notification;

    fn tag(self) -> Tag {
        self.id.tag()
    }

    fn key(self) -> Key {
        keys::notification(self.user, self.id)
    }

    // Where its task is now decides, and only the task tells that.
    fn project(self, _: &Notification) -> Option<ProjectId> {
        None
    }

    fn is_deleted(thing: &Notification) -> bool {
        thing.unlisted
    }

    fn relation(thing: &Notification, user: UserId, _: Action) -> (bool, bool) {
        (thing.user == user, false)
    }
}

impl Table {
    /// Marks a notification as read; false if it was read before, or is not there. It needs no version: whoever comes
    /// second finds it done.
    pub async fn mark_read(&self, key: &Key, at: Timestamp) -> Result<bool, Error> {
        let (pk, sk) = Index::ByParent.attributes();
        let update = self
            .update(key)
            .update_expression("SET #row.read_at = :at, #version = #version + :one REMOVE #pk, #sk")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(#row.read_at)")
            .expression_attribute_names("#row", ROW)
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#pk", pk)
            .expression_attribute_names("#sk", sk)
            .expression_attribute_values(":at", int(at.as_millisecond()))
            .expression_attribute_values(":one", int(1));
        Ok(matches!(self.update_if(update).await?, Updated::Done(_)))
    }
}
