//! What clients see of the inbox.

use app::notices::notification::{Marked, ShownNotification, Unread};
use domain::work::task::Task;
use edge::event::{EventChange, EventSubject};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that you were told of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NotificationDto {
    /// Its id.
    #[schema(example = "nzphxH4BoZFm3vQAAQIDBAUGBwgJCgsMDQ4P")]
    pub id: String,
    /// Why you were told: mentioned, assigned, unassigned, replied, commented, status_changed, due_changed,
    /// task_deleted, task_restored, attached, updated, added or role_changed.
    #[schema(example = "assigned")]
    pub r#type: &'static str,
    /// What has happened, in the words of the activity.
    #[schema(example = "task.updated")]
    pub event: &'static str,
    /// When.
    pub at: Timestamp,
    /// Who did it; null if the system did.
    pub actor_id: Option<Uuid>,
    /// The organization that it is about.
    pub organization_id: Uuid,
    /// The project that it is about, where it is now.
    pub project_id: Option<Uuid>,
    /// The task that it is about, as it is now.
    pub task: Option<NotifiedTask>,
    /// What it happened to.
    pub subject: EventSubject,
    /// What became something else, if you were told of one field.
    pub change: Option<EventChange>,
    /// When you read it.
    pub read_at: Option<Timestamp>,
    /// Until when you do not want to see it.
    pub snoozed_until: Option<Timestamp>,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 1)]
    pub version: u64,
}

/// A task, as a notification brings it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotifiedTask {
    /// Its id.
    pub id: Uuid,
    /// The key that people use.
    #[schema(example = "WEB-12")]
    pub key: String,
    /// What it is called.
    #[schema(example = "Write the press release")]
    pub title: String,
}

impl From<Task> for NotifiedTask {
    fn from(task: Task) -> Self {
        Self {
            id: task.id.uuid(),
            key: task.key().to_string(),
            title: task.title.into(),
        }
    }
}

impl From<ShownNotification> for NotificationDto {
    fn from(shown: ShownNotification) -> Self {
        let notification = shown.notification.value;
        let project = shown
            .task
            .as_ref()
            .map(|task| task.project)
            .or(notification.project);
        Self {
            id: notification.id.to_string(),
            r#type: notification.kind.as_str(),
            event: notification.cause.as_str(),
            at: notification.id.at(),
            actor_id: notification.actor.map(|id| id.uuid()),
            organization_id: notification.org.uuid(),
            project_id: project.map(|id| id.uuid()),
            task: shown.task.map(NotifiedTask::from),
            subject: EventSubject {
                id: notification.subject,
                name: notification.name,
            },
            change: notification.change.map(EventChange::from),
            read_at: notification.read_at,
            snoozed_until: notification.snoozed_until,
            version: shown.notification.version,
        }
    }
}

/// How many notifications you have not read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnreadView)]
pub struct UnreadDto {
    /// So many.
    #[schema(example = 3)]
    pub unread: usize,
    /// There are more than were counted.
    #[schema(example = false)]
    pub capped: bool,
}

impl From<Unread> for UnreadDto {
    fn from(unread: Unread) -> Self {
        Self {
            unread: unread.count,
            capped: unread.capped,
        }
    }
}

/// How many notifications were marked as read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarkedView)]
pub struct MarkedDto {
    /// So many were unread until now.
    #[schema(example = 3)]
    pub marked: usize,
    /// More are unread.
    #[schema(example = false)]
    pub has_more: bool,
}

impl From<Marked> for MarkedDto {
    fn from(marked: Marked) -> Self {
        Self {
            marked: marked.count,
            has_more: marked.more,
        }
    }
}
