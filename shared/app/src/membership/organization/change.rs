//! Changing an organization.

use domain::Error;
use domain::access::Action;
use domain::account::Account;
use domain::call::Call;
use domain::membership::organization::Organization;
use domain::text::{Email, Name, Slug};
use store::membership::people::Headcount;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{Mine, guards, id_of, is_own};
use crate::tenant::OrgRef;
use crate::{App, retry};

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// What it is called.
    pub name: Option<Name>,
    /// The name in addresses.
    pub slug: Option<Slug>,
    /// Where it can be reached; the inner `None` takes it away.
    pub email: Option<Option<Email>>,
    /// Members (not only managers) may make projects.
    pub members_can_create_projects: Option<bool>,
    /// Members (not only managers) may make teams.
    pub members_can_create_teams: Option<bool>,
}

impl OrganizationChange {
    fn apply(&self, org: &Organization) -> Organization {
        let mut next = org.clone();
        next.name = self.name.clone().unwrap_or(next.name);
        next.slug = self.slug.clone().unwrap_or(next.slug);
        next.email = self.email.clone().unwrap_or(next.email);
        let may = &mut next.settings.members_can_create_projects;
        *may = self.members_can_create_projects.unwrap_or(*may);
        let may = &mut next.settings.members_can_create_teams;
        *may = self.members_can_create_teams.unwrap_or(*may);
        next
    }
}

/// Changes an organization.
// In one piece: what the change is, and whether it is any, is known only beside what was read.
pub async fn update_organization(
    app: &App,
    call: &Call,
    org: &OrgRef,
    change: &OrganizationChange,
) -> Result<Mine, Error> {
    let id = id_of(app, call, org).await?;
    let key = keys::account(app.store.claimed(call)?);
    let mut extra = Headcount::keys(id.tag()).to_vec();
    extra.extend(change.email.is_some().then(|| key.clone()));
    retry::contended(|| async {
        let (scope, org) = app
            .store
            .open(call, id, &extra)
            .await?
            .require(Action::OrgUpdate)
            .await?;
        let mut next = change.apply(&org.value);
        if change.email.is_some() {
            let account = scope.extra::<Account>(&key)?;
            next.email_verified = is_verified(&org.value, &next, account.as_ref());
        }
        if scope.replays(&org)? || next == org.value {
            return Mine::of(&scope, org);
        }
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        let saved = save(app, &scope, &org, next).await?;
        Mine::of(&scope, saved)
    })
    .await
}

/// Whether the address is the caller's own, or the verified one that the organization had.
fn is_verified(
    before: &Organization,
    after: &Organization,
    account: Option<&Stored<Account>>,
) -> bool {
    let own = account.is_some_and(|account| is_own(after.email.as_ref(), &account.value));
    own || before.email_verified && after.email.is_some() && after.email == before.email
}

/// Saves it, and with it the guards of what was renamed.
async fn save(
    app: &App,
    scope: &Scope,
    before: &Stored<Organization>,
    after: Organization,
) -> Result<Stored<Organization>, Error> {
    let (held, wanted) = (guards(&before.value), guards(&after));
    if held == wanted {
        return app.store.save(scope, before, after).await;
    }
    // Only what differs: to claim a guard that the organization holds would refuse it its own name.
    let owner = after.id.to_string();
    let mut transaction = Transaction::new();
    let saved = transaction.save(before, after, scope.operation())?;
    for (guard, taken) in wanted.iter().filter(|guard| !held.contains(guard)) {
        transaction.claim(guard.clone(), &owner, taken.clone());
    }
    for (guard, _) in held.iter().filter(|guard| !wanted.contains(guard)) {
        transaction.release(guard.clone(), &owner);
    }
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}
