//! Saved views: the conditions of a list of tasks, under a name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{OrgId, ProjectId, UserId, ViewId};
use crate::text::Name;

/// A saved view. It grants nothing: whoever runs it sees what they may see, and `me` in it is that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
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
    #[serde(default, with = "timestamp::millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl View {
    /// The project whose tasks it lists; without one, those of whoever runs it.
    pub fn project(&self) -> Option<ProjectId> {
        self.filter.get("project")?.parse().ok()
    }
}
