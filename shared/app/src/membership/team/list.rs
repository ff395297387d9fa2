//! The teams that a caller sees.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::call::{Call, Page};
use domain::id::{OrgId, ProjectId, UserId};
use domain::membership::organization::Card;
use domain::membership::team::Team;
use domain::text::Needle;
use domain::work::project::Project;
use futures_util::future::try_join_all;
use paging::{
    Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Placed, ranges, several,
};
use serde::Serialize;
use store::Scope;
use store::keys;
use store::open::Me;
use store::range::Range;
use store::record::Stored;

use super::{hide_projects, org_with, standing_in};
use crate::App;
use crate::in_org::{InOrg, restricted};
use crate::tenant::{self, OrgRef};

/// Which teams are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TeamFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Only those that work in this project.
    pub project: Option<ProjectId>,
    /// Only those of this person.
    pub member: Option<UserId>,
    /// Only the caller's own.
    pub mine: bool,
    /// Whose name contains this.
    pub q: Option<Needle>,
}

impl TeamFilter {
    fn matches(&self, team: &Team, member: Option<&Card>) -> bool {
        let of_member = !(self.mine || self.member.is_some())
            || member.is_some_and(|m| m.team_role(team.id).is_some());
        let contains = |q: &Needle| q.is_in(team.name.as_str());
        of_member
            && self.project.is_none_or(|project| team.works_in(project))
            && self.q.as_ref().is_none_or(contains)
    }
}

/// The organizations in question. A project that the caller does not see is in none.
async fn orgs(app: &App, call: &Call, filter: &TeamFilter) -> Result<(Me, Vec<OrgId>), Error> {
    let mut only = None;
    if let Some(org) = &filter.org {
        let org: OrgRef = org
            .parse()
            .map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
        only = Some(tenant::resolve(app, call, &org).await?);
    }
    if let Some(project) = filter.project {
        // First: else the teams found would betray a project that the caller must not know of.
        app.store
            .open(call, project, &[])
            .await?
            .require(Action::ProjectRead)
            .await?;
        let its = org_with(app, call, project.tag()).await?;
        if only.is_some_and(|only| only != its) {
            return Err(Error::CrossOrganization);
        }
        only = Some(its);
    }
    let me = app.store.open_me(call, &[]).await?;
    let orgs = tenant::of(&me, only)?;
    Ok((me, orgs))
}

/// A page of the teams that the caller sees, in all their organizations or in one; oldest first.
// In one piece: organizations, lanes, first rows and scopes are each what the next step needs.
pub async fn list_teams(
    app: &App,
    call: &Call,
    filter: &TeamFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Team>>, Error> {
    let (me, orgs) = orgs(app, call, filter).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let lanes: Vec<Range> = orgs.iter().map(|org| keys::teams_of(org.tag())).collect();
    let page = Gathering::new(limit, MOST_ROWS);
    let first = ranges(&lanes, true, after.as_deref(), page.stride(true));
    let (scopes, first) = several::begin(&app.store, &me, &orgs, &first).await?;
    let scopes = &several::in_order(&scopes, &orgs);
    let sieve = &Sieve {
        app,
        filter,
        scopes,
        members: members(app, scopes, filter).await?,
    };
    let keep = |merged: Merged| sieve.keep(merged);
    let mut teams = Merging::new(&app.store, &lanes, scopes, true, after, keep).begun(first);
    page.fill(&mut teams, LeftOut::Some).await?.sealed(&cursors)
}

/// What decides which teams belong to the list. Scopes and members are in the order of the lanes.
struct Sieve<'a> {
    app: &'a App,
    filter: &'a TeamFilter,
    scopes: &'a [Option<&'a Scope>],
    members: Vec<Option<Card>>,
}

impl Sieve<'_> {
    /// The teams of some rows, each with its place; none where it is not wanted or not seen.
    async fn keep(&self, merged: Merged) -> Result<Placed<InOrg<Team>>, Error> {
        let read = |row: LaneRow| row.read(|item| Stored::<Team>::read(&item));
        let teams: Vec<_> = merged
            .rows
            .into_iter()
            .map(read)
            .collect::<Result<_, Error>>()?;
        let around = around(self.app, self.scopes, &teams).await?;
        let row = |LaneRow {
                       place,
                       lane,
                       value: team,
                   }: LaneRow<Stored<Team>>| {
            let wanted = self
                .filter
                .matches(&team.value, self.members[lane].as_ref());
            let scope =
                self.scopes[lane].filter(|scope| wanted && sees(scope, &team.value, &around));
            (place, scope.map(|scope| shown(scope, team)))
        };
        Ok(teams.into_iter().map(row).collect())
    }
}

fn shown(scope: &Scope, mut team: Stored<Team>) -> InOrg<Team> {
    hide_projects(scope, &mut team.value);
    InOrg::of(scope, team)
}

fn sees(scope: &Scope, team: &Team, around: &HashMap<ProjectId, Project>) -> bool {
    let card = &scope.card().value;
    let standing = standing_in(card, team.id);
    // Whoever must not know of a project must not know of a team inside it either.
    let inside =
        |project: ProjectId| standing.team.is_some() || scope.sees(project, around.get(&project));
    standing.granted(Action::TeamRead, Circumstances::default()) && team.project.is_none_or(inside)
}

/// The projects around these teams that must be read before it is known who sees them.
async fn around(
    app: &App,
    scopes: &[Option<&Scope>],
    teams: &[LaneRow<Stored<Team>>],
) -> Result<HashMap<ProjectId, Project>, Error> {
    let lookups = scopes.iter().enumerate().filter_map(|(lane, scope)| {
        let inside = teams
            .iter()
            .filter(move |team| team.lane == lane)
            .filter_map(|team| team.value.value.project);
        scope.map(|scope| restricted(app, scope, inside))
    });
    Ok(try_join_all(lookups).await?.into_iter().flatten().collect())
}

/// The cards of the person whose teams are wanted, in each organization: only where the caller may know of them.
async fn members(
    app: &App,
    scopes: &[Option<&Scope>],
    filter: &TeamFilter,
) -> Result<Vec<Option<Card>>, Error> {
    let lookups = scopes.iter().map(|scope| async move {
        let Some(scope) = scope else { return Ok(None) };
        match filter.member.filter(|user| *user != scope.user()) {
            None => Ok(Some(scope.card().value.clone())),
            Some(user) => {
                let key = keys::card(scope.tag(), user);
                let found = app
                    .store
                    .fetch::<Card>(scope, std::slice::from_ref(&key))
                    .await?
                    .remove(&key);
                let seen = |card: &Card| card.is_live() && scope.card().value.sees(card);
                Ok(found.map(|card| card.value).filter(seen))
            }
        }
    });
    try_join_all(lookups).await
}
