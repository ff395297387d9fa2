//! The projects that a caller sees.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{ProjectId, TeamId};
use domain::project::{Project, ProjectStatus};
use domain::text::Needle;
use futures_util::future::try_join_all;
use serde::Serialize;
use store::keys::{self, Index};
use store::record::Stored;
use store::table::Range;
use store::{Scope, SealedRows};

use super::InOrg;
use crate::cursor::Cursors;
use crate::listing::{Gathering, Lane, MOST_ROWS, merge};
use crate::tenant::{self, OrgRef};
use crate::{App, team};

/// Which projects are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProjectFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Only those to which this team is attached.
    pub team: Option<TeamId>,
    /// Of one status only.
    pub status: Option<ProjectStatus>,
    /// Archived ones only, or none of them.
    pub archived: Option<bool>,
    /// Whose name or key contains this.
    pub q: Option<Needle>,
    /// Oldest first.
    pub ascending: bool,
}

impl ProjectFilter {
    fn matches(&self, project: &Project) -> bool {
        self.team.is_none_or(|team| project.teams.contains(&team.suffix()))
            && self.status.is_none_or(|status| status == project.status)
            && self.archived.is_none_or(|archived| archived == project.archived_at.is_some())
            && self.q.as_ref().is_none_or(|q| q.is_in(&format!("{} {}", project.key, project.name)))
    }
}

/// A project in a list.
pub type ListedProject = InOrg<Project>;

/// A page of the projects that the caller sees, in all their organizations or in one.
pub async fn list(
    app: &App,
    call: &Call,
    filter: &ProjectFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ListedProject>, Error> {
    let of_team = match filter.team {
        None => None,
        Some(team) => Some(team::open(app, call, team, Action::TeamRead, &[]).await?.0.org_id()),
    };
    let only = match &filter.org {
        None => of_team,
        Some(org) => {
            let org: OrgRef = org.parse().map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
            let org = tenant::resolve(app, call, &org).await?;
            if of_team.is_some_and(|other| other != org) {
                return Err(Error::CrossOrganization);
            }
            Some(org)
        }
    };
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app, call, filter).await?;
    let mut after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let orgs = tenant::of(&me, only)?;
    let lanes: Vec<Lane> =
        orgs.iter().map(|org| Lane::new(Range::of(Index::ByParent, keys::projects_of(org.tag()), 0))).collect();
    let mut page = Gathering::new(limit, MOST_ROWS);
    let mut scopes: Option<HashMap<_, Scope>> = None;
    loop {
        let stride = page.stride(true);
        let query = lanes.iter().zip(&orgs).map(|(lane, org)| {
            let range = lane.range_from(filter.ascending, after.as_deref(), stride);
            async move { app.store.peek(org.tag(), &range).await }
        });
        let open = async {
            match scopes.take() {
                Some(scopes) => Ok(scopes),
                None => {
                    app.store.scopes(&me, &orgs).await.map(|all| all.into_iter().map(|s| (s.org_id(), s)).collect())
                }
            }
        };
        let (found, open) = tokio::join!(try_join_all(query), open);
        let open: HashMap<_, Scope> = open?;
        let unseal =
            |(rows, org): (SealedRows, _)| open.get(org).map_or(Ok(Default::default()), |scope| rows.unseal(scope));
        let found = found?.into_iter().zip(&orgs).map(unseal).collect::<Result<Vec<_>, _>>()?;
        let merged = merge(&lanes, found, filter.ascending, stride)?;
        let mut rows = vec![];
        for (place, lane, item) in merged.rows {
            let project = Stored::<Project>::read(&item)?;
            let seen = open.get(&orgs[lane]).is_some_and(|scope| scope.sees(project.value.id, Some(&project.value)));
            let wanted = seen && !project.value.hidden && filter.matches(&project.value);
            let row = || InOrg { org: orgs[lane], thing: project.versioned() };
            rows.push((place, wanted.then(row)));
        }
        after = rows.last().map(|(place, _)| place.clone());
        scopes = Some(open);
        if page.take(rows, merged.more) {
            break;
        }
    }
    let next = page.position.map(|place| cursors.seal(app, &place)).transpose()?;
    Ok(Page { rows: page.rows, next, limit })
}

/// Those of `wanted` that say themselves who sees them, by id: private, archived and deleted ones.
pub async fn restricted(
    app: &App,
    scope: &Scope,
    wanted: impl IntoIterator<Item = ProjectId>,
) -> Result<HashMap<ProjectId, Project>, Error> {
    let wanted: Vec<_> = wanted.into_iter().filter(|id| scope.must_read(*id)).map(keys::project).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = app.store.fetch::<Project>(scope, &wanted).await?;
    Ok(found.into_values().map(|project| (project.value.id, project.value)).collect())
}
