//! The inbox: what people were told.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#INBOX#<user>` | `<happened at>#<hash>` | a notification |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#UNREAD#<user>` | `<happened at>#<hash>`, of notifications that are not read |

use std::fmt;

use domain::Error;
use domain::access::Action;
use domain::feed::event::{EventId, Source};
use domain::id::{ProjectId, Tag, UserId, base32};
use domain::notices::notification::{Notification, NotificationId};
use jiff::Timestamp;

use crate::key::{Index, IndexEntry, Key, hash, key, moment, person_part, within};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, ROW, Record};
use crate::table::{Table, Updated, int};

/// What a person is told of in a tenant, in the order in which things happened.
pub fn inbox_of(tag: Tag, user: UserId) -> Range {
    Range::in_table(inbox(tag, user))
}

fn inbox(tag: Tag, user: UserId) -> String {
    within(tag, "INBOX", &person_part(user))
}

/// What tells a notification of an event to a person from all others of the same moment.
pub fn notification_digest(event: &EventId, user: UserId) -> [u8; 16] {
    hash(&[b"notification", &event.0, &user.bytes()])
}

/// The place of a notification among those of its person, in the order in which things happened.
fn place_in_inbox(id: NotificationId) -> String {
    moment(id.at(), &base32().encode(&id.digest()))
}

/// A notification.
pub fn notification(user: UserId, id: NotificationId) -> Key {
    key(inbox(id.tag(), user), place_in_inbox(id))
}

/// A notification among those that its person has not read.
fn unread_entry(user: UserId, id: NotificationId) -> IndexEntry {
    unread_of(id.tag(), user).entry(place_in_inbox(id))
}

/// What a person has not read yet of what they were told in a tenant.
pub fn unread_of(tag: Tag, user: UserId) -> Range {
    Range::of(
        Index::ByParent,
        format!("T#{tag}#UNREAD#{}", person_part(user)),
    )
}

impl Record for Notification {
    const EVENT: Option<Source> = None;
    const LAYOUT: Layout = Layout::Listed { beside: &[] };

    fn place(&self) -> Place {
        let place = Place::at(notification(self.user, self.id)).until(self.gone_at());
        if !self.is_unread() {
            return place;
        }
        place.and(unread_entry(self.user, self.id))
    }
}

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
        notification(self.user, self.id)
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
