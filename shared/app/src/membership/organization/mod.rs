//! Organizations: making, finding and changing them.

mod change;
mod create;
mod lifecycle;

pub use change::{OrganizationChange, update_organization};
pub use create::{NewOrganization, create_organization};
pub use lifecycle::{delete_organization, restore_organization};

pub use crate::tenant::resolve as id_of;

use domain::Error;
use domain::access::{Action, OrgRole};
use domain::account::Account;
use domain::call::{Call, Page, Versioned};
use domain::id::OrgId;
use domain::membership::organization::{OrgKind, Organization};
use domain::text::Email;
use paging::Cursors;
use store::Scope;
use store::keys::{self, Key};
use store::membership::people::Headcount;
use store::record::Stored;

use crate::App;
use crate::tenant::OrgRef;

/// An organization as one of its members sees it.
#[derive(Debug, Clone)]
pub struct Mine {
    /// The organization.
    pub org: Versioned<Organization>,
    /// Their role in it.
    pub role: OrgRole,
    /// How many people it has.
    pub people: Headcount,
}

impl Mine {
    /// The organization as the caller sees it; [`Headcount::keys`] were read with it.
    fn of(scope: &Scope, org: Stored<Organization>) -> Result<Self, Error> {
        Ok(Self {
            org: org.versioned(),
            role: scope.card().value.role,
            people: scope.headcount()?,
        })
    }
}

/// An organization of the caller's.
pub async fn get_organization(app: &App, call: &Call, org: &OrgRef) -> Result<Mine, Error> {
    let id = id_of(app, call, org).await?;
    let extra = Headcount::keys(id.tag());
    let (scope, org) = app
        .store
        .open(call, id, &extra)
        .await?
        .require(Action::OrgRead)
        .await?;
    Mine::of(&scope, org)
}

/// The caller's organizations, their personal one first, then as they joined them.
// In one piece: scopes and counts are read at once, and each row takes its part of both.
pub async fn list_organizations(
    app: &App,
    call: &Call,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Mine>, Error> {
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, &()).await?;
    let last: Option<OrgId> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    // All that follow, no page of them: which of them are deleted is known once they are read.
    let orgs = from_behind(last, &me.account.value.orgs);
    let counts = app
        .store
        .outside("how many people the caller's own organizations have");
    let (scopes, counts) = tokio::try_join!(app.store.scopes(&me, orgs), counts.headcounts(orgs))?;
    let row = |scope: &Scope| {
        let (org, role) = (scope.org().clone().versioned(), scope.card().value.role);
        counts.get(&org.value.id).map(|people| Mine {
            org,
            role,
            people: *people,
        })
    };
    let rows: Vec<Mine> = scopes.iter().take(limit).filter_map(row).collect();
    let last = rows
        .last()
        .filter(|_| scopes.len() > limit)
        .map(|row| row.org.value.id);
    let next = last.map(|last| cursors.seal(&last)).transpose()?;
    Ok(Page { rows, next, limit })
}

/// Those behind the last one that was shown.
fn from_behind(last: Option<OrgId>, orgs: &[OrgId]) -> &[OrgId] {
    // Whoever has left it since begins anew.
    let seen = orgs
        .iter()
        .position(|org| Some(*org) == last)
        .map_or(0, |at| at + 1);
    orgs.get(seen..).unwrap_or_default()
}

/// Whether an organization's address is the verified one of the account that names it.
fn is_own(email: Option<&Email>, account: &Account) -> bool {
    account.email_verified && email == Some(&account.email)
}

/// The guards that an organization holds, each with the error of whoever comes second. Names and addresses of
/// personal organizations are nobody else's concern.
fn guards(org: &Organization) -> Vec<(Key, Error)> {
    let mut guards = vec![(keys::slug_guard(&org.slug), Error::SlugTaken)];
    if org.kind == OrgKind::Team {
        guards.push((
            keys::organization_name_guard(org.name.as_str()),
            Error::NameTaken,
        ));
        let email = org.email.as_ref().filter(|_| org.email_verified);
        guards
            .extend(email.map(|email| (keys::organization_email_guard(email), Error::EmailTaken)));
    }
    guards
}
