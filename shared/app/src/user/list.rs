//! People in the caller's organizations.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::access::OrgRole;
use domain::account::Account;
use domain::call::{Call, Page};
use domain::id::{OrgId, UserId};
use domain::organization::{Card, OrgKind};
use serde::Serialize;
use store::Scope;
use store::keys::{self, Index};
use store::record::Stored;
use store::store::read_all;
use store::table::Range;

use crate::App;
use crate::cursor::Cursors;
use crate::listing::{Gathering, Lane, MOST_ROWS, merge};
use crate::member::MemberFilter;
use crate::organization::id_of;
use crate::tenant::{self, OrgRef};

/// Which people are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeopleFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Whose username or name contains this.
    pub q: Option<String>,
}

/// A page of the people in the caller's organizations, or in one of them: organization by organization, each person
/// once, as they joined.
pub async fn list(
    app: &App,
    call: &Call,
    filter: &PeopleFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Card>, Error> {
    let only = match &filter.org {
        None => None,
        Some(org) => {
            let org: OrgRef = org.parse().map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
            Some(id_of(app, &org).await?)
        }
    };
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app, call, filter).await?;
    let position = cursor.map(|cursor| cursors.open::<String>(cursor)).transpose()?;
    let scopes = in_turn(app.store.scopes(&me, &tenant::of(&me, only)?).await?, only.is_some());
    let matching = MemberFilter { role: None, q: filter.q.clone() };
    let (mut at, mut after) = resume(&scopes, position.as_deref())?;
    let mut page = Gathering::new(limit, MOST_ROWS);
    while let Some((scope, earlier)) = scopes.get(at).zip(scopes.get(..at)) {
        let lane = Lane::new(Range::of(Index::ByParent, keys::members_of(scope.tag()), 0));
        let stride = page.stride(matching.is_set() || scope.card().value.role == OrgRole::Guest);
        let range = lane.range_from(true, after.as_deref(), stride);
        let merged = merge(std::slice::from_ref(&lane), vec![app.store.rows(scope, &range).await?], true, stride)?;
        let mut rows = vec![];
        for (place, _, item) in merged.rows {
            let card = Stored::<Card>::read(&item)?.value;
            let wanted = card.is_live() && scope.card().value.sees(&card) && matching.matches(&card);
            rows.push((place, wanted.then_some(card)));
        }
        let told = told_already(app, earlier, rows.iter().filter_map(|(_, card)| card.as_ref())).await?;
        after = rows.last().map(|(place, _)| place.clone());
        let rows = rows.into_iter().map(|(place, card)| {
            (format!("{} {place}", scope.org_id()), card.filter(|card| !told.contains(&card.user)))
        });
        let is_last = at + 1 == scopes.len();
        if page.take(rows, merged.more || !is_last) {
            break;
        }
        if !merged.more {
            (at, after) = (at + 1, None);
        }
    }
    let next = page.position.map(|place| cursors.seal(app, &place)).transpose()?;
    Ok(Page { rows: page.rows, next, limit })
}

/// The organizations in the order in which they are listed. Where the caller is a guest, he sees only some, so these
/// come last: in all before, whoever belongs to one is told of there. His personal one has nobody but himself.
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

/// Those of `people` whom the list has told of under an earlier organization.
async fn told_already(
    app: &App,
    earlier: &[Scope],
    people: impl Iterator<Item = &Card>,
) -> Result<HashSet<UserId>, Error> {
    let accounts: Vec<_> = people.map(|card| keys::account(card.user)).collect();
    if earlier.is_empty() || accounts.is_empty() {
        return Ok(HashSet::new());
    }
    let table = app.store.outside("to which organizations somebody belongs");
    let accounts: HashMap<_, Stored<Account>> = read_all(table.get_many(&accounts, false).await?)?;
    let shared = accounts.values().flat_map(|account| {
        let account = &account.value;
        earlier.iter().filter(|scope| account.orgs.contains(&scope.org_id())).map(|scope| (scope, account.user))
    });
    let (as_guest, told): (Vec<_>, Vec<_>) = shared.partition(|(scope, _)| scope.card().value.role == OrgRole::Guest);
    let mut told: HashSet<UserId> = told.into_iter().map(|(_, user)| user).collect();
    let cards: Vec<_> = as_guest.iter().map(|(scope, user)| keys::card(scope.tag(), *user)).collect();
    if !cards.is_empty() {
        let cards: HashMap<_, Stored<Card>> = read_all(table.get_many(&cards, false).await?)?;
        let seen = as_guest.into_iter().filter(|(scope, user)| {
            let card = cards.get(&keys::card(scope.tag(), *user));
            card.is_some_and(|card| card.value.is_live() && scope.card().value.sees(&card.value))
        });
        told.extend(seen.map(|(_, user)| user));
    }
    Ok(told)
}
