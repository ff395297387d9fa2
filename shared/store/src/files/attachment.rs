//! Files on tasks, how much room they take, and the pictures of people.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#TASK#<id>` | `ATTACHMENT#<attachment>` | file on a task, with its versions and uploads |
//! | `T#<tag>` | `STORAGE` | how many bytes the organization's files take |
//! | `T#<tag>` | `ANNOUNCED#<stretch>`, `ANNOUNCED#<stretch>#<user>` | how many bytes were announced in two hours and have not come, by all and by a person |
//! | `U#<user>#AVATAR` | `AVATAR` | a person's picture; all that `attachments` may write of theirs |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#TASK#<id>#ATTACHMENTS` | `<created at>#<id>` |

use domain::feed::event::Source;
use domain::files::attachment::{Attachment, Avatar};
use domain::id::{AttachmentId, Tag, TaskId, UserId};

use crate::key::{Index, Key, key, person_part, tenant, user_partition};
use crate::range::Range;
use crate::record::{Layout, Place, Record, told};
use crate::work::task::task;

/// A file on a task.
pub fn attachment(on: TaskId, id: AttachmentId) -> Key {
    key(task(on).pk, format!("ATTACHMENT#{}", id.suffix()))
}

/// How many bytes the files of an organization take.
pub fn storage(tag: Tag) -> Key {
    key(tenant(tag), "STORAGE")
}

/// How many bytes were announced in an organization in a stretch of time and have not come yet.
pub fn announced(tag: Tag, stretch: i64) -> Key {
    key(tenant(tag), format!("ANNOUNCED#{stretch}"))
}

/// How many of them a person announced.
pub fn announced_by(tag: Tag, stretch: i64, user: UserId) -> Key {
    key(
        tenant(tag),
        format!("ANNOUNCED#{stretch}#{}", person_part(user)),
    )
}

/// The container of the files on a task.
pub fn attachments_of(on: TaskId) -> Range {
    Range::of(Index::ByParent, format!("{}#ATTACHMENTS", task(on).pk))
}

/// A person's picture.
pub fn avatar(user: UserId) -> Key {
    key(format!("{}#AVATAR", user_partition(user)), "AVATAR")
}

impl Record for Attachment {
    const EVENT: Option<Source> = Some(Source::Attachment);
    const LAYOUT: Layout = Layout::Listed {
        beside: &["older", "uploads"],
    };
    told!();

    fn place(&self) -> Place {
        let place = Place::at(attachment(self.task, self.id));
        // Nothing is under one of which there is no version, and nothing follows from it, so it may be swept.
        let place = match self.expires_at() {
            Some(expires) => place.until(expires),
            None => place,
        };
        if !self.is_available() {
            return place;
        }
        place.and(attachments_of(self.task).made(self.created_at, &self.id.suffix()))
    }
}

impl Record for Avatar {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(avatar(self.user))
    }
}
