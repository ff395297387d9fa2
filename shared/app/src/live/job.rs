//! What is to be sent to live connections, as it stands in the queue.

use domain::feed::event::Numbered;
use domain::id::{OrgId, ProjectId, SessionId, UserId};
use domain::live::Topic;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something for live connections. The queue is a FIFO one: jobs of one group are sent one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BroadcastJob {
    /// An event, for those who listen to a topic to which it belongs (`domain::live::topics`).
    Event {
        /// The topic.
        topic: Topic,
        /// The organization in whose feed it stands.
        org: OrgId,
        /// The number of the event before it in this topic, 0 if there is none; none if it is handed over once more,
        /// after a later one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prev: Option<u64>,
        /// The event with its number.
        numbered: Box<Numbered>,
    },
    /// What happened to a private project, for those who listen to its organization and see it: under their own topic.
    Aside {
        /// The organization.
        org: OrgId,
        /// The project.
        project: ProjectId,
        /// The event with its number.
        numbered: Box<Numbered>,
    },
    /// A notification, for all connections of a person.
    Notification {
        /// Whom it is for.
        user: UserId,
        /// The organization that it is about.
        org: OrgId,
        /// The project that it is about: who does not see that any more is not told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// What its group at the queue calls it, unique among notifications.
        id: String,
        /// The notification as the client gets it.
        notification: Value,
    },
    /// The end of connections that may not go on.
    Close {
        /// Whose.
        user: UserId,
        /// Only those made in this session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
        /// The organization that they do not belong to any more, if that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        org: Option<OrgId>,
        /// A word for why, which the client is told: `session_ended`, `member_removed`, `suspended`.
        reason: String,
        /// What its group at the queue calls it: the id of the event that it follows from.
        id: String,
    },
}

impl BroadcastJob {
    /// Its group at the queue: what is in one group stays in order.
    pub fn group(&self) -> String {
        match self {
            Self::Event { topic, .. } => topic.to_string(),
            // In line with the organization's own events, since the same connections get both.
            Self::Aside { org, .. } => Topic::Org(*org).to_string(),
            Self::Notification { user, .. } | Self::Close { user, .. } => {
                Topic::User(*user).to_string()
            }
        }
    }

    /// By what the queue knows a repetition. Short and of few characters, as the queue wants it.
    pub fn deduplication(&self) -> String {
        match self {
            Self::Event {
                topic, numbered, ..
            } => format!("{topic}#{}", numbered.seq),
            // Not the project's topic: that gets the same event, under the same number.
            Self::Aside {
                project, numbered, ..
            } => format!("aside:{project}#{}", numbered.seq),
            Self::Notification { id, .. } => format!("notification#{id}"),
            Self::Close { id, .. } => format!("close#{id}"),
        }
    }
}
