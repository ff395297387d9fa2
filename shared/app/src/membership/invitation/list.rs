//! Invitations, as those see them who invite, and as those who are invited.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page, Versioned};
use domain::id::InvitationId;
use domain::membership::invitation::{Invitation, InvitationState};
use domain::membership::organization::Organization;
use domain::text::Email;
use jiff::Timestamp;
use paging::{Cursors, Gathering, LeftOut, MOST_FETCHED, Placed, RowSource, Stretch, Walk};
use store::record::{Stored, find};
use store::table::{Item, Table};
use store::{Scope, keys};

use super::{concerns, require_inviter, shown};
use crate::App;
use crate::membership::organization::id_of;
use crate::membership::vouching::good_invitations;
use crate::tenant::OrgRef;

/// A page of an organization's invitations, the newest first. Who runs only projects finds those into their projects.
// In one piece: a row is kept whole beside what is shown of it; both are needed after the page.
pub async fn list_invitations(
    app: &App,
    call: &Call,
    org: &OrgRef,
    state: Option<InvitationState>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ListedInvitation>, Error> {
    let id = id_of(app, call, org).await?;
    let range = keys::invitations_of(id.tag()).backwards();
    let walk = Walk::new(app.pager(), call, id.tag(), range, &state, limit, cursor).await?;
    let at = call.at;
    let row = |scope: &Scope, invitation: Stored<Invitation>| {
        let of_state = state.is_none_or(|state| state == invitation.value.state_at(at));
        let seen = Versioned {
            version: invitation.version,
            value: shown(scope, invitation.value.clone()),
        };
        // Whole as well: the project, of which the caller may not know, decides who stands for it.
        let whole = invitation.value;
        (of_state && concerns(scope, &whole)).then_some((whole, seen))
    };
    let page = walk
        .page(
            app.store.open(call, id, &[]),
            Action::OrgRead,
            require_inviter,
            row,
            state.is_some(),
        )
        .await?;
    let table = app
        .store
        .outside("who stands for invitations, whoever may see those people");
    let good = good_invitations(table, page.rows.iter().map(|(whole, _)| whole)).await?;
    Ok(page.map(|(whole, row)| ListedInvitation {
        is_suspended: !good.contains(&whole.id),
        row,
    }))
}

/// An invitation in a list.
#[derive(Debug, Clone)]
pub struct ListedInvitation {
    /// The invitation.
    pub row: Versioned<Invitation>,
    /// Whoever sent it may not let people in any more: it lets nobody in unless somebody sends it again.
    pub is_suspended: bool,
}

/// An invitation that waits for the caller.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The invitation.
    pub invitation: Versioned<Invitation>,
    /// The organization that invites.
    pub org: Organization,
}

/// A page of the invitations that wait for the caller's address. Who has not shown that the address is theirs sees
/// none.
pub async fn list_my_invitations(
    app: &App,
    call: &Call,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Waiting>, Error> {
    let me = app.store.open_me(call, &[]).await?;
    let account = &me.account.value;
    let cursors = Cursors::new(app.pager(), call, &account.email).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    if !account.email_verified {
        return Ok(Page {
            rows: vec![],
            next: None,
            limit,
        });
    }
    let mut waiting = OfAddress {
        app,
        email: &account.email,
        after,
        at: call.at,
    };
    Gathering::new(limit, MOST_FETCHED)
        .fill(&mut waiting, LeftOut::Some)
        .await?
        .sealed(&cursors)
}

/// What waits for an address.
struct OfAddress<'a> {
    app: &'a App,
    email: &'a Email,
    after: Option<String>,
    at: Timestamp,
}

impl RowSource for OfAddress<'_> {
    type Row = Waiting;

    async fn next(&mut self, stride: usize) -> Result<Stretch<Waiting>, Error> {
        let table = self
            .app
            .store
            .outside("what waits for an address belongs to no tenant");
        let waiting = keys::waiting_for(self.email);
        let found = table
            .query(&waiting.go_on(true, self.after.take().as_deref(), stride))
            .await?;
        let named = |item| Some((keys::waiting_invitation(item)?, waiting.place(item)?));
        let named: Vec<_> = found.items.iter().filter_map(named).collect();
        let rows = self.read(table, named).await?;
        self.after = rows.last().map(|(place, _)| place.clone());
        let rows = vouched_for(table, rows).await?;
        Ok(Stretch {
            rows,
            more: found.more,
        })
    }
}

impl OfAddress<'_> {
    /// The invitations that are named, each with its place, if it waits still.
    async fn read(
        &self,
        table: &Table,
        named: Vec<(InvitationId, String)>,
    ) -> Result<Placed<Waiting>, Error> {
        let keys = named
            .iter()
            .flat_map(|(id, _)| [keys::invitation(*id), keys::organization(id.tag())]);
        let items = table.get_many(&keys.collect::<Vec<_>>(), true).await?;
        let found = named.into_iter().map(|(id, place)| {
            let found = pair(&items, id)?.filter(|found| self.waits(found));
            Ok((place, found))
        });
        found.collect()
    }

    fn waits(&self, found: &Waiting) -> bool {
        let (invitation, org) = (&found.invitation.value, &found.org);
        // Its place among those that wait is still there when its time is over.
        let is_open = invitation.state_at(self.at) == InvitationState::Pending
            && invitation.email == *self.email;
        is_open && invitation.org == org.id && org.deleted_at.is_none()
    }
}

/// The same rows without the invitations that nobody stands for.
async fn vouched_for(table: &Table, mut rows: Placed<Waiting>) -> Result<Placed<Waiting>, Error> {
    let found = rows.iter().flat_map(|(_, one)| one);
    let good = good_invitations(table, found.map(|one| &one.invitation.value)).await?;
    for (_, waiting) in &mut rows {
        *waiting = waiting
            .take()
            .filter(|one| good.contains(&one.invitation.value.id));
    }
    Ok(rows)
}

fn pair(items: &HashMap<keys::Key, Item>, id: InvitationId) -> Result<Option<Waiting>, Error> {
    let invitation: Option<Stored<Invitation>> = find(items, &keys::invitation(id))?;
    let org: Option<Stored<Organization>> = find(items, &keys::organization(id.tag()))?;
    let pair = |(invitation, org): (Stored<_>, Stored<_>)| Waiting {
        invitation: invitation.versioned(),
        org: org.value,
    };
    Ok(invitation.zip(org).map(pair))
}
