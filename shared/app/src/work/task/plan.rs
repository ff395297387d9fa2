//! Which stretches of which index answer a list of tasks. The ordering picks the index, and conditions on its leading
//! keys narrow it; the rest is filtered.

use domain::Error;
use domain::id::{OrgId, ProjectId, UserId};
use domain::work::task::Priority;
use domain::work::workflow::Workflow;
use paging::{LeftOut, MOST_FETCHED, MOST_ROWS};
use serde::Serialize;
use store::keys;
use store::range::Range;

use super::filter::TaskFilter;

/// The order of a list of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Ordering {
    /// In which they were made.
    CreatedAt,
    /// By due date, those without one last.
    DueDate,
    /// By priority, lowest first, then by due date.
    Priority,
    /// By their place in the column of a status.
    Position,
}

/// How a list is read.
#[derive(Debug)]
pub struct Plan {
    /// The stretches.
    pub lanes: Vec<Range>,
    /// The index has only keys, so the rows must be fetched.
    pub fetch: bool,
    /// Every row of the stretches belongs to the list.
    pub exact: bool,
}

impl Plan {
    /// The most rows that one request looks at.
    pub fn most(&self) -> usize {
        if self.fetch { MOST_FETCHED } else { MOST_ROWS }
    }

    /// Whether rows are left out.
    pub fn left_out(&self) -> LeftOut {
        if self.exact {
            LeftOut::Never
        } else {
            LeftOut::Some
        }
    }

    /// Whether its lanes are those of another plan.
    pub fn has_lanes_of(&self, other: &Self) -> bool {
        self.lanes.len() == other.lanes.len()
            && self
                .lanes
                .iter()
                .zip(&other.lanes)
                .all(|(a, b)| a.is_beside(b))
    }

    /// The plan for the tasks of a project.
    pub fn project(
        project: ProjectId,
        ordering: Ordering,
        filter: &TaskFilter,
        workflow: &Workflow,
    ) -> Result<Self, Error> {
        Ok(match ordering {
            // This index alone carries what lists print of a task.
            Ordering::CreatedAt => Self {
                lanes: vec![keys::tasks_of(project)],
                fetch: false,
                exact: filter.is_empty(),
            },
            Ordering::Position => Self::by_position(project, filter, workflow)?,
            Ordering::Priority => Self::by_priority(project, filter),
            Ordering::DueDate => Self::by_due_date(project, filter),
        })
    }

    fn by_position(
        project: ProjectId,
        filter: &TaskFilter,
        workflow: &Workflow,
    ) -> Result<Self, Error> {
        let message = "by position needs status=, since every status has an order of its own";
        let status = filter
            .status
            .as_ref()
            .ok_or_else(|| Error::filter("ordering", message))?;
        let rest = TaskFilter {
            status: None,
            ..filter.clone()
        };
        // Tasks that were put into a status before it was renamed stand in the column of its old name.
        let stored = workflow
            .status(status)
            .map(|status| workflow.stored_as(status))
            .unwrap_or_default();
        let lanes = stored
            .iter()
            .map(|stored| keys::column(project, stored))
            .collect();
        Ok(Self {
            lanes,
            fetch: true,
            exact: rest.is_empty(),
        })
    }

    fn by_priority(project: ProjectId, filter: &TaskFilter) -> Self {
        let of = |priority| keys::urgency_of(project, priority);
        let lane = filter.priority.map_or_else(|| keys::urgency(project), of);
        let rest = TaskFilter {
            priority: None,
            ..filter.clone()
        };
        Self {
            lanes: vec![lane],
            fetch: true,
            exact: rest.is_empty(),
        }
    }

    fn by_due_date(project: ProjectId, filter: &TaskFilter) -> Self {
        // The index sorts by priority first, so due dates are in order only within one priority.
        let priorities = filter
            .priority
            .map_or_else(|| Priority::ALL.to_vec(), |priority| vec![priority]);
        let lanes = priorities
            .into_iter()
            .map(|priority| {
                keys::due_between(project, priority, filter.due_after, filter.due_before)
            })
            .collect();
        let rest = TaskFilter {
            priority: None,
            due_before: None,
            due_after: None,
            ..filter.clone()
        };
        Self {
            lanes,
            fetch: true,
            exact: rest.is_empty(),
        }
    }

    /// The plan for a person's own tasks in these organizations: open ones first, by due date.
    pub fn person(orgs: &[OrgId], user: UserId, filter: &TaskFilter) -> Self {
        let lane = |org: &OrgId| keys::person(org.tag(), user);
        Self {
            lanes: orgs.iter().map(lane).collect(),
            fetch: true,
            exact: filter.is_empty(),
        }
    }
}
