//! Changing an organization's people. What changes its owners or admins writes their count too, so that two changes at
//! once, each of which would be right alone, cannot both be made.

use domain::Error;
use domain::access::{Action, OrgRole, ProjectRole, TeamRole};
use domain::account::Account;
use domain::call::{Call, Versioned};
use domain::id::{ProjectId, TeamId, UserId};
use domain::membership::organization::{Card, OrgKind};
use domain::membership::team::Team;
use domain::work::project::{Project, ProjectMember};
use store::record::{Operation, Stored, find};
use store::store::read_all;
use store::transaction::Transaction;
use store::{Scope, keys};

use crate::membership::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// How many writes fit in the transaction that removes somebody, beside card, account, headcount and the count of owners:
/// their teams, and projects that they own, each with their place in it.
const MOST_WRITES: usize = 96;

/// Gives a member another role.
pub async fn change_member_role(
    app: &App,
    call: &Call,
    org: &OrgRef,
    user: UserId,
    role: OrgRole,
) -> Result<Versioned<Card>, Error> {
    let id = id_of(app, call, org).await?;
    let key = keys::card(id.tag(), user);
    let extra = [key.clone(), keys::stewards(id.tag())];
    retry::contended(|| async {
        let (scope, _) = app
            .store
            .open(call, id, &extra)
            .await?
            .require(Action::MembersChangeRole)
            .await?;
        let card = scope
            .extra::<Card>(&key)?
            .filter(|card| card.value.is_live())
            .ok_or(Error::NotFound)?;
        let card = match scope.replays(&card)? {
            true => card,
            false => give_role(app, &scope, card, role).await?,
        };
        Ok(card.versioned())
    })
    .await
}

/// Gives the role, if the caller may, and counts owners and admins anew.
// In one piece: the role that they have and the one that they get decide the checks and the count.
async fn give_role(
    app: &App,
    scope: &Scope,
    card: Stored<Card>,
    role: OrgRole,
) -> Result<Stored<Card>, Error> {
    let standing = scope.standing();
    // Both: nobody takes away a role that they could not give.
    if !standing.may_give(card.value.role) || !standing.may_give(role) {
        return scope.audited(Err(Error::RoleTooHigh));
    }
    if card.value.role == role {
        return Ok(card);
    }
    if role == OrgRole::Owner || card.value.role == OrgRole::Owner {
        scope.proved()?;
    }
    let mut transaction = Transaction::new();
    let next = Card {
        role,
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..card.value.clone()
    };
    let saved = transaction.save(&card, next, scope.operation())?;
    let turn = (Some(card.value.role), Some(role));
    let stewards = scope.extra(&keys::stewards(scope.tag()))?;
    transaction.count_role(scope.org_id(), turn, stewards, scope.operation())?;
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}

/// Removes a member, or lets the caller leave.
// In one piece: whether somebody leaves or is removed decides what is asked at each step.
pub async fn remove_member(
    app: &App,
    call: &Call,
    org: &OrgRef,
    user: UserId,
) -> Result<(), Error> {
    let id = id_of(app, call, org).await?;
    let leaves = app.store.claimed(call)? == user;
    let action = if leaves {
        Action::OrgRead
    } else {
        Action::MembersRemove
    };
    let key = keys::card(id.tag(), user);
    let extra = [key.clone(), keys::account(user), keys::stewards(id.tag())];
    retry::contended(|| async {
        let (scope, _) = app
            .store
            .open(call, id, &extra)
            .await?
            .require(action)
            .await?;
        let card = scope.extra::<Card>(&key)?.ok_or(Error::NotFound)?;
        // Whoever repeats a removal finds the card without roles that it has left.
        if !card.value.is_live() && !card.replays(scope.operation())? {
            return Err(Error::NotFound);
        }
        if scope.replays(&card)? {
            return Ok(());
        }
        check_removable(&scope, &card.value, leaves)?;
        take_out(app, &scope, &card).await
    })
    .await
}

/// Fails unless the caller may take the holder of the card out. `leaves`: it is they themselves.
fn check_removable(scope: &Scope, card: &Card, leaves: bool) -> Result<(), Error> {
    if !leaves && !scope.standing().may_give(card.role) {
        return scope.audited(Err(Error::RoleTooHigh));
    }
    if scope.org().value.kind == OrgKind::Personal {
        return Err(Error::PersonalOrganization);
    }
    if !leaves && card.role == OrgRole::Owner {
        scope.proved()?;
    }
    Ok(())
}

// In one piece: one transaction, where each part says how much room it leaves for the next.
async fn take_out(app: &App, scope: &Scope, card: &Stored<Card>) -> Result<(), Error> {
    let account = scope
        .extra::<Account>(&keys::account(card.value.user))?
        .ok_or_else(|| Error::Internal("a card without an account".to_owned()))?;
    let (now, by, operation) = (scope.at(), scope.user(), scope.operation());
    let (org, stewards) = (scope.org_id(), scope.extra(&keys::stewards(scope.tag()))?);
    let mut transaction = Transaction::new();
    let teams = give_teams_up(app, &mut transaction, &card.value, operation).await?;
    let most = (MOST_WRITES - teams) / 2;
    let given_up = give_projects_up(app, &mut transaction, &card.value, operation, most).await?;
    transaction.save(card, card.value.removed(by, now, &given_up), operation)?;
    transaction.count_role(org, (Some(card.value.role), None), stewards, operation)?;
    let mut next = Account {
        updated_at: now,
        ..account.value.clone()
    };
    next.leave(org);
    transaction.save(&account, next, operation)?;
    app.store.commit(scope, transaction).await
}

/// Takes them off the admins of their teams; tells how many those are. Their places in teams count as absent without a
/// card.
async fn give_teams_up(
    app: &App,
    transaction: &mut Transaction,
    card: &Card,
    operation: &Operation,
) -> Result<usize, Error> {
    let run = card
        .teams
        .iter()
        .filter(|(_, role)| **role == TeamRole::Admin);
    let wanted: Vec<_> = run
        .filter_map(|(suffix, _)| TeamId::from_suffix(card.org.tag(), suffix).ok())
        .map(keys::team)
        .collect();
    if wanted.is_empty() {
        return Ok(0);
    }
    // Strongly consistent, since it is written on condition of the version.
    let items = app
        .store
        .outside("counts of admins, whoever may see the teams")
        .get_many(&wanted, true)
        .await?;
    let teams = read_all::<Team>(items)?;
    for team in teams.values() {
        // No `LastAdmin`: a team without another admin must keep nobody in the organization.
        let admins = team.value.admins.saturating_sub(1);
        transaction.save(
            team,
            Team {
                admins,
                ..team.value.clone()
            },
            operation,
        )?;
    }
    Ok(teams.len())
}

/// Takes them out of projects that they own, of no more than so many; tells of which. Their other places in projects count
/// as absent without a card.
// In one piece: what is read, what is written and what is told go by the same list of ids.
async fn give_projects_up(
    app: &App,
    transaction: &mut Transaction,
    card: &Card,
    operation: &Operation,
    most: usize,
) -> Result<Vec<ProjectId>, Error> {
    let owned = card
        .projects
        .iter()
        .filter(|(_, role)| **role == ProjectRole::Owner);
    let owned = owned.filter_map(|(suffix, _)| ProjectId::from_suffix(card.org.tag(), suffix).ok());
    let owned: Vec<ProjectId> = owned.take(most).collect();
    if owned.is_empty() {
        return Ok(owned);
    }
    let wanted: Vec<_> = owned
        .iter()
        .flat_map(|id| [keys::project(*id), keys::project_member(*id, card.user)])
        .collect();
    // Strongly consistent, since it is written on condition of the version.
    let items = app
        .store
        .outside("counts of owners, whoever may see the projects")
        .get_many(&wanted, true)
        .await?;
    for id in &owned {
        if let Some(place) = find::<ProjectMember>(&items, &keys::project_member(*id, card.user))? {
            transaction.delete(&place);
        }
        if let Some(project) = find::<Project>(&items, &keys::project(*id))? {
            let next = Project {
                owners: project.value.owners.saturating_sub(1),
                ..project.value.clone()
            };
            transaction.save(&project, next, operation)?;
        }
    }
    Ok(owned)
}
