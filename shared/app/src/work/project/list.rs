//! The projects that a caller sees.

use std::future::ready;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{OrgId, TeamId};
use domain::text::Needle;
use domain::work::project::{Project, ProjectStatus};
use paging::{
    Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Placed, ranges, several,
};
use serde::Serialize;
use store::open::Me;
use store::range::Range;
use store::record::Stored;
use store::{Scope, keys};

use crate::in_org::InOrg;
use crate::tenant::{self, OrgRef};
use crate::{App, membership::team};

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
        self.team
            .is_none_or(|team| project.teams.contains(&team.suffix()))
            && self.status.is_none_or(|status| status == project.status)
            && self
                .archived
                .is_none_or(|archived| archived == project.archived_at.is_some())
            && self
                .q
                .as_ref()
                .is_none_or(|q| q.is_in(&format!("{} {}", project.key, project.name)))
    }
}

/// A project in a list.
pub type ListedProject = InOrg<Project>;

/// A page of the projects that the caller sees, in all their organizations or in one.
pub async fn list_projects(
    app: &App,
    call: &Call,
    filter: &ProjectFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ListedProject>, Error> {
    let only = narrowed_to(app, call, filter).await?;
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let orgs = tenant::of(&me, only)?;
    gather(app, &me, &orgs, filter, limit, after)
        .await?
        .sealed(&cursors)
}

/// The projects of these organizations behind a place, in one order.
async fn gather(
    app: &App,
    me: &Me,
    orgs: &[OrgId],
    filter: &ProjectFilter,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<ListedProject>, Error> {
    let lanes: Vec<Range> = orgs
        .iter()
        .map(|org| keys::projects_of(org.tag()))
        .collect();
    let page = Gathering::new(limit, MOST_ROWS);
    let forward = filter.ascending;
    let first = ranges(&lanes, forward, after.as_deref(), page.stride(true));
    let (scopes, first) = several::begin(&app.store, me, orgs, &first).await?;
    let scopes = &several::in_order(&scopes, orgs);
    let keep = |merged: Merged| ready(kept(filter, scopes, merged));
    let mut projects = Merging::new(&app.store, &lanes, scopes, forward, after, keep).begun(first);
    page.fill(&mut projects, LeftOut::Some).await
}

/// The organization that the filter narrows the list to, by a team or by name.
async fn narrowed_to(
    app: &App,
    call: &Call,
    filter: &ProjectFilter,
) -> Result<Option<OrgId>, Error> {
    // The team first: to whoever may not see it, the answer is 404 whatever organization they name.
    let of_team = match filter.team {
        None => None,
        Some(team) => Some(
            team::open_team(app, call, team, Action::TeamRead, &[])
                .await?
                .0
                .org_id(),
        ),
    };
    let Some(org) = &filter.org else {
        return Ok(of_team);
    };
    let org: OrgRef = org
        .parse()
        .map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
    let org = tenant::resolve(app, call, &org).await?;
    if of_team.is_some_and(|other| other != org) {
        return Err(Error::CrossOrganization);
    }
    Ok(Some(org))
}

/// What of these rows belongs to the list.
fn kept(
    filter: &ProjectFilter,
    scopes: &[Option<&Scope>],
    merged: Merged,
) -> Result<Placed<ListedProject>, Error> {
    let rows = merged.rows.into_iter();
    rows.map(|row| seen(filter, scopes, row)).collect()
}

/// A row with its project, if the caller sees that one and wants it.
fn seen(
    filter: &ProjectFilter,
    scopes: &[Option<&Scope>],
    LaneRow { place, lane, value }: LaneRow,
) -> Result<(String, Option<ListedProject>), Error> {
    let project = Stored::<Project>::read(&value)?;
    // A row has all that decides who sees its project, so none is read again.
    let scope = scopes[lane].filter(|scope| scope.sees(project.value.id, Some(&project.value)));
    let scope = scope.filter(|_| !project.value.hidden && filter.matches(&project.value));
    Ok((place, scope.map(|scope| InOrg::of(scope, project))))
}
