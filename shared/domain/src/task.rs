//! Tasks and the workflow they follow.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::due::Due;
use crate::error::Error;
use crate::id::{ProjectId, TaskId, UserId};
use crate::text::{Description, ProjectKey, Title};

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

words!(
    /// A status of the default workflow, which is also the category of the statuses of any other.
    Status {
        /// Not begun.
        Todo = "todo",
        /// Being worked on.
        InProgress = "in_progress",
        /// Finished.
        Done = "done",
    }
);

impl Status {
    /// The statuses that may follow: work begins and is put back, anything open can be finished, and what is
    /// finished can be taken up again.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Todo => &[Self::InProgress, Self::Done],
            Self::InProgress => &[Self::Todo, Self::Done],
            Self::Done => &[Self::Todo, Self::InProgress],
        }
    }

    /// The status `to`, if it is this one or may follow it.
    pub fn step(self, to: Self) -> Result<Self, Error> {
        if self == to || self.next().contains(&to) {
            return Ok(to);
        }
        Err(Error::InvalidTransition { allowed: self.next().iter().map(|status| status.as_str().to_owned()).collect() })
    }

    /// Whether nothing is left to do.
    pub fn is_closed(self) -> bool {
        self == Self::Done
    }
}

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
        let plain =
            (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().map_err(|_| crate::id::NotAnId)?;
        let project = project.parse().map_err(|_| crate::id::NotAnId)?;
        plain.then_some(Self { project, number }).ok_or(crate::id::NotAnId)
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
    pub description: Option<Description>,
    /// Where it stands.
    pub status: Status,
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
    /// When it was finished.
    #[serde(default, with = "timestamp::millisecond::optional", skip_serializing_if = "Option::is_none")]
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
    #[serde(default, with = "timestamp::millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

impl Task {
    /// The key that people use for it.
    pub fn key(&self) -> TaskKey {
        TaskKey { project: self.prefix.clone(), number: self.number }
    }

    /// Whose task it is: the assignee's, and as long as there is none its creator's.
    pub fn person(&self) -> UserId {
        self.assignee.unwrap_or(self.created_by)
    }

    /// Moves it along the workflow. Entering `done` notes the moment, leaving it forgets it.
    pub fn step(&mut self, to: Status, now: Timestamp) -> Result<(), Error> {
        let before = self.status;
        self.status = before.step(to)?;
        if before.is_closed() != to.is_closed() {
            self.completed_at = to.is_closed().then_some(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_keys_have_one_spelling() {
        assert_eq!("proj-12".parse::<TaskKey>().unwrap().to_string(), "PROJ-12");
        for bad in ["", "PROJ", "PROJ-", "PROJ-0", "PROJ-012", "-12", "P-1", "PROJ-12345678901", "PROJ-1a", "PR OJ-1"] {
            assert!(bad.parse::<TaskKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn statuses_are_read_in_any_spelling() {
        for text in ["in_progress", "In Progress", "IN-PROGRESS"] {
            assert_eq!(text.parse::<Status>().unwrap(), Status::InProgress);
        }
        assert!("doing".parse::<Status>().is_err());
    }
}
