//! Labels: making, finding, changing, merging and deleting them, and what they are on tasks.

mod change;
mod create;
mod list;
mod merge;
pub(crate) mod on_task;

pub use change::{LabelChange, delete_label, update_label};
pub use create::{NewLabel, create_label};
pub use list::{LabelFilter, list_labels};
pub use merge::merge_label;
