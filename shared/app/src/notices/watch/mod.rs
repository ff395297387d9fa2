//! Who follows a task: who made it, who does it, and who has a word in its list of watchers.

mod change;
mod list;

pub use change::{mute_task, watch_task};
pub use list::{Reason, Watcher, list_watchers};
