//! What clients see of an event: in lists of activity, in the audit trail and in live messages alike.

use domain::feed::event::{Event, FieldChange};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventDto {
    /// In lists of activity its position there: `after` takes it, and `resume` of a live connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "p8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyTw1eKBN")]
    pub position: Option<String>,
    /// What it is known by, however often and by whatever way it arrives.
    #[schema(example = "5f0c8f7be3a14d7e9a0b6f3c21d4e5f6")]
    pub id: String,
    /// What has happened.
    #[schema(example = "task.transitioned")]
    pub r#type: &'static str,
    /// When.
    pub at: Timestamp,
    /// Who did it; null if the system did, or nobody knows who.
    pub actor_id: Option<Uuid>,
    /// What it happened to.
    pub subject: EventSubject,
    /// The project that it is, or is in.
    pub project_id: Option<Uuid>,
    /// The task that it is, or belongs to.
    pub task_id: Option<Uuid>,
    /// The board that it is.
    pub board_id: Option<Uuid>,
    /// The person whom it is about.
    pub user_id: Option<Uuid>,
    /// The thing's version after it. Events stand in the order in which they arrived; of two about one thing, that with
    /// the higher version is the later.
    #[schema(example = 4)]
    pub version: u64,
    /// What became something else, field by field; for something new, what it began as.
    pub changes: Vec<EventChange>,
}

/// What an event happened to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventSubject {
    /// Its id.
    #[schema(example = "5e5e5e5e-5e21-8121-a121-212121212121")]
    pub id: String,
    /// What it was called then.
    #[schema(example = "WEB-12 Write the press release")]
    pub name: Option<String>,
}

/// A field that became something else.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventChange {
    /// The field, as the thing itself names it.
    #[schema(example = "status")]
    pub field: String,
    /// What it was; null if it was not there. Long text is named without its values.
    #[schema(example = "todo", nullable = true)]
    pub from: Value,
    /// What it is; null if it is gone.
    #[schema(example = "in_progress", nullable = true)]
    pub to: Value,
}

impl From<FieldChange> for EventChange {
    fn from(change: FieldChange) -> Self {
        Self {
            field: change.field,
            from: change.from,
            to: change.to,
        }
    }
}

impl EventDto {
    /// The same with its position in a list.
    pub fn at(self, position: String) -> Self {
        Self {
            position: Some(position),
            ..self
        }
    }
}

impl From<Event> for EventDto {
    fn from(event: Event) -> Self {
        Self {
            position: None,
            id: event.id.to_string(),
            r#type: event.kind.as_str(),
            at: event.at,
            actor_id: event.actor.map(|id| id.uuid()),
            subject: EventSubject {
                id: event.subject,
                name: event.name,
            },
            project_id: event.project.map(|id| id.uuid()),
            task_id: event.task.map(|id| id.uuid()),
            board_id: event.board.map(|id| id.uuid()),
            user_id: event.user.map(|id| id.uuid()),
            version: event.version,
            changes: event.changes.into_iter().map(EventChange::from).collect(),
        }
    }
}
