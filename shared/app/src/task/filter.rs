//! Which tasks a list has.

use domain::due::Due;
use domain::id::UserId;
use domain::task::{Priority, Task};
use domain::text::fold;
use domain::workflow::StatusKey;
use serde::Serialize;

/// Whose tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Assigned {
    /// The caller's.
    Me,
    /// Nobody's.
    Nobody,
    /// This person's.
    To(UserId),
}

/// Which tasks are wanted: those that fit every condition given.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TaskFilter {
    /// In this status.
    pub status: Option<StatusKey>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Assigned to.
    pub assigned_to: Option<Assigned>,
    /// Due before this; a task without a due date is not.
    pub due_before: Option<Due>,
    /// Due at this or later; a task without a due date is not.
    pub due_after: Option<Due>,
    /// Whose title or key contains this, in any case.
    pub q: Option<String>,
}

impl TaskFilter {
    /// Whether every task fits.
    pub fn is_empty(&self) -> bool {
        let Self { status, priority, assigned_to, due_before, due_after, q } = self;
        let dates = due_before.is_none() && due_after.is_none();
        status.is_none() && priority.is_none() && assigned_to.is_none() && dates && q.is_none()
    }

    /// Whether a task, as it is presented, fits, asked by `user`.
    pub fn matches(&self, task: &Task, user: UserId) -> bool {
        let due = task.due.map(Due::sort_key);
        let assignee = |wanted| match wanted {
            Assigned::Me => task.assignee == Some(user),
            Assigned::Nobody => task.assignee.is_none(),
            Assigned::To(person) => task.assignee == Some(person),
        };
        let text =
            |q: &str| fold(task.title.as_str()).contains(&fold(q)) || fold(&task.key().to_string()).contains(&fold(q));
        self.status.as_ref().is_none_or(|status| *status == task.status)
            && self.priority.is_none_or(|priority| priority == task.priority)
            && self.assigned_to.is_none_or(assignee)
            && self.due_before.is_none_or(|before| due.as_ref().is_some_and(|due| *due < before.sort_key()))
            && self.due_after.is_none_or(|after| due.as_ref().is_some_and(|due| *due >= after.sort_key()))
            && self.q.as_deref().is_none_or(text)
    }
}
