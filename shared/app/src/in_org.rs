//! Things together with the organization they belong to, and the projects that decide who sees them.

use std::collections::HashMap;

use domain::Error;
use domain::call::Versioned;
use domain::id::{OrgId, ProjectId};
use domain::work::project::Project;
use store::record::{Record, Stored};
use store::{Scope, keys};

use crate::App;

/// A thing together with the organization it belongs to.
#[derive(Debug, Clone)]
pub struct InOrg<T> {
    /// The organization.
    pub org: OrgId,
    /// The thing and its version.
    pub thing: Versioned<T>,
}

impl<T> InOrg<T> {
    /// The thing in the scope's organization.
    pub fn of(scope: &Scope, stored: Stored<T>) -> Self {
        Self {
            org: scope.org_id(),
            thing: stored.versioned(),
        }
    }

    /// The same with its long text, which is read if it stands apart: for whoever shows the thing by itself.
    pub async fn whole(mut self, app: &App, scope: &Scope) -> Result<Self, Error>
    where
        T: Record,
    {
        let gone = app.store.read_texts(scope, [&mut self.thing.value]).await?;
        if gone.is_empty() {
            Ok(self)
        } else {
            Err(Error::Internal("a thing without its text".to_owned()))
        }
    }
}

/// Those of `wanted` that say themselves who sees them, by id: private, archived and deleted ones.
pub async fn restricted(
    app: &App,
    scope: &Scope,
    wanted: impl IntoIterator<Item = ProjectId>,
) -> Result<HashMap<ProjectId, Project>, Error> {
    let wanted: Vec<_> = wanted
        .into_iter()
        .filter(|id| scope.must_read(*id))
        .map(keys::project)
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = app.store.fetch::<Project>(scope, &wanted).await?;
    Ok(found
        .into_values()
        .map(|project| (project.value.id, project.value))
        .collect())
}
