//! Tasks: making, finding and changing them, and the trash.

mod bulk;
mod change;
mod check;
pub(crate) mod column;
mod create;
mod filter;
mod find;
mod include;
mod list;
mod make_room;
mod movement;
mod of_list;
mod of_team;
mod parameters;
mod plan;
mod trash;

pub use bulk::{BulkAct, BulkOutcome, Mode, bulk_tasks};
pub(crate) use change::enter;
pub use change::{Step, TaskChange, delete_task, restore_task, transition_task, update_task};
pub use create::{Home, NewTask, create_task, create_task_at};
pub use filter::{Assigned, TaskFilter};
pub use find::{TaskRef, find_task, get_task};
pub use include::{Include, Included, read_included};
pub use list::{ListedTasks, TaskList, list_tasks};
pub use movement::{TaskPlace, move_task, move_task_to_project};
pub use parameters::Parameters;
pub use plan::Ordering;
pub use store::work::counts::Counts;
pub use trash::{TrashFilter, Trashed, list_trash};

use domain::work::task::Task;
use domain::work::workflow::Workflow;
use store::Scope;
use store::record::Stored;

use crate::in_org::InOrg;

/// A task as those see it who may: in the status that its workflow has for it now, with what its labels are now.
pub(crate) fn shown(scope: &Scope, task: Stored<Task>) -> InOrg<Task> {
    shown_in(scope, &scope.workflow(), task)
}

/// The same for a task that follows another workflow than that of the project which was opened.
fn shown_in(scope: &Scope, workflow: &Workflow, task: Stored<Task>) -> InOrg<Task> {
    let mut task = InOrg::of(scope, task);
    let labels = scope
        .org()
        .value
        .retired_labels
        .present(&task.thing.value.labels);
    task.thing.value = Task {
        labels,
        ..task.thing.value
    }
    .presented(workflow);
    task
}
