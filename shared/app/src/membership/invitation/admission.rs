//! Answering an invitation: what must agree when somebody joins an organization through it.

use std::collections::HashMap;

use domain::Error;
use domain::access::{OrgRole, ProjectRole, TeamRole};
use domain::account::{Account, Profile};
use domain::id::{ProjectId, TeamId, UserId};
use domain::membership::invitation::{Invitation, InvitationState};
use domain::membership::organization::{Card, Organization, Stewards};
use domain::membership::team::{Team, TeamMember};
use domain::work::project::{Project, ProjectMember};
use jiff::Timestamp;
use runtime::meter;
use store::keys::{self, Key};
use store::record::{Operation, Record, Stored, find};
use store::table::Item;
use store::transaction::Transaction;

use crate::App;
use crate::membership::vouching::{self, Vouchers};

/// What came of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// The organization.
    pub org: Organization,
    /// The person's role in it; if they declined, the role that was offered.
    pub role: OrgRole,
    /// Accepted or declined.
    pub state: InvitationState,
    /// The version of their card; if they declined, of the invitation.
    pub version: u64,
}

/// Takes the guards of a pending invitation: one for its address in the organization, and its place among those that
/// wait for the address. `taken` is the error if the address has a pending one already.
pub fn hold_guards(transaction: &mut Transaction, invitation: &Invitation, taken: Error) {
    let owner = invitation.id.to_string();
    transaction.claim(
        keys::invited(invitation.org.tag(), &invitation.email),
        &owner,
        taken,
    );
    transaction.claim(
        keys::waiting(&invitation.email, invitation.id),
        &owner,
        Error::Conflict,
    );
}

/// Gives the guards of an invitation back that is pending no more.
pub fn release_guards(transaction: &mut Transaction, invitation: &Invitation) {
    let owner = invitation.id.to_string();
    transaction.release(
        keys::invited(invitation.org.tag(), &invitation.email),
        &owner,
    );
    transaction.release(keys::waiting(&invitation.email, invitation.id), &owner);
}

/// Accepts or declines an invitation by its id, which takes the verified address that was invited.
///
/// # Errors
/// `Conflict` if anything has changed since it was read: read again and try again.
pub async fn record_answer(
    app: &App,
    invitation: Stored<Invitation>,
    account: Stored<Account>,
    decline: bool,
    operation: &Operation,
    at: Timestamp,
) -> Result<Membership, Error> {
    if invitation.value.email == account.value.email && !account.value.email_verified {
        return Err(Error::EmailUnverified);
    }
    settle(app, invitation, account, decline, operation, at).await
}

/// The same for one who has shown the token that was mailed to the address: that verifies the address too.
// In one piece: a repetition is found before the invitation is judged, and either answer ends in one transaction.
pub(crate) async fn settle(
    app: &App,
    invitation: Stored<Invitation>,
    account: Stored<Account>,
    decline: bool,
    operation: &Operation,
    at: Timestamp,
) -> Result<Membership, Error> {
    if invitation.value.email != account.value.email {
        return Err(Error::EmailMismatch);
    }
    let user = account.value.user;
    let place = OfferedPlace::read(app, &invitation.value, user).await?;
    if invitation.replays(operation)? {
        meter::note(|totals| totals.replayed |= operation.keyed);
        // Whoever was removed since is shown nothing of where they were.
        let gone = place.card.as_ref().is_none_or(|card| !card.value.is_live());
        if gone && invitation.value.state == InvitationState::Accepted {
            return Err(Error::IdempotencyTargetDeleted);
        }
        return place.membership(&invitation);
    }
    // After the repetition: what this very request has answered is open no more.
    invitation.value.open_at(at)?;
    let mut transaction = Transaction::new();
    let membership = if decline {
        let invitation = close(
            &mut transaction,
            &invitation,
            InvitationState::Declined,
            user,
            operation,
            at,
        )?;
        place.membership(&invitation)?
    } else {
        place.accept(&mut transaction, &invitation, &account, operation, at)?
    };
    app.store
        .outside("an invitation is answered by one who has no card yet")
        .commit(transaction)
        .await?;
    Ok(membership)
}

fn close(
    transaction: &mut Transaction,
    invitation: &Stored<Invitation>,
    state: InvitationState,
    user: UserId,
    operation: &Operation,
    at: Timestamp,
) -> Result<Stored<Invitation>, Error> {
    let mut closed = invitation.value.clone();
    (closed.state, closed.updated_at, closed.updated_by) = (state, at, user);
    release_guards(transaction, &invitation.value);
    transaction.save(invitation, closed, operation)
}

/// Makes somebody a member, whichever way they come: they get their card, and are counted. `was` is the card they have
/// there already, live or from an earlier time; `stewards` was read if the role is counted there. Their account has to join
/// in the same transaction.
pub(crate) fn admit(
    transaction: &mut Transaction,
    was: Option<&Stored<Card>>,
    card: Card,
    stewards: Option<Stored<Stewards>>,
    operation: &Operation,
) -> Result<Stored<Card>, Error> {
    transaction.count_role(card.org, (None, Some(card.role)), stewards, operation)?;
    match was {
        Some(card) if card.value.is_live() => Err(Error::AlreadyMember),
        Some(tombstone) => transaction.save(tombstone, card.following(&tombstone.value), operation),
        None => transaction.create(card, operation, Error::Conflict),
    }
}

/// Everything around a place that an invitation offers.
pub(crate) struct OfferedPlace {
    org: Stored<Organization>,
    card: Option<Stored<Card>>,
    project: Option<Stored<Project>>,
    member: Option<Stored<ProjectMember>>,
    team: Option<Stored<Team>>,
    profile: Option<Stored<Profile>>,
    stewards: Option<Stored<Stewards>>,
    /// Whether whoever sent it may still let people in.
    is_vouched_for: bool,
}

fn part<T: Record>(
    items: &HashMap<Key, Item>,
    key: Option<Key>,
) -> Result<Option<Stored<T>>, Error> {
    key.map(|key| find(items, &key))
        .transpose()
        .map(Option::flatten)
}

impl OfferedPlace {
    /// Reads it in one round trip.
    pub(crate) async fn read(
        app: &App,
        invitation: &Invitation,
        user: UserId,
    ) -> Result<Self, Error> {
        let table = app
            .store
            .outside("an invitation is answered by one who has no card yet");
        let wanted = Self::wanted(invitation, user);
        let items = table.get_many(&wanted, true).await?;
        Self::among(&items, invitation, user)
    }

    fn wanted(invitation: &Invitation, user: UserId) -> Vec<Key> {
        let tag = invitation.org.tag();
        let mut wanted = vec![
            keys::organization(tag),
            keys::card(tag, user),
            keys::profile(user),
        ];
        let member = |project| keys::project_member(project, user);
        wanted.extend(invitation.project.map(member));
        wanted.extend(Stewards::counts(invitation.role).then(|| keys::stewards(tag)));
        // Project and team are among these: whoever vouches is judged by them.
        wanted.extend(vouching::of_invitation(invitation));
        wanted
    }

    fn among(
        items: &HashMap<Key, Item>,
        invitation: &Invitation,
        user: UserId,
    ) -> Result<Self, Error> {
        let tag = invitation.org.tag();
        let member = |project| keys::project_member(project, user);
        let org: Option<Stored<Organization>> = find(items, &keys::organization(tag))?;
        Ok(Self {
            org: org
                .filter(|org| org.value.deleted_at.is_none())
                .ok_or(Error::TokenGone)?,
            card: find(items, &keys::card(tag, user))?,
            profile: find(items, &keys::profile(user))?,
            project: part(items, invitation.project.map(keys::project))?,
            member: part(items, invitation.project.map(member))?,
            team: part(items, invitation.team.map(keys::team))?,
            stewards: find(items, &keys::stewards(tag))?,
            is_vouched_for: Vouchers::among(items).stand_for_invitation(invitation)?,
        })
    }

    fn membership(&self, invitation: &Stored<Invitation>) -> Result<Membership, Error> {
        let (org, state) = (self.org.value.clone(), invitation.value.state);
        let card = self.card.as_ref().filter(|card| card.value.is_live());
        Ok(match card.filter(|_| state == InvitationState::Accepted) {
            Some(card) => Membership {
                org,
                role: card.value.role,
                state,
                version: card.version,
            },
            None => Membership {
                org,
                role: invitation.value.role,
                state,
                version: invitation.version,
            },
        })
    }

    /// Everything that accepting changes. Whoever accepts has shown that the address is theirs.
    fn accept(
        &self,
        transaction: &mut Transaction,
        invitation: &Stored<Invitation>,
        account: &Stored<Account>,
        operation: &Operation,
        at: Timestamp,
    ) -> Result<Membership, Error> {
        let profile = self
            .profile
            .as_ref()
            .ok_or_else(|| Error::Internal("an account without a profile".to_owned()))?;
        let mut changed = account.value.clone();
        changed.join(self.org.value.id)?;
        (changed.email_verified, changed.updated_at) = (true, at);
        transaction.save(account, changed, operation)?;
        self.join(transaction, invitation, &profile.value, operation, at)
    }

    /// Everything that accepting changes, besides the account.
    ///
    /// # Errors
    /// `TokenGone` if whoever sent the invitation may not let people in any more, or if the person was removed since.
    pub(crate) fn join(
        &self,
        transaction: &mut Transaction,
        invitation: &Stored<Invitation>,
        person: &Profile,
        operation: &Operation,
        at: Timestamp,
    ) -> Result<Membership, Error> {
        if !self.is_vouched_for || self.is_outdated(&invitation.value) {
            return Err(Error::TokenGone);
        }
        close(
            transaction,
            invitation,
            InvitationState::Accepted,
            person.user,
            operation,
            at,
        )?;
        let card = self.take_places(transaction, &invitation.value, person, operation, at)?;
        let card = admit(
            transaction,
            self.card.as_ref(),
            card,
            self.stewards.clone(),
            operation,
        )?;
        Ok(Membership {
            org: self.org.value.clone(),
            role: card.value.role,
            state: InvitationState::Accepted,
            version: card.version,
        })
    }

    /// Whether somebody has removed the person since the invitation was sent.
    fn is_outdated(&self, invitation: &Invitation) -> bool {
        let expelled = self.card.as_ref().filter(|card| card.value.is_expelled());
        let since = |card: &Stored<Card>| {
            card.value
                .removed_at
                .is_some_and(|at| at < invitation.updated_at)
        };
        expelled.is_some_and(|card| !since(card))
    }

    /// The person's card with the roles of the places that the invitation offers, which they take.
    fn take_places(
        &self,
        transaction: &mut Transaction,
        invitation: &Invitation,
        person: &Profile,
        operation: &Operation,
        at: Timestamp,
    ) -> Result<Card, Error> {
        let user = person.user;
        let mut card = Card::new(invitation.org, person, invitation.role, at);
        if let Some((project, role)) =
            self.join_project(transaction, invitation, user, operation, at)?
        {
            card.projects.insert(project.suffix(), role);
        }
        if let Some((team, role)) = self.join_team(transaction, invitation, user, operation, at)? {
            card.teams.insert(team.suffix(), role);
        }
        Ok(card)
    }

    /// The place in the team that the invitation names, if it is still there.
    fn join_team(
        &self,
        transaction: &mut Transaction,
        invitation: &Invitation,
        user: UserId,
        operation: &Operation,
        at: Timestamp,
    ) -> Result<Option<(TeamId, TeamRole)>, Error> {
        let live = self
            .team
            .as_ref()
            .filter(|team| team.value.deleted_at.is_none());
        let (Some(team), Some(role)) = (live, invitation.team_role) else {
            return Ok(None);
        };
        let id = team.value.id;
        transaction.put(
            TeamMember {
                team: id,
                user,
                role,
                created_at: at,
            },
            operation,
        )?;
        let mut changed = team.value.clone();
        changed.admins = changed.admins_after(user, None, Some(role))?;
        (changed.updated_at, changed.updated_by) = (at, user);
        transaction.save(team, changed, operation)?;
        Ok(Some((id, role)))
    }

    /// The place in the project that the invitation names, if it is still there.
    fn join_project(
        &self,
        transaction: &mut Transaction,
        invitation: &Invitation,
        user: UserId,
        operation: &Operation,
        at: Timestamp,
    ) -> Result<Option<(ProjectId, ProjectRole)>, Error> {
        let live = self
            .project
            .as_ref()
            .filter(|project| project.value.deleted_at.is_none());
        let (Some(project), Some(role)) = (live, invitation.project_role) else {
            return Ok(None);
        };
        let id = project.value.id;
        transaction.put(
            ProjectMember {
                project: id,
                user,
                role,
                created_at: at,
            },
            operation,
        )?;
        // What remains of an earlier membership is swept later, and counts as an owner until then.
        let counted = self
            .member
            .as_ref()
            .is_some_and(|member| member.value.role == ProjectRole::Owner);
        if role == ProjectRole::Owner && !counted {
            let mut changed = project.value.clone();
            (changed.owners, changed.updated_at, changed.updated_by) =
                (changed.owners + 1, at, user);
            transaction.save(project, changed, operation)?;
        }
        Ok(Some((id, role)))
    }
}
