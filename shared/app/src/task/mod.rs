//! Tasks: making, finding and changing them, and the trash.

mod change;
mod create;
mod filter;
mod find;
mod include;
mod list;
mod plan;
mod trash;

pub use change::{Step, TaskChange, change, remove, restore, transition};
pub use create::{NewTask, create};
pub use filter::{Assigned, TaskFilter};
pub use find::{TaskRef, find, show};
pub use include::{Include, Included, include};
pub use list::{ListedTasks, TaskList, list};
pub use plan::Ordering;
pub use trash::{TrashFilter, Trashed, trash};

use domain::task::Task;
use store::Scope;
use store::record::Stored;

use crate::project::InOrg;

/// A task as those see it who may: in the status that its workflow has for it now.
fn shown(scope: &Scope, task: Stored<Task>) -> InOrg<Task> {
    let mut task = InOrg::of(scope, task);
    task.thing.value = task.thing.value.presented(&scope.workflow());
    task
}
