//! Saved views: the conditions of a list of tasks, under a name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use app::work::task::{Parameters, TaskList};
use domain::Error;
use domain::id::{OrgId, ProjectId, UserId};
use domain::text::Name;

domain::tenant_id!(
    /// A saved view.
    ViewId,
    "view"
);

/// A saved view. It grants nothing: whoever runs it sees what they may see, and `me` in it is that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// The organization it belongs to.
    pub org: OrgId,
    /// What it is called.
    pub name: Name,
    /// The parameters of the list, by their names; they were good when it was saved.
    pub filter: BTreeMap<String, String>,
    /// Others in the organization see it too, if they see its project.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Whose it is.
    pub created_by: UserId,
    /// When it was last changed, always by its owner.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
}

impl SavedView {
    /// The project whose tasks it lists; without one, those of whoever runs it.
    pub fn project(&self) -> Option<ProjectId> {
        self.filter.get("project")?.parse().ok()
    }

    /// The list that it stands for; without project and team, of the tasks that whoever runs it has in its organization.
    pub fn list(&self) -> Result<TaskList, Error> {
        let list = list_of(&self.filter)?;
        let own = list.project.is_none() && list.team.is_none();
        Ok(TaskList {
            org: own.then(|| self.org.to_string()),
            ..list
        })
    }
}

/// The list for which parameters stand, by their names.
pub(crate) fn list_of(filter: &BTreeMap<String, String>) -> Result<TaskList, Error> {
    let words = serde_json::to_value(filter).and_then(serde_json::from_value::<Parameters>);
    words
        .map_err(|error| Error::Internal(format!("a view cannot be run: {error}")))?
        .try_into()
}
