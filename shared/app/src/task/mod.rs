//! Tasks: making, finding and changing them, and the trash.

mod change;
mod create;
mod filter;
mod find;
mod include;
mod list;
mod plan;
mod trash;

pub use change::{TaskChange, change, remove, restore, transition};
pub use create::{NewTask, create};
pub use filter::{Assigned, TaskFilter};
pub use find::{TaskRef, find, show};
pub use include::{Include, Included, include};
pub use list::{ListedTasks, TaskList, list};
pub use plan::Ordering;
pub use trash::{TrashFilter, Trashed, trash};
