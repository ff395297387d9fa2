//! The inbox: what a person was told, as far as they may still see what it is about; and what they want to be told.

mod change;
mod list;
mod preferences;
mod read;
mod sight;

pub use change::{NotificationChange, update_notification};
pub use list::{
    NotificationFilter, Unread, count_unread, count_unread_in, count_unread_of, list_notifications,
};
pub use preferences::{NotificationSettings, get_preferences, replace_preferences};
pub use read::{Marked, Which, read_notifications};
pub use sight::Sight;

use domain::call::Versioned;
use domain::notices::notification::Notification;
use domain::work::task::Task;
use store::record::Stored;

/// A notification with the task that it is about, as that is now.
#[derive(Debug, Clone)]
pub struct ShownNotification {
    /// The notification.
    pub notification: Versioned<Notification>,
    /// Its task.
    pub task: Option<Task>,
}

impl ShownNotification {
    fn of(stored: Stored<Notification>, sight: &Sight) -> Self {
        let task = sight.task(&stored.value).cloned();
        Self {
            notification: stored.versioned(),
            task,
        }
    }
}
