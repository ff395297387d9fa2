//! Projects: containers of tasks.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Action, Circumstances, ProjectRole, words};
use crate::error::Error;
use crate::id::{ProjectId, UserId};
use crate::membership::organization::Card;
use crate::prose::Prose;
use crate::text::{Description, Name, ProjectKey};
use crate::work::workflow::Workflow;

words!(
    /// Where a project stands in its life.
    ProjectStatus {
        /// Being planned.
        Planning = "planning",
        /// Being worked on.
        Active = "active",
        /// Paused.
        OnHold = "on_hold",
        /// Done.
        Completed = "completed",
        /// Given up.
        Cancelled = "cancelled",
    }
);

words!(
    /// Who in the organization sees a project.
    Visibility {
        /// Everybody but guests.
        Organization = "organization",
        /// Those with a role in it, owners and admins.
        Private = "private",
    }
);

impl ProjectStatus {
    /// The statuses that may follow.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Planning => &[Self::Active, Self::OnHold, Self::Cancelled],
            Self::Active => &[Self::OnHold, Self::Completed, Self::Cancelled],
            Self::OnHold => &[Self::Planning, Self::Active, Self::Cancelled],
            Self::Completed | Self::Cancelled => &[Self::Active],
        }
    }

    /// The status `to`, if it is this one or may follow it.
    pub fn step(self, to: Self) -> Result<Self, Error> {
        if self == to || self.next().contains(&to) {
            return Ok(to);
        }
        Err(Error::InvalidTransition {
            allowed: self
                .next()
                .iter()
                .map(|status| status.as_str().to_owned())
                .collect(),
        })
    }
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The prefix of its tasks' keys.
    pub key: ProjectKey,
    /// What it is called.
    pub name: Name,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Prose<Description>>,
    /// Where it stands.
    pub status: ProjectStatus,
    /// Who sees it.
    pub visibility: Visibility,
    /// Who leads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<UserId>,
    /// The day on which it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// The day by which it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// How many people are its owners.
    pub owners: u32,
    /// The teams that it is attached to, by the suffixes of their ids; at most [`Project::MAX_TEAMS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// It is a team's default project: made on first use, and not shown in lists of projects.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Those who only read may comment on its tasks all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub viewers_comment: bool,
    /// Its own workflow; without one the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
    /// When it was archived.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub archived_at: Option<Timestamp>,
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

impl Project {
    /// How many teams a project is attached to at most.
    pub const MAX_TEAMS: usize = 20;

    /// Whether it must be looked at before anything in it can be worked on: access to it takes more than the
    /// organization's roles, or gives more, or it has a workflow of its own.
    pub fn is_restricted(&self) -> bool {
        let closed = self.archived_at.is_some() || self.deleted_at.is_some();
        closed
            || self.visibility == Visibility::Private
            || self.viewers_comment
            || self.workflow.is_some()
    }

    /// The workflow that its tasks follow.
    pub fn workflow(&self) -> Workflow {
        self.workflow.clone().unwrap_or_default()
    }

    /// Whether the person of a card sees it: they belong to the organization, and it is not deleted.
    pub fn is_seen_by(&self, card: &Card) -> bool {
        let circumstances = Circumstances {
            private: self.is_private(),
            ..Circumstances::default()
        };
        let standing = card.standing_in(self.id, &self.teams);
        card.is_live()
            && self.deleted_at.is_none()
            && standing.granted(Action::ProjectRead, circumstances)
    }

    /// Whether it is private.
    pub fn is_private(&self) -> bool {
        self.visibility == Visibility::Private
    }
}

/// A person's place in a project, as the project lists its people. The right itself stands in the person's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectMember {
    /// The project.
    pub project: ProjectId,
    /// The person.
    pub user: UserId,
    /// Their role.
    pub role: ProjectRole,
    /// When they were added.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_cycle_is_the_documented_table() {
        use ProjectStatus::*;
        let table = [
            (Planning, vec![Active, OnHold, Cancelled]),
            (Active, vec![OnHold, Completed, Cancelled]),
            (OnHold, vec![Planning, Active, Cancelled]),
            (Completed, vec![Active]),
            (Cancelled, vec![Active]),
        ];
        for (from, to) in table {
            for status in ProjectStatus::ALL {
                let allowed = from == *status || to.contains(status);
                assert_eq!(
                    from.step(*status).is_ok(),
                    allowed,
                    "{from:?} to {status:?}"
                );
            }
        }
    }

    #[test]
    fn no_status_is_a_dead_end() {
        assert!(
            ProjectStatus::ALL
                .iter()
                .all(|status| !status.next().is_empty())
        );
    }
}
