//! Labels: making, finding, changing, merging and deleting them, and what they are on tasks.

mod change;
mod create;
mod list;
mod merge;
pub(crate) mod on_task;

pub use change::{LabelChange, change, remove};
pub use create::{NewLabel, create};
pub use list::{LabelFilter, list};
pub use merge::merge;
