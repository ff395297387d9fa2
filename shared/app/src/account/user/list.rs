//! People in the caller's organizations.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::access::{Action, OrgRole};
use domain::account::Account;
use domain::call::{Call, Page};
use domain::id::{OrgId, TeamId, UserId};
use domain::membership::organization::{Card, OrgKind};
use domain::text::Needle;
use futures_util::future::try_join_all;
use paging::{
    Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, RowSource, Stretch, merge, page::STRIDE,
};
use serde::Serialize;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::store::read_all;
use store::table::Table;

use crate::membership::member::MemberFilter;
use crate::membership::organization::id_of;
use crate::tenant::{self, OrgRef};
use crate::{App, membership::team};

/// How many organizations are looked into at once.
const AT_ONCE: usize = 8;

/// Which people are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeopleFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Whose username or name contains this.
    pub q: Option<Needle>,
    /// Of one team only.
    pub team: Option<TeamId>,
}

impl PeopleFilter {
    /// Which of the people of one organization are wanted.
    fn matching(&self) -> MemberFilter {
        MemberFilter {
            role: None,
            q: self.q.clone(),
            team: self.team,
        }
    }
}

/// A page of the people in the caller's organizations, or in one of them: organization by organization, each person
/// once, as they joined.
pub async fn list_users(
    app: &App,
    call: &Call,
    filter: &PeopleFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Card>, Error> {
    let only = only(app, call, filter).await?;
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let position = cursor
        .map(|cursor| cursors.open::<String>(cursor))
        .transpose()?;
    let scopes = in_turn(
        app.store.scopes(&me, &tenant::of(&me, only)?).await?,
        only.is_some(),
    );
    let (at, after) = resume(&scopes, position.as_deref())?;
    let matching = filter.matching();
    let mut people = People {
        app,
        scopes: &scopes,
        filter: &matching,
        at,
        after,
    };
    // How many are left out differs from one organization to the next, so the source reads more
    // where it must.
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut people, LeftOut::Never)
        .await?
        .sealed(&cursors)
}

/// The one organization that is wanted, if it is only one: the team's, which must be the one that
/// is named.
async fn only(app: &App, call: &Call, filter: &PeopleFilter) -> Result<Option<OrgId>, Error> {
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
    let org = id_of(app, call, &org).await?;
    if of_team.is_some_and(|other| other != org) {
        return Err(Error::CrossOrganization);
    }
    Ok(Some(org))
}

/// The people of several organizations, one after the other, each told once.
struct People<'a> {
    app: &'a App,
    scopes: &'a [Scope],
    filter: &'a MemberFilter,
    /// The number of the organization in which it goes on.
    at: usize,
    /// The place in it.
    after: Option<String>,
}

impl RowSource for People<'_> {
    type Row = Card;

    async fn next(&mut self, stride: usize) -> Result<Stretch<Card>, Error> {
        let ahead: Vec<_> = (self.at..self.scopes.len().min(self.at + AT_ONCE)).collect();
        // Only in the first one it goes on from a place.
        let after = self.after.take();
        let after = |at| if at == self.at { after.clone() } else { None };
        let stretches =
            try_join_all(ahead.iter().map(|at| self.stretch(*at, after(*at), stride))).await?;
        let told = told_already(self.app, self.scopes, &ahead, &stretches).await?;
        let mut rows = vec![];
        for (number, stretch) in ahead.into_iter().zip(stretches) {
            let more = stretch.more;
            rows.extend(self.pass(number, stretch, &told));
            // What was read of later organizations is read again once this one has come to its end.
            if more {
                break;
            }
        }
        Ok(Stretch {
            rows,
            more: self.at < self.scopes.len(),
        })
    }
}

impl People<'_> {
    /// Notes that the list has come to the end of a stretch. Its rows, each with its place in the
    /// whole list, and without whoever is told of already.
    fn pass(
        &mut self,
        number: usize,
        stretch: Stretch<Card>,
        told: &HashSet<Found>,
    ) -> impl Iterator<Item = (String, Option<Card>)> {
        (self.at, self.after) = match stretch.more {
            true => (number, stretch.rows.last().map(|(place, _)| place.clone())),
            false => (number + 1, None),
        };
        let org = self.scopes[number].org_id();
        stretch.rows.into_iter().map(move |(place, card)| {
            let new = card.filter(|card| !told.contains(&(number, card.user)));
            (format!("{org} {place}"), new)
        })
    }

    /// Some people of one organization, each with their place, if they are wanted.
    async fn stretch(
        &self,
        at: usize,
        after: Option<String>,
        stride: usize,
    ) -> Result<Stretch<Card>, Error> {
        let scope = &self.scopes[at];
        let lane = keys::members_of(scope.tag());
        let filtered = self.filter.is_set() || scope.card().value.role == OrgRole::Guest;
        let stride = if filtered { STRIDE } else { stride };
        let range = lane.go_on(true, after.as_deref(), stride);
        let found = vec![self.app.store.rows(scope, &range).await?];
        let merged = merge(std::slice::from_ref(&lane), found, true, stride)?;
        let rows = merged.rows.into_iter().map(|row| self.row(scope, row));
        Ok(Stretch {
            rows: rows.collect::<Result<_, Error>>()?,
            more: merged.more,
        })
    }

    /// The person of a row, with their place, if they are wanted.
    fn row(&self, scope: &Scope, row: LaneRow) -> Result<(String, Option<Card>), Error> {
        let card = Stored::<Card>::read(&row.value)?.value;
        let wanted = card.is_live() && scope.card().value.sees(&card) && self.filter.matches(&card);
        Ok((row.place, wanted.then_some(card)))
    }
}

/// The organizations in the order in which they are listed. Where the caller is a guest, they see only some, so these
/// come last: in all before, whoever belongs to one is told of there. Their personal one has nobody but themselves.
fn in_turn(mut scopes: Vec<Scope>, only_one: bool) -> Vec<Scope> {
    if !only_one && scopes.len() > 1 {
        scopes.retain(|scope| scope.org().value.kind != OrgKind::Personal);
    }
    scopes.sort_by_key(|scope| scope.card().value.role == OrgRole::Guest);
    scopes
}

/// Where the list goes on: the number of the organization, and the place in it.
fn resume(scopes: &[Scope], position: Option<&str>) -> Result<(usize, Option<String>), Error> {
    let Some(position) = position else {
        return Ok((0, None));
    };
    let (org, place) = position.split_once(' ').ok_or(Error::BadCursor)?;
    let org: OrgId = org.parse().map_err(|_| Error::BadCursor)?;
    // Whoever has left the organization since begins anew.
    let at = scopes.iter().position(|scope| scope.org_id() == org);
    Ok(at.map_or((0, None), |at| (at, Some(place.to_owned()))))
}

/// A person, found in the organization of this number.
type Found = (usize, UserId);

/// Who stands in a stretch, although the list tells of them under an earlier organization.
async fn told_already(
    app: &App,
    scopes: &[Scope],
    ahead: &[usize],
    stretches: &[Stretch<Card>],
) -> Result<HashSet<Found>, Error> {
    let people: Vec<Found> = ahead
        .iter()
        .zip(stretches)
        .flat_map(|(number, stretch)| found_in(*number, stretch))
        .collect();
    if people.is_empty() {
        return Ok(HashSet::new());
    }
    let table = app.store.outside("to which organizations somebody belongs");
    let (as_guest, others): (Vec<_>, Vec<_>) = earlier(table, scopes, people)
        .await?
        .into_iter()
        .partition(|one| one.scope.card().value.role == OrgRole::Guest);
    let mut told: HashSet<_> = others.into_iter().map(|one| one.person).collect();
    told.extend(seen_as_guest(table, as_guest).await?);
    Ok(told)
}

/// The people in a stretch of whom the list may have told before: in the first organization it
/// cannot have.
fn found_in(number: usize, stretch: &Stretch<Card>) -> impl Iterator<Item = Found> {
    stretch
        .rows
        .iter()
        .filter(move |_| number > 0)
        .filter_map(|(_, card)| card.as_ref())
        .map(move |card| (number, card.user))
}

/// An organization, earlier in the list, to which a person belongs too.
struct Earlier<'a> {
    scope: &'a Scope,
    person: Found,
}

impl Earlier<'_> {
    fn card(&self) -> Key {
        keys::card(self.scope.tag(), self.person.1)
    }
}

/// The earlier organizations to which these people belong too.
async fn earlier<'a>(
    table: &Table,
    scopes: &'a [Scope],
    people: Vec<Found>,
) -> Result<Vec<Earlier<'a>>, Error> {
    let wanted: Vec<_> = people
        .iter()
        .map(|(_, user)| keys::account(*user))
        .collect();
    // Not strongly consistent: at worst somebody who has just joined is told twice.
    let accounts: HashMap<_, Stored<Account>> = read_all(table.get_many(&wanted, false).await?)?;
    let shared = people.into_iter().flat_map(|person| {
        let (number, user) = person;
        let orgs = accounts
            .get(&keys::account(user))
            .map(|account| account.value.orgs.as_slice())
            .unwrap_or_default();
        scopes
            .iter()
            .take(number)
            .filter(move |scope| orgs.contains(&scope.org_id()))
            .map(move |scope| Earlier { scope, person })
    });
    Ok(shared.collect())
}

/// Those of whom the caller was told where they are a guest: the people of their projects.
async fn seen_as_guest(table: &Table, people: Vec<Earlier<'_>>) -> Result<Vec<Found>, Error> {
    if people.is_empty() {
        return Ok(vec![]);
    }
    let wanted: Vec<_> = people.iter().map(Earlier::card).collect();
    let cards: HashMap<_, Stored<Card>> = read_all(table.get_many(&wanted, false).await?)?;
    let is_seen = |one: &Earlier<'_>| {
        cards
            .get(&one.card())
            .is_some_and(|card| card.value.is_live() && one.scope.card().value.sees(&card.value))
    };
    Ok(people
        .into_iter()
        .filter(is_seen)
        .map(|one| one.person)
        .collect())
}
