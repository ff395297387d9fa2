//! Deleting an organization and bringing it back.

use domain::Error;
use domain::access::Action;
use domain::account::Account;
use domain::call::Call;
use domain::membership::organization::{OrgKind, Organization};
use domain::retention::restore_until;
use store::membership::people::Headcount;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{Mine, id_of};
use crate::tenant::OrgRef;
use crate::{App, retry};

/// Deletes an organization; it can be restored for 30 days. The caller writes its slug to show that they mean it.
pub async fn delete_organization(
    app: &App,
    call: &Call,
    org: &OrgRef,
    confirm: &str,
) -> Result<Mine, Error> {
    let id = id_of(app, call, org).await?;
    let account = keys::account(app.store.claimed(call)?);
    let [stewards, headcount] = Headcount::keys(id.tag());
    let extra = [account.clone(), stewards, headcount];
    retry::contended(|| async {
        let (scope, org) = app
            .store
            .open(call, id, &extra)
            .await?
            .require(Action::OrgDelete)
            .await?;
        if scope.replays(&org)? {
            return Mine::of(&scope, org);
        }
        check_confirmed(&org.value, confirm)?;
        scope.proved()?;
        let deleted = delete(app, &scope, &org, scope.extra(&account)?).await?;
        Mine::of(&scope, deleted)
    })
    .await
}

fn check_confirmed(org: &Organization, confirm: &str) -> Result<(), Error> {
    if org.kind == OrgKind::Personal {
        return Err(Error::PersonalOrganization);
    }
    if confirm != org.slug.as_str() {
        return Err(Error::field(
            "confirm_slug",
            "mismatch",
            "must be the organization's slug",
        ));
    }
    Ok(())
}

/// Marks the organization as deleted. The caller's default, if it was that, is their personal one.
async fn delete(
    app: &App,
    scope: &Scope,
    org: &Stored<Organization>,
    account: Option<Stored<Account>>,
) -> Result<Stored<Organization>, Error> {
    let (now, operation) = (scope.at(), scope.operation());
    let mut transaction = Transaction::new();
    // Its guards stay: nobody takes the name while the organization can come back.
    let next = Organization {
        deleted_at: Some(now),
        updated_at: now,
        updated_by: scope.user(),
        ..org.value.clone()
    };
    let deleted = transaction.save(org, next, operation)?;
    // Only the caller's: the others' gives way when they make something (`tenant::for_creation`).
    if let Some(account) = account.filter(|account| account.value.default_org == org.value.id) {
        let next = Account {
            default_org: account.value.personal_org(),
            updated_at: now,
            ..account.value.clone()
        };
        transaction.save(&account, next, operation)?;
    }
    app.store.commit(scope, transaction).await?;
    Ok(deleted)
}

/// Brings a deleted organization back, with all that is in it.
pub async fn restore_organization(app: &App, call: &Call, org: &OrgRef) -> Result<Mine, Error> {
    let id = id_of(app, call, org).await?;
    let extra = Headcount::keys(id.tag());
    retry::contended(|| async {
        let (scope, org) = app
            .store
            .open(call, id, &extra)
            .await?
            .require(Action::OrgRestore)
            .await?;
        if scope.replays(&org)? {
            return Mine::of(&scope, org);
        }
        let deleted_at = org.value.deleted_at.ok_or(Error::NotDeleted)?;
        if restore_until(deleted_at) <= scope.at() {
            return Err(Error::TokenGone);
        }
        let (now, by) = (scope.at(), scope.user());
        let next = Organization {
            deleted_at: None,
            updated_at: now,
            updated_by: by,
            ..org.value.clone()
        };
        let saved = app.store.save(&scope, &org, next).await?;
        Mine::of(&scope, saved)
    })
    .await
}
