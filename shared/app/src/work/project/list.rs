//! The projects that a caller sees.

use std::future::ready;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::TeamId;
use domain::text::Needle;
use domain::work::project::{Project, ProjectStatus};
use paging::{Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, ranges, several};
use serde::Serialize;
use store::keys;
use store::range::Range;
use store::record::Stored;

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
    let of_team = match filter.team {
        None => None,
        Some(team) => Some(
            team::open_team(app, call, team, Action::TeamRead, &[])
                .await?
                .0
                .org_id(),
        ),
    };
    let only = match &filter.org {
        None => of_team,
        Some(org) => {
            let org: OrgRef = org
                .parse()
                .map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
            let org = tenant::resolve(app, call, &org).await?;
            if of_team.is_some_and(|other| other != org) {
                return Err(Error::CrossOrganization);
            }
            Some(org)
        }
    };
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let orgs = tenant::of(&me, only)?;
    let lanes: Vec<Range> = orgs
        .iter()
        .map(|org| keys::projects_of(org.tag()))
        .collect();
    let page = Gathering::new(limit, MOST_ROWS);
    let forward = filter.ascending;
    let first = ranges(&lanes, forward, after.as_deref(), page.stride(true));
    let (scopes, first) = several::begin(&app.store, &me, &orgs, &first).await?;
    let scopes = &several::in_order(&scopes, &orgs);
    let keep = |merged: Merged| {
        let row = |LaneRow { place, lane, value }: LaneRow| {
            let project = Stored::<Project>::read(&value)?;
            let scope =
                scopes[lane].filter(|scope| scope.sees(project.value.id, Some(&project.value)));
            let scope = scope.filter(|_| !project.value.hidden && filter.matches(&project.value));
            Ok((place, scope.map(|scope| InOrg::of(scope, project))))
        };
        ready(
            merged
                .rows
                .into_iter()
                .map(row)
                .collect::<Result<Vec<_>, Error>>(),
        )
    };
    let mut projects = Merging::new(&app.store, &lanes, scopes, forward, after, keep).begun(first);
    page.fill(&mut projects, LeftOut::Some)
        .await?
        .sealed(&cursors)
}
