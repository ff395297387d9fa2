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
use store::keys;
use store::record::Stored;
use store::store::read_all;

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

/// A page of the people in the caller's organizations, or in one of them: organization by organization, each person
/// once, as they joined.
pub async fn list_users(
    app: &App,
    call: &Call,
    filter: &PeopleFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Card>, Error> {
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
            let org = id_of(app, call, &org).await?;
            if of_team.is_some_and(|other| other != org) {
                return Err(Error::CrossOrganization);
            }
            Some(org)
        }
    };
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let position = cursor
        .map(|cursor| cursors.open::<String>(cursor))
        .transpose()?;
    let scopes = in_turn(
        app.store.scopes(&me, &tenant::of(&me, only)?).await?,
        only.is_some(),
    );
    let matching = MemberFilter {
        role: None,
        q: filter.q.clone(),
        team: filter.team,
    };
    let (at, after) = resume(&scopes, position.as_deref())?;
    let mut people = People {
        app,
        scopes: &scopes,
        filter: &matching,
        at,
        after,
    };
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut people, LeftOut::Never)
        .await?
        .sealed(&cursors)
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
            (self.at, self.after) = match stretch.more {
                true => (number, stretch.rows.last().map(|(place, _)| place.clone())),
                false => (number + 1, None),
            };
            rows.extend(stretch.rows.into_iter().map(|(place, card)| {
                let new = card.filter(|card| !told.contains(&(number, card.user)));
                (format!("{} {place}", self.scopes[number].org_id()), new)
            }));
            if stretch.more {
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
        let read = |LaneRow { place, value, .. }: LaneRow| {
            let card = Stored::<Card>::read(&value)?.value;
            let wanted =
                card.is_live() && scope.card().value.sees(&card) && self.filter.matches(&card);
            Ok((place, wanted.then_some(card)))
        };
        Ok(Stretch {
            rows: merged
                .rows
                .into_iter()
                .map(read)
                .collect::<Result<_, Error>>()?,
            more: merged.more,
        })
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

/// Who stands in a stretch, although the list tells of them under an earlier organization: by the organization's
/// number.
async fn told_already(
    app: &App,
    scopes: &[Scope],
    ahead: &[usize],
    stretches: &[Stretch<Card>],
) -> Result<HashSet<(usize, UserId)>, Error> {
    let people = ahead
        .iter()
        .zip(stretches)
        .filter(|(number, _)| **number > 0);
    let people = people.flat_map(|(number, stretch)| {
        stretch
            .rows
            .iter()
            .filter_map(|(_, card)| card.as_ref())
            .map(|card| (*number, card.user))
    });
    let people: Vec<_> = people.collect();
    if people.is_empty() {
        return Ok(HashSet::new());
    }
    let table = app.store.outside("to which organizations somebody belongs");
    let wanted: Vec<_> = people
        .iter()
        .map(|(_, user)| keys::account(*user))
        .collect();
    let accounts: HashMap<_, Stored<Account>> = read_all(table.get_many(&wanted, false).await?)?;
    let shared = people.into_iter().flat_map(|(number, user)| {
        let orgs = accounts
            .get(&keys::account(user))
            .map(|account| account.value.orgs.as_slice())
            .unwrap_or_default();
        let earlier = scopes
            .iter()
            .take(number)
            .filter(move |scope| orgs.contains(&scope.org_id()));
        earlier.map(move |scope| (scope, (number, user)))
    });
    let is_guest = |scope: &Scope| scope.card().value.role == OrgRole::Guest;
    let (as_guest, others): (Vec<_>, Vec<_>) = shared.partition(|(scope, _)| is_guest(scope));
    let mut told: HashSet<_> = others.into_iter().map(|(_, person)| person).collect();
    // Where the caller is a guest, they were told only of the people of their projects.
    let wanted: Vec<_> = as_guest
        .iter()
        .map(|(scope, (_, user))| keys::card(scope.tag(), *user))
        .collect();
    let cards = if wanted.is_empty() {
        HashMap::new()
    } else {
        table.get_many(&wanted, false).await?
    };
    let cards: HashMap<_, Stored<Card>> = read_all(cards)?;
    let seen = as_guest.into_iter().filter(|(scope, (_, user))| {
        let card = cards.get(&keys::card(scope.tag(), *user));
        card.is_some_and(|card| card.value.is_live() && scope.card().value.sees(&card.value))
    });
    told.extend(seen.map(|(_, person)| person));
    Ok(told)
}
