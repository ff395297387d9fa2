//! Tasks and the workflow they follow.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::id::{LabelId, ProjectId, TaskId, UserId};
use crate::prose::Prose;
use crate::text::{Description, ProjectKey, Title};
use crate::work::due::Due;
use crate::work::workflow::{Category, RequiredField, StatusDefinition, StatusId, Workflow};

words!(
    /// How much a task matters. Declared from the lowest to the highest.
    Priority {
        /// Some day.
        Low = "low",
        /// The usual.
        Medium = "medium",
        /// Soon.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
);

/// The key that people use for a task: `PROJ-12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskKey {
    /// The project's key.
    pub project: ProjectKey,
    /// The task's number in it.
    pub number: u64,
}

impl std::fmt::Display for TaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.project, self.number)
    }
}

impl std::str::FromStr for TaskKey {
    type Err = crate::id::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (project, digits) = text.rsplit_once('-').ok_or(crate::id::NotAnId)?;
        let plain = (1..=10).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        let number = digits.parse().map_err(|_| crate::id::NotAnId)?;
        let project = project.parse().map_err(|_| crate::id::NotAnId)?;
        plain
            .then_some(Self { project, number })
            .ok_or(crate::id::NotAnId)
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// That project's key.
    pub prefix: ProjectKey,
    /// Its number in the project.
    pub number: u64,
    /// What it is called.
    pub title: Title,
    /// What it is about; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Prose<Description>>,
    /// Where it stands, as it was stored; a later workflow may have another place for it.
    pub status: StatusId,
    /// What that amounts to.
    pub category: Category,
    /// How much it matters.
    pub priority: Priority,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Where it stands among the tasks of its status.
    pub rank: String,
    /// What it is marked with: the suffixes of labels' ids, at most [`Label::MAX_ON_TASK`](crate::work::label::Label).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// When it was finished.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub completed_at: Option<Timestamp>,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

impl Task {
    /// The key that people use for it.
    pub fn key(&self) -> TaskKey {
        TaskKey {
            project: self.prefix.clone(),
            number: self.number,
        }
    }

    /// Whose task it is: the assignee's, and as long as there is none its creator's.
    pub fn person(&self) -> UserId {
        self.assignee.unwrap_or(self.created_by)
    }

    /// Puts it into a status of its workflow. Entering a closed one notes the moment, leaving it forgets it.
    pub fn enter(&mut self, status: &StatusDefinition, now: Timestamp) {
        if self.category.is_closed() != status.category.is_closed() {
            self.completed_at = status.category.is_closed().then_some(now);
        }
        (self.status, self.category) = (status.id(), status.category);
    }

    /// The same task in the status that its workflow has for it now. What is open again by that is not finished.
    pub fn presented(mut self, workflow: &Workflow) -> Self {
        let status = workflow.present(&self.status);
        (self.status, self.category) = (status.id(), status.category);
        self.completed_at = self.completed_at.filter(|_| self.category.is_closed());
        self
    }

    /// The ids of its labels.
    pub fn label_ids(&self) -> impl Iterator<Item = LabelId> {
        self.labels
            .iter()
            .filter_map(|suffix| LabelId::from_suffix(self.id.tag(), suffix).ok())
    }

    /// The fields that a step of a workflow may require and that it has.
    pub fn filled(&self) -> Vec<RequiredField> {
        let fields = [
            (RequiredField::Description, self.description.is_some()),
            (RequiredField::Assignee, self.assignee.is_some()),
            (RequiredField::Due, self.due.is_some()),
        ];
        fields
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(field, _)| field)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_keys_have_one_spelling() {
        assert_eq!("proj-12".parse::<TaskKey>().unwrap().to_string(), "PROJ-12");
        for bad in [
            "",
            "PROJ",
            "PROJ-",
            "PROJ-0",
            "PROJ-012",
            "-12",
            "P-1",
            "PROJ-12345678901",
            "PROJ-1a",
            "PR OJ-1",
        ] {
            assert!(bad.parse::<TaskKey>().is_err(), "{bad}");
        }
    }
}
