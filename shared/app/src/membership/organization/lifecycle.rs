//! Deleting an organization and bringing it back.

use domain::Error;
use domain::access::Action;
use domain::account::Account;
use domain::call::Call;
use domain::membership::organization::{OrgKind, Organization};
use domain::retention::restore_until;
use store::keys;
use store::membership::people::Headcount;
use store::transaction::Transaction;

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
        if org.value.kind == OrgKind::Personal {
            return Err(Error::PersonalOrganization);
        }
        if confirm != org.value.slug.as_str() {
            return Err(Error::field(
                "confirm_slug",
                "mismatch",
                "must be the organization's slug",
            ));
        }
        scope.proved()?;
        let (now, operation) = (scope.at(), scope.operation());
        let mut transaction = Transaction::new();
        let next = Organization {
            deleted_at: Some(now),
            updated_at: now,
            updated_by: scope.user(),
            ..org.value.clone()
        };
        let saved = transaction.save(&org, next, operation)?;
        if let Some(account) = scope
            .extra::<Account>(&account)?
            .filter(|account| account.value.default_org == id)
        {
            let default_org = account.value.personal_org();
            transaction.save(
                &account,
                Account {
                    default_org,
                    updated_at: now,
                    ..account.value.clone()
                },
                operation,
            )?;
        }
        app.store.commit(&scope, transaction).await?;
        Mine::of(&scope, saved)
    })
    .await
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
