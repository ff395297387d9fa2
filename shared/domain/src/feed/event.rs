//! Events: what has happened. Each is one change of one thing, or something that changed nothing and must be known all
//! the same, such as a refusal.

mod people;
#[cfg(test)]
mod tests;
mod things;
mod told;
mod work;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::words;
use crate::id::{BoardId, ProjectId, TaskId, UserId};

pub use told::{Tell, Told, ToldField};

words!(
    /// What kind of thing has happened. Webhooks and live messages use the same words.
    EventType {
        /// An organization was made.
        OrganizationCreated = "organization.created",
        /// An organization's name, slug or settings were changed.
        OrganizationUpdated = "organization.updated",
        /// An organization was deleted.
        OrganizationDeleted = "organization.deleted",
        /// An organization was brought back.
        OrganizationRestored = "organization.restored",
        /// Somebody became a member.
        MemberJoined = "member.joined",
        /// Somebody's roles or names in the organization were changed.
        MemberUpdated = "member.updated",
        /// Somebody left or was removed.
        MemberRemoved = "member.removed",
        /// Somebody was invited.
        InvitationCreated = "invitation.created",
        /// An invitation was sent again or changed.
        InvitationUpdated = "invitation.updated",
        /// An invitation was accepted.
        InvitationAccepted = "invitation.accepted",
        /// An invitation was declined.
        InvitationDeclined = "invitation.declined",
        /// An invitation was taken back.
        InvitationRevoked = "invitation.revoked",
        /// A join code was made.
        JoinCodeCreated = "join_code.created",
        /// A join code was changed or used.
        JoinCodeUpdated = "join_code.updated",
        /// A join code was deleted.
        JoinCodeDeleted = "join_code.deleted",
        /// An e-mail domain was named.
        DomainCreated = "domain.created",
        /// An e-mail domain was changed or verified.
        DomainUpdated = "domain.updated",
        /// An e-mail domain was taken away.
        DomainDeleted = "domain.deleted",
        /// Somebody asked to join.
        JoinRequestCreated = "join_request.created",
        /// A request to join was answered or taken back.
        JoinRequestUpdated = "join_request.updated",
        /// A team was made.
        TeamCreated = "team.created",
        /// A team was changed.
        TeamUpdated = "team.updated",
        /// A team was deleted.
        TeamDeleted = "team.deleted",
        /// A project was made.
        ProjectCreated = "project.created",
        /// A project was changed.
        ProjectUpdated = "project.updated",
        /// A project was archived.
        ProjectArchived = "project.archived",
        /// A project was taken out of the archive.
        ProjectUnarchived = "project.unarchived",
        /// A project was deleted.
        ProjectDeleted = "project.deleted",
        /// A project was brought back.
        ProjectRestored = "project.restored",
        /// A label was made.
        LabelCreated = "label.created",
        /// A label was changed or merged.
        LabelUpdated = "label.updated",
        /// A label was deleted.
        LabelDeleted = "label.deleted",
        /// A board was made.
        BoardCreated = "board.created",
        /// A board was changed.
        BoardUpdated = "board.updated",
        /// A board was deleted.
        BoardDeleted = "board.deleted",
        /// A list was added to a board.
        ListCreated = "list.created",
        /// A list of a board was changed, or the lists were put into another order.
        ListUpdated = "list.updated",
        /// A list was taken off a board.
        ListDeleted = "list.deleted",
        /// A task was made.
        TaskCreated = "task.created",
        /// A task was changed.
        TaskUpdated = "task.updated",
        /// A task got another status.
        TaskTransitioned = "task.transitioned",
        /// A task got another place: in its column, or in another project.
        TaskMoved = "task.moved",
        /// A task was deleted.
        TaskDeleted = "task.deleted",
        /// A task was brought back.
        TaskRestored = "task.restored",
        /// Somebody commented on a task.
        CommentCreated = "comment.created",
        /// A comment was changed.
        CommentUpdated = "comment.updated",
        /// Somebody reacted to a comment, or took it back.
        CommentReacted = "comment.reacted",
        /// A comment was deleted.
        CommentDeleted = "comment.deleted",
        /// A file, or a new version of one, can be had.
        AttachmentAvailable = "attachment.available",
        /// A file was deleted.
        AttachmentDeleted = "attachment.deleted",
        /// An account was changed.
        AccountUpdated = "account.updated",
        /// An account has another e-mail address.
        AccountEmailChanged = "account.email_changed",
        /// Every session of an account was ended at once: its password was changed, or its owner signed out everywhere.
        AccountSessionsEnded = "account.sessions_ended",
        /// Somebody signed in.
        SessionCreated = "session.created",
        /// A session was ended before its time.
        SessionEnded = "session.ended",
        /// Somebody tried to sign in with a wrong password.
        SignInFailed = "sign_in.failed",
        /// Somebody was refused what they may not do.
        AccessRefused = "access.refused",
        /// An owner or admin looked into a private project in which they have no role.
        PrivateRead = "private.read",
        /// A file was downloaded.
        AttachmentDownloaded = "attachment.downloaded",
    }
);

words!(
    /// The kinds of things that events come from.
    Source {
        /// A person's account.
        Account = "account",
        /// A file on a task.
        Attachment = "attachment",
        /// A board.
        Board = "board",
        /// A person's membership.
        Card = "member",
        /// A comment.
        Comment = "comment",
        /// An invitation.
        Invitation = "invitation",
        /// A join code.
        JoinCode = "join_code",
        /// A request to join.
        JoinRequest = "join_request",
        /// A label.
        Label = "label",
        /// A one-time token.
        OneTime = "one_time",
        /// An organization.
        Organization = "organization",
        /// An e-mail domain by which people join.
        OrgDomain = "domain",
        /// A project.
        Project = "project",
        /// A session.
        Session = "session",
        /// Something that changed nothing and must be known.
        Signal = "signal",
        /// A task.
        Task = "task",
        /// A team.
        Team = "team",
    }
);

/// Whom events of a type concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concern {
    /// Whoever works in the organization.
    Work,
    /// Them too, and those who look after the organization: membership, and what is policy.
    Policy,
    /// Only the latter: who signs in, who was refused, by what codes people join.
    Security,
}

impl EventType {
    /// Whom it concerns. Without a wildcard, so that whoever adds a type decides it.
    // In one piece: every type of event in one of three lists.
    fn concern(self) -> Concern {
        match self {
            Self::TeamCreated
            | Self::TeamUpdated
            | Self::TeamDeleted
            | Self::ProjectCreated
            | Self::ProjectUpdated
            | Self::LabelCreated
            | Self::LabelUpdated
            | Self::LabelDeleted
            | Self::BoardCreated
            | Self::BoardUpdated
            | Self::BoardDeleted
            | Self::ListCreated
            | Self::ListUpdated
            | Self::ListDeleted
            | Self::TaskCreated
            | Self::TaskUpdated
            | Self::TaskTransitioned
            | Self::TaskMoved
            | Self::TaskDeleted
            | Self::TaskRestored
            | Self::CommentCreated
            | Self::CommentUpdated
            | Self::CommentReacted
            | Self::CommentDeleted
            | Self::AttachmentAvailable
            | Self::AttachmentDeleted => Concern::Work,
            Self::OrganizationCreated
            | Self::OrganizationUpdated
            | Self::OrganizationDeleted
            | Self::OrganizationRestored
            | Self::MemberJoined
            | Self::MemberUpdated
            | Self::MemberRemoved
            | Self::ProjectArchived
            | Self::ProjectUnarchived
            | Self::ProjectDeleted
            | Self::ProjectRestored => Concern::Policy,
            Self::AccountUpdated
            | Self::AccountEmailChanged
            | Self::AccountSessionsEnded
            | Self::SessionCreated
            | Self::SessionEnded
            | Self::SignInFailed
            | Self::AccessRefused
            | Self::PrivateRead
            | Self::AttachmentDownloaded
            | Self::InvitationCreated
            | Self::InvitationUpdated
            | Self::InvitationAccepted
            | Self::InvitationDeclined
            | Self::InvitationRevoked
            | Self::JoinCodeCreated
            | Self::JoinCodeUpdated
            | Self::JoinCodeDeleted
            | Self::DomainCreated
            | Self::DomainUpdated
            | Self::DomainDeleted
            | Self::JoinRequestCreated
            | Self::JoinRequestUpdated => Concern::Security,
        }
    }

    /// Whether it is about a project as such, not about something in one.
    pub fn is_of_projects(self) -> bool {
        self.as_str().starts_with("project.")
    }

    /// Whether it is about security, so that only those see it who may read the audit trail.
    pub fn is_private(self) -> bool {
        self.concern() == Concern::Security
    }

    /// Whether it belongs to what auditors look for.
    pub fn is_security(self) -> bool {
        self.concern() != Concern::Work
    }
}

/// What an event is known by: a digest of the item's key, its version and the operation that wrote it. The same change
/// has it however often and by whatever way it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub [u8; 16]);

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::str::FromStr for EventId {
    type Err = crate::id::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| crate::id::NotAnId)?;
        bytes.try_into().map(Self).map_err(|_| crate::id::NotAnId)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// One field that became something else. Long text is named without its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field, as the API names it.
    pub field: String,
    /// What it was; null if it was not there.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub from: Value,
    /// What it is; null if it is gone.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub to: Value,
}

/// The field of a member's roles in teams.
pub const TEAM_ROLES: &str = "team_roles";

/// Something that has happened in an organization. Names are kept as they were: the thing may be gone when it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What it is known by.
    pub id: EventId,
    /// What has happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When.
    #[serde(with = "timestamp::millisecond::required")]
    pub at: Timestamp,
    /// Who did it; nobody if the system did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// The id of the thing, as the API writes it.
    pub subject: String,
    /// What the thing was called then: a task's key and title, a project's name; at most 120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The thing's version after it.
    pub version: u64,
    /// The project that it is, or is in: who may not see that does not see the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The task that it is, or belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The board that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<BoardId>,
    /// The person whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// It is about a project that is private and was before: the organization as a whole does not hear of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secluded: bool,
    /// What became something else, field by field; for something new, what it began as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
}

impl Event {
    /// The event as members of the organization see it, outside the audit trail: that somebody's roles in teams
    /// changed, but not in which, since a team may be inside of a project that not everybody sees.
    pub fn for_members(mut self) -> Self {
        for change in self
            .changes
            .iter_mut()
            .filter(|change| change.field == TEAM_ROLES)
        {
            (change.from, change.to) = (Value::Null, Value::Null);
        }
        self
    }

    /// The change of a field, if it is one of those that changed.
    pub fn change(&self, field: &str) -> Option<&FieldChange> {
        self.changes.iter().find(|change| change.field == field)
    }
}

/// An event with its place in the feed of its organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbered {
    /// Its number: 1 for the first, without gaps.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

impl Numbered {
    /// The same with its event as members of the organization see it.
    pub fn for_members(self) -> Self {
        Self {
            event: self.event.for_members(),
            ..self
        }
    }
}
