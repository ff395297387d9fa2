//! Which tasks a list has.

use std::collections::BTreeMap;

use domain::Error;
use domain::id::{LabelId, Tag, UserId};
use domain::text::Needle;
use domain::work::due::Due;
use domain::work::label::Label;
use domain::work::task::{Priority, Task};
use domain::work::workflow::{StatusKey, Workflow};
use serde::Serialize;
use store::keys::{self, Key};
use store::record::Stored;

use crate::App;
use crate::work::label::on_task;

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
    pub q: Option<Needle>,
    /// Marked with every one of these.
    pub labels: Vec<LabelId>,
    /// Under which other ids tasks may carry them, as was found out for this list.
    #[serde(skip)]
    pub aliases: BTreeMap<LabelId, Vec<LabelId>>,
}

impl TaskFilter {
    /// Whether every task fits.
    pub fn is_empty(&self) -> bool {
        let Self {
            status,
            priority,
            assigned_to,
            due_before,
            due_after,
            q,
            labels,
            aliases: _,
        } = self;
        let dates = due_before.is_none() && due_after.is_none();
        let words = q.is_none() && labels.is_empty();
        status.is_none() && priority.is_none() && assigned_to.is_none() && dates && words
    }

    /// Whether a task, as it is presented, fits, asked by `user`.
    // In one piece: one term for each condition of a filter, in the order of its fields.
    pub fn matches(&self, task: &Task, user: UserId) -> bool {
        let due = task.due.map(Due::sort_key);
        let assignee = |wanted| match wanted {
            Assigned::Me => task.assignee == Some(user),
            Assigned::Nobody => task.assignee.is_none(),
            Assigned::To(person) => task.assignee == Some(person),
        };
        let text = |q: &Needle| q.is_in(task.title.as_str()) || q.is_in(&task.key().to_string());
        self.status
            .as_ref()
            .is_none_or(|status| status == task.status.key())
            && self
                .priority
                .is_none_or(|priority| priority == task.priority)
            && self.assigned_to.is_none_or(assignee)
            && self
                .due_before
                .is_none_or(|before| due.as_ref().is_some_and(|due| *due < before.sort_key()))
            && self
                .due_after
                .is_none_or(|after| due.as_ref().is_some_and(|due| *due >= after.sort_key()))
            && self.q.as_ref().is_none_or(text)
            && self.labels.iter().all(|label| self.is_marked(task, *label))
    }

    /// Fails if it asks for a status that the workflow has not.
    pub(super) fn check_status(&self, workflow: &Workflow) -> Result<(), Error> {
        let unknown = self
            .status
            .as_ref()
            .filter(|status| workflow.status(status).is_none());
        unknown.map_or(Ok(()), |status| {
            Err(Error::filter(
                "status",
                format!("{status} is no status of the project"),
            ))
        })
    }

    /// What is to be read of its labels beside the things of these tenants.
    pub fn label_keys(&self, tag: Option<Tag>) -> Vec<Key> {
        // A label of another tenant marks nothing there, so it is not looked for.
        let labels = self
            .labels
            .iter()
            .copied()
            .filter(|label| tag.is_none_or(|tag| tag == label.tag()));
        labels.map(keys::label).collect()
    }

    /// The same filter, knowing under which other ids tasks may carry its labels, which were read meanwhile.
    pub(crate) async fn with_aliases(
        &self,
        app: &App,
        read: impl Fn(&Key) -> Result<Option<Stored<Label>>, Error>,
    ) -> Result<Self, Error> {
        let found = self
            .label_keys(None)
            .iter()
            .filter_map(|key| read(key).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let aliases = on_task::aliases(app, found.into_iter().map(|label| label.value)).await?;
        Ok(Self {
            aliases,
            ..self.clone()
        })
    }

    fn is_marked(&self, task: &Task, label: LabelId) -> bool {
        let also = self.aliases.get(&label);
        task.label_ids()
            .any(|carried| carried == label || also.is_some_and(|also| also.contains(&carried)))
    }

    /// The same for tasks of several projects, whose statuses may differ: the word of a category stands for all its
    /// statuses.
    pub fn across_projects(&self, task: &Task) -> Self {
        let category = |status: &StatusKey| status.as_str() == task.category.as_str();
        Self {
            status: self.status.clone().filter(|status| !category(status)),
            ..self.clone()
        }
    }
}
