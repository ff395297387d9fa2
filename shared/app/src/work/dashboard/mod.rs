//! Numbers about a project, or about the caller's work in an organization: for tiles that are looked at often, so every
//! number comes from the keys of an index, none of which is counted further than [`MOST_COUNTED`].

mod mine;
mod organization;
mod project;

pub use organization::get_organization_dashboard;
pub use project::get_project_dashboard;

use domain::Error;
use domain::id::{OrgId, ProjectId, UserId};
use domain::work::dashboard::{Count, Now, Work};
use domain::work::project::ProjectStatus;
use domain::work::workflow::StatusDefinition;
use store::keys::Key;
use store::range::Range;
use store::table::Rows;
use store::{Scope, record};

use crate::App;
use crate::notices::notification::count_unread_of;

/// How far one number is counted.
pub const MOST_COUNTED: usize = 500;

/// The numbers.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Who asked.
    pub user: UserId,
    /// About something in this organization.
    pub org: OrgId,
    /// About this project; without one about the organization.
    pub project: Option<ProjectId>,
    /// The work of a project, and its tasks by status in the order of the workflow.
    pub tasks: Option<(Work, Vec<(StatusDefinition, Count)>)>,
    /// The caller's own work there.
    pub mine: Work,
    /// The projects of an organization that the caller sees, those that are not archived, by status.
    pub projects: Option<Vec<(ProjectStatus, Count)>>,
    /// What the caller has not read of what they were told in the organization.
    pub unread: Count,
}

/// The moment, where the caller is; their profile was read with the authorizing read.
fn now(scope: &Scope, profile: &Key) -> Result<Now, Error> {
    let profile: Option<record::Stored<domain::account::Profile>> = scope.extra(profile)?;
    let zone = profile.and_then(|profile| profile.value.timezone);
    Ok(Now::new(scope.at(), zone.as_deref()))
}

/// What the caller has not read in the organization.
async fn unread(app: &App, scope: &Scope) -> Result<Count, Error> {
    let unread = count_unread_of(app, scope).await?;
    Ok(Count {
        count: unread.count,
        capped: unread.capped,
    })
}

/// How many rows a range has.
async fn count(app: &App, scope: &Scope, range: Range) -> Result<Count, Error> {
    let (count, capped) = app.store.count(scope, &range).await?;
    Ok(Count { count, capped })
}

/// How many rows were found.
fn counted(rows: &Rows) -> Count {
    Count {
        count: rows.items.len(),
        capped: rows.more,
    }
}
