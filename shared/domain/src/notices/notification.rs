//! Notifications: what of all that happens a person is told of, and what is kept of it in their inbox.
//!
//! [`rules`] say who is told what, [`preferences`] by which ways, [`quiet`] when not.

pub mod preferences;
pub mod quiet;
pub mod rules;
mod words;

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::access::words;
use crate::feed::event::{EventId, EventType, FieldChange};
use crate::id::{NotAnId, OrgId, ProjectId, Tag, TaskId, UserId};
use crate::work::task::Task;

words!(
    /// Why somebody is told of something. Declared from the strongest to the weakest: of several reasons the first
    /// counts.
    NotificationType {
        /// A comment names them.
        Mentioned = "mentioned",
        /// A task was given to them.
        Assigned = "assigned",
        /// A task was taken from them.
        Unassigned = "unassigned",
        /// Somebody has answered their comment.
        Replied = "replied",
        /// Somebody has commented on a task that they watch.
        Commented = "commented",
        /// A task that they watch got another status.
        StatusChanged = "status_changed",
        /// A task that they watch is due at another time.
        DueChanged = "due_changed",
        /// A task that they watch was deleted.
        TaskDeleted = "task_deleted",
        /// A task that they watch was brought back.
        TaskRestored = "task_restored",
        /// A task that they watch got a file, or a new version of one.
        Attached = "attached",
        /// A task that they watch was changed otherwise: its title, description or priority, who does it, its project.
        Updated = "updated",
        /// They were added to an organization, a project or a team by somebody else.
        Added = "added",
        /// Their role in an organization, a project or a team was changed.
        RoleChanged = "role_changed",
    }
);

impl NotificationType {
    /// Whether they are told although they have muted the task.
    pub fn pierces_mute(self) -> bool {
        matches!(self, Self::Mentioned | Self::Assigned)
    }
}

/// What a notification is known by: its tenant and its place in the inbox of its person. The digest is one of event and
/// person, so the same event makes the same notification however often it is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotificationId {
    tag: Tag,
    at: Timestamp,
    digest: [u8; 16],
}

impl NotificationId {
    /// The id of what happened at this moment, to the millisecond.
    pub fn new(tag: Tag, at: Timestamp, digest: [u8; 16]) -> Self {
        let at = Timestamp::from_millisecond(at.as_millisecond().max(0))
            .unwrap_or(Timestamp::UNIX_EPOCH);
        Self { tag, at, digest }
    }

    /// The tenant it belongs to.
    pub fn tag(self) -> Tag {
        self.tag
    }

    /// When it happened.
    pub fn at(self) -> Timestamp {
        self.at
    }

    /// What tells it from others of the same moment.
    pub fn digest(self) -> [u8; 16] {
        self.digest
    }
}

/// 27 bytes in base64url (RFC 4648 section 5): tag, milliseconds, digest.
impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.at.as_millisecond().to_be_bytes();
        let bytes = [self.tag.bytes().as_slice(), &moment[2..], &self.digest].concat();
        f.write_str(&BASE64URL_NOPAD.encode(&bytes))
    }
}

impl FromStr for NotificationId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| NotAnId)?;
        let (tag, rest) = bytes.split_first_chunk::<5>().ok_or(NotAnId)?;
        let (moment, digest) = rest.split_first_chunk::<6>().ok_or(NotAnId)?;
        let millis = moment
            .iter()
            .fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
        let at = Timestamp::from_millisecond(millis).map_err(|_| NotAnId)?;
        Ok(Self {
            tag: Tag::from_bytes(*tag),
            at,
            digest: digest.try_into().map_err(|_| NotAnId)?,
        })
    }
}

impl Serialize for NotificationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NotificationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Something that a person is told of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// The organization that it is about.
    pub org: OrgId,
    /// Whom it is for.
    pub user: UserId,
    /// Why they are told.
    pub kind: NotificationType,
    /// The event that it follows from.
    pub event: EventId,
    /// What has happened.
    pub cause: EventType,
    /// Who did it; nobody if the system did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// The id of the thing that it happened to, as the API writes it.
    pub subject: String,
    /// What that was called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The project that it is about. A task may be in another one by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The task that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The change of which they are told, if it is one of a single field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<FieldChange>,
    /// They want to be told by other ways only: it is in no list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlisted: bool,
    /// When they read it.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub read_at: Option<Timestamp>,
    /// Until when they do not want to see it.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub snoozed_until: Option<Timestamp>,
}

impl Notification {
    /// How long a notification is kept.
    pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

    /// The moment from which on it counts as gone.
    pub fn gone_at(&self) -> Timestamp {
        self.id.at.checked_add(Self::KEPT).unwrap_or(Timestamp::MAX)
    }

    /// Whether its person has it in their inbox at this moment, if they may see what it is about.
    pub fn is_shown(&self, now: Timestamp) -> bool {
        !self.unlisted && now < self.gone_at() && !self.is_snoozed(now)
    }

    /// Whether they do not want to see it yet.
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snoozed_until.is_some_and(|until| now < until)
    }

    /// Whether they have still to read it: such ones stand in an index of their own.
    pub fn is_unread(&self) -> bool {
        self.read_at.is_none() && !self.unlisted
    }

    /// Whether its task, as it is now, is one to be told of: it is there, unless its deletion is the news.
    pub fn fits(&self, task: &Task) -> bool {
        task.deleted_at.is_none() || self.kind == NotificationType::TaskDeleted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling_and_comes_back_from_it() {
        let id = NotificationId::new(
            Tag::from_bytes([9; 5]),
            "2026-11-20T12:00:00.123Z".parse().unwrap(),
            [0xfe; 16],
        );
        let text = id.to_string();
        assert_eq!((text.len(), text.parse()), (36, Ok(id)));
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
            "{text}"
        );
        let long = format!("{text}AAAA");
        for bad in [
            "",
            "me",
            &text[..35],
            &text[..32],
            &long,
            &text.replace('_', "/"),
            &format!("{text}="),
        ] {
            assert_eq!(bad.parse::<NotificationId>(), Err(NotAnId), "{bad}");
        }
        // A moment behind the end of all time.
        let late = BASE64URL_NOPAD.encode(&[&[9; 5][..], &[0xff; 6], &[1; 16]].concat());
        assert_eq!(late.parse::<NotificationId>(), Err(NotAnId));
    }

    #[test]
    fn an_id_is_of_a_whole_millisecond() {
        let at = "2026-11-20T12:00:00.123456Z".parse().unwrap();
        let id = NotificationId::new(Tag::from_bytes([9; 5]), at, [1; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.at().to_string(), "2026-11-20T12:00:00.123Z");
    }
}
