//! The inbox: what a person was told, as far as they may still see what it is about; and what they want to be told.

mod change;
mod list;
mod preferences;
mod read;
mod sight;

pub use change::{NotificationChange, change};
pub use list::{NotificationFilter, Unread, list, unread, unread_in, unread_of};
pub use preferences::{NotificationSettings, replace as replace_preferences, show as preferences};
pub use read::{Marked, Which, read};
pub use sight::Sight;

use domain::call::Versioned;
use domain::notices::notification::Notification;
use domain::work::task::Task;

/// A notification with the task that it is about, as that is now.
#[derive(Debug, Clone)]
pub struct ShownNotification {
    /// The notification.
    pub notification: Versioned<Notification>,
    /// Its task.
    pub task: Option<Task>,
}
