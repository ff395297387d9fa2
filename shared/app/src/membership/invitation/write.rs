//! Writing one invitation: a new one, or the one that waits already, with a new token and a new term.

use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::access::OrgRole;
use domain::id::{InvitationId, UserId};
use domain::membership::invitation::{HeldInvitation, Invitation, InvitationState, VALID_DAYS};
use domain::membership::organization::Card;
use jiff::{SignedDuration, Timestamp};
use runtime::meter;
use store::Scope;
use store::keys::{self, derived};
use store::record::{Operation, Stored, find};
use store::table::Table;
use store::transaction::Transaction;

use super::send::{InviteOutcome, Wish, is_verified};
use super::{concerns, standing};
use crate::{App, membership::invitation::admission, retry};

/// A wish that is allowed, and the operation that fulfils it.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub scope: &'a Scope,
    pub wish: &'a Wish,
    pub operation: Operation,
}

/// Who holds the two guards of an address.
#[derive(Debug, Clone, Default)]
struct Holders {
    invitation: Option<InvitationId>,
    account: Option<UserId>,
}

/// What stands in the way, or is there to be used.
#[derive(Default)]
struct Found {
    made: Option<Stored<Invitation>>,
    waits: Option<Stored<Invitation>>,
    card: Option<Stored<Card>>,
}

pub(super) async fn write(app: &App, sending: Sending<'_>) -> Result<InviteOutcome, Error> {
    // The guards were read with the proof of who calls; after a lost race they are read anew.
    let mut first = Some(sending.holders());
    retry::contended(|| sending.attempt(app, first.take())).await
}

impl Sending<'_> {
    fn id(&self) -> InvitationId {
        derived::id(self.scope.tag(), &self.operation.id)
    }

    fn holders(&self) -> Holders {
        let owner = |key| self.scope.extra_owner(&key);
        Holders {
            invitation: owner(keys::invited(self.scope.tag(), &self.wish.email))
                .and_then(|id| id.parse().ok()),
            account: owner(keys::email_guard(&self.wish.email)).and_then(|id| id.parse().ok()),
        }
    }

    async fn read_holders(&self, table: &Table) -> Result<Holders, Error> {
        let (invited, email) = (
            keys::invited(self.scope.tag(), &self.wish.email),
            keys::email_guard(&self.wish.email),
        );
        let items = table
            .get_many(&[invited.clone(), email.clone()], true)
            .await?;
        let owner = |key| items.get(key).and_then(store::write::holder);
        Ok(Holders {
            invitation: owner(&invited).and_then(|id| id.parse().ok()),
            account: owner(&email).and_then(|id| id.parse().ok()),
        })
    }

    async fn find(&self, table: &Table, known: Option<Holders>) -> Result<Found, Error> {
        let made_key = keys::invitation(self.id());
        let holders = match known {
            // Nothing of this operation can be there yet, unless it was done before under its key.
            Some(known) => match self.scope.extra::<Invitation>(&made_key)? {
                Some(made) => {
                    return Ok(Found {
                        made: Some(made),
                        ..Found::default()
                    });
                }
                None => known,
            },
            None => self.read_holders(table).await?,
        };
        self.read_held(table, holders).await
    }

    /// What the holders of the guards are.
    async fn read_held(&self, table: &Table, holders: Holders) -> Result<Found, Error> {
        let made_key = keys::invitation(self.id());
        let waits = holders.invitation.map(keys::invitation);
        let card = holders
            .account
            .map(|user| keys::card(self.scope.tag(), user));
        let wanted: Vec<_> = [Some(made_key.clone()), waits.clone(), card.clone()]
            .into_iter()
            .flatten()
            .collect();
        // Without a guard in the way there is nothing to look for.
        let items = if waits.is_some() || card.is_some() {
            table.get_many(&wanted, true).await?
        } else {
            Default::default()
        };
        Ok(Found {
            made: find(&items, &made_key)?,
            waits: waits.map(|key| find(&items, &key)).transpose()?.flatten(),
            card: card.map(|key| find(&items, &key)).transpose()?.flatten(),
        })
    }

    // In one piece: a repetition is found before what stands in the way, and proof is asked last.
    async fn attempt(self, app: &App, known: Option<Holders>) -> Result<InviteOutcome, Error> {
        let table = app
            .store
            .outside("the guards of an address say who holds it, wherever they are");
        let found = self.find(table, known).await?;
        if let Some(made) = found.made {
            made.made_by(&self.operation)?;
            meter::note(|totals| totals.replayed |= self.operation.keyed);
            return Ok(InviteOutcome::Invited(made.versioned()));
        }
        if found.card.is_some_and(|card| card.value.is_live()) {
            return Err(Error::AlreadyMember);
        }
        let waits = found
            .waits
            .filter(|waits| waits.value.state == InvitationState::Pending);
        if let Some(waits) = &waits
            && waits.replays(&self.operation)?
        {
            meter::note(|totals| totals.replayed |= self.operation.keyed);
            return Ok(InviteOutcome::Resent(waits.clone().versioned()));
        }
        // Owners can take an organization over: a stolen session alone must not make one.
        if self.wish.role == OrgRole::Owner {
            self.scope.proved()?;
        }
        match waits {
            Some(waits) => self.send_again(app, waits).await,
            None => self.send(app).await,
        }
    }

    /// Sends a waiting invitation again, on the new terms, if the caller could have sent it on the old ones.
    async fn send_again(
        &self,
        app: &App,
        waits: Stored<Invitation>,
    ) -> Result<InviteOutcome, Error> {
        let before = standing(self.scope, waits.value.project);
        if !concerns(self.scope, &waits.value) || !before.may_invite(waits.value.role) {
            return self.scope.audited(Err(Error::RoleTooHigh));
        }
        let mut transaction = Transaction::new();
        let sent = transaction.save(&waits, self.renewed(app, &waits.value), &self.operation)?;
        self.hold_letter(&mut transaction, &sent.value)?;
        app.store.commit(self.scope, transaction).await?;
        Ok(InviteOutcome::Resent(sent.versioned()))
    }

    /// A waiting invitation on the new terms, with a new token and a new term.
    fn renewed(&self, app: &App, waits: &Invitation) -> Invitation {
        let fresh = self.invitation(app);
        // A project or team stays unless another takes its place: who cannot see it must not take it away unknowingly.
        let (project, project_role) = match fresh.project {
            Some(_) => (fresh.project, fresh.project_role),
            None => (waits.project, waits.project_role),
        };
        let (team, team_role) = match fresh.team {
            Some(_) => (fresh.team, fresh.team_role),
            None => (waits.team, waits.team_role),
        };
        Invitation {
            id: waits.id,
            created_at: waits.created_at,
            created_by: waits.created_by,
            project,
            project_role,
            team,
            team_role,
            ..fresh
        }
    }

    async fn send(&self, app: &App) -> Result<InviteOutcome, Error> {
        let mut transaction = Transaction::new();
        let sent = transaction.create(self.invitation(app), &self.operation, Error::Conflict)?;
        admission::hold_guards(&mut transaction, &sent.value, Error::Conflict);
        self.hold_letter(&mut transaction, &sent.value)?;
        app.store.commit(self.scope, transaction).await?;
        Ok(InviteOutcome::Invited(sent.versioned()))
    }

    /// Notes the letter of one who may not write to people yet, so that it is found when they may.
    fn hold_letter(&self, transaction: &mut Transaction, sent: &Invitation) -> Result<(), Error> {
        if !is_verified(self.scope)? {
            let (user, invitation, expires_at) = (self.scope.user(), sent.id, sent.expires_at);
            transaction.put(
                HeldInvitation {
                    user,
                    invitation,
                    expires_at,
                },
                &self.operation,
            )?;
        }
        Ok(())
    }

    fn invitation(&self, app: &App) -> Invitation {
        let (now, by) = (self.scope.at(), self.scope.user());
        Invitation {
            id: self.id(),
            org: self.scope.org_id(),
            email: self.wish.email.clone(),
            role: self.wish.role,
            project: self.wish.project.map(|(project, _)| project),
            project_role: self.wish.project.map(|(_, role)| role),
            team: self.wish.team.map(|(team, _)| team),
            team_role: self.wish.team.map(|(_, role)| role),
            state: InvitationState::Pending,
            nonce: BASE64URL_NOPAD.encode(&app.entropy.bytes::<16>()),
            expires_at: expiry(now),
            created_at: now,
            created_by: by,
            updated_at: now,
            updated_by: by,
        }
    }
}

/// Until when an invitation sent now can be accepted.
fn expiry(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24 * VALID_DAYS))
        .unwrap_or(Timestamp::MAX)
}
