//! Changing an organization's people. Every change writes the organization too: it counts its owners, and two changes
//! at once, each of which would be right alone, cannot both be made.

use domain::Error;
use domain::access::{Action, OrgRole, ProjectRole};
use domain::account::Account;
use domain::call::{Call, Versioned};
use domain::id::{ProjectId, UserId};
use domain::organization::{Card, OrgKind, Organization};
use domain::project::Project;
use store::record::Stored;
use store::store::read_all;
use store::write::Transaction;
use store::{Scope, keys};

use crate::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// How many projects fit in the transaction that removes somebody, beside card, organization and account.
const MOST_PROJECTS: usize = 97;

/// The number of owners after one person's role has changed. The last owner stays one.
fn owners_after(org: &Organization, before: OrgRole, after: Option<OrgRole>) -> Result<u32, Error> {
    let is_owner = |role| u32::from(role == OrgRole::Owner);
    let owners = (org.owners + after.map_or(0, is_owner)).saturating_sub(is_owner(before));
    if owners == 0 { Err(Error::LastOwner) } else { Ok(owners) }
}

/// Gives a member another role.
pub async fn change_role(
    app: &App,
    call: &Call,
    org: &OrgRef,
    user: UserId,
    role: OrgRole,
) -> Result<Versioned<Card>, Error> {
    let id = id_of(app, org).await?;
    let key = keys::card(id.tag(), user);
    retry::contended(|| async {
        let extra = std::slice::from_ref(&key);
        let (scope, org) = app.store.open(call, id, extra).await?.require(Action::MembersChangeRole)?;
        let card = scope.extra::<Card>(&key)?.filter(|card| card.value.is_live()).ok_or(Error::NotFound)?;
        if scope.replays(&card)? {
            return Ok(card.versioned());
        }
        let standing = scope.standing();
        if !standing.may_give(card.value.role) || !standing.may_give(role) {
            return Err(Error::RoleTooHigh);
        }
        if card.value.role == role {
            return Ok(card.versioned());
        }
        let owners = owners_after(&org.value, card.value.role, Some(role))?;
        let (now, by) = (scope.at(), scope.user());
        let mut transaction = Transaction::new();
        let next = Card { role, updated_at: now, updated_by: by, ..card.value.clone() };
        let saved = transaction.save(&card, next, scope.operation())?;
        transaction.save(&org, Organization { owners, ..org.value.clone() }, scope.operation())?;
        app.store.commit(&scope, transaction).await?;
        Ok(saved.versioned())
    })
    .await
}

/// Removes a member, or lets the caller leave.
pub async fn remove(app: &App, call: &Call, org: &OrgRef, user: UserId) -> Result<Versioned<Card>, Error> {
    let id = id_of(app, org).await?;
    let leaves = app.store.claimed(call)? == user;
    let action = if leaves { Action::OrgRead } else { Action::MembersRemove };
    let (card_key, account_key) = (keys::card(id.tag(), user), keys::account(user));
    retry::contended(|| async {
        let extra = [card_key.clone(), account_key.clone()];
        let (scope, org) = app.store.open(call, id, &extra).await?.require(action)?;
        let card = scope.extra::<Card>(&card_key)?.ok_or(Error::NotFound)?;
        if !card.value.is_live() && !card.replays(scope.operation())? {
            return Err(Error::NotFound);
        }
        if scope.replays(&card)? {
            return Ok(card.versioned());
        }
        if !leaves && !scope.standing().may_give(card.value.role) {
            return Err(Error::RoleTooHigh);
        }
        if org.value.kind == OrgKind::Personal {
            return Err(Error::PersonalOrganization);
        }
        let account = scope.extra(&account_key)?.ok_or_else(|| Error::Internal("a card without an account".to_owned()))?;
        let gone = take_out(app, &scope, &org, &card, &account).await?;
        Ok(gone.versioned())
    })
    .await
}

async fn take_out(
    app: &App,
    scope: &Scope,
    org: &Stored<Organization>,
    card: &Stored<Card>,
    account: &Stored<Account>,
) -> Result<Stored<Card>, Error> {
    let (now, by, operation) = (scope.at(), scope.user(), scope.operation());
    let owners = owners_after(&org.value, card.value.role, None)?;
    let mut transaction = Transaction::new();
    let gone = transaction.save(card, card.value.removed(by, now), operation)?;
    let members = org.value.members.saturating_sub(1);
    transaction.save(org, Organization { owners, members, ..org.value.clone() }, operation)?;
    let mut next = Account { updated_at: now, ..account.value.clone() };
    next.leave(org.value.id);
    transaction.save(account, next, operation)?;
    for project in owned_projects(app, &card.value).await? {
        let owners = project.value.owners.saturating_sub(1);
        transaction.save(&project, Project { owners, ..project.value.clone() }, operation)?;
    }
    app.store.commit(scope, transaction).await?;
    Ok(gone)
}

/// The projects that count him among their owners.
async fn owned_projects(app: &App, card: &Card) -> Result<Vec<Stored<Project>>, Error> {
    let owned = card.projects.iter().filter(|(_, role)| **role == ProjectRole::Owner);
    let ids = owned.filter_map(|(suffix, _)| ProjectId::from_suffix(card.org.tag(), suffix).ok());
    let wanted: Vec<_> = ids.take(MOST_PROJECTS).map(keys::project).collect();
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    // Strongly consistent, since it is written on condition of the version.
    let items = app.store.outside("counts of owners, whoever may see the projects").get_many(&wanted, true).await?;
    Ok(read_all(items)?.into_values().collect())
}
