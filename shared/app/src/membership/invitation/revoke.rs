//! Taking an invitation back.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::id::InvitationId;
use domain::membership::invitation::{Invitation, InvitationState};
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::transaction::Transaction;

use super::{concerns, require_inviter, shown, standing};
use crate::membership::invitation::admission::release_guards;
use crate::membership::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// Takes an invitation back: its token is void, and the address can be invited anew.
pub async fn revoke_invitation(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: InvitationId,
) -> Result<Versioned<Invitation>, Error> {
    let org = id_of(app, call, org).await?;
    // One of another tenant is not even read: it must not be told from one that never was.
    let key = (id.tag() == org.tag()).then(|| keys::invitation(id));
    retry::contended(|| async {
        let (scope, _) = app
            .store
            .open(call, org, key.as_slice())
            .await?
            .require(Action::OrgRead)
            .await?;
        require_inviter(&scope)?;
        let invitation = find(&scope, key.as_ref())?;
        let invitation = match scope.replays(&invitation)? {
            true => invitation,
            false => revoke(app, &scope, &invitation).await?,
        };
        Ok(Versioned {
            value: shown(&scope, invitation.value),
            version: invitation.version,
        })
    })
    .await
}

/// The invitation, if the caller has to do with it.
fn find(scope: &Scope, key: Option<&Key>) -> Result<Stored<Invitation>, Error> {
    let found = key.map(|key| scope.extra::<Invitation>(key)).transpose()?;
    found
        .flatten()
        .filter(|found| concerns(scope, &found.value))
        .ok_or(Error::NotFound)
}

async fn revoke(
    app: &App,
    scope: &Scope,
    invitation: &Stored<Invitation>,
) -> Result<Stored<Invitation>, Error> {
    if !standing(scope, invitation.value.project).may_invite(invitation.value.role) {
        return scope.audited(Err(Error::RoleTooHigh));
    }
    // Past its time an invitation is stored as pending still, and keeps its guards.
    match invitation.value.state {
        InvitationState::Pending | InvitationState::Expired => {}
        InvitationState::Accepted => return Err(Error::AlreadyAccepted),
        InvitationState::Declined | InvitationState::Revoked => return Err(Error::TokenGone),
    }
    let next = Invitation {
        state: InvitationState::Revoked,
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..invitation.value.clone()
    };
    let mut transaction = Transaction::new();
    let saved = transaction.save(invitation, next, scope.operation())?;
    release_guards(&mut transaction, &invitation.value);
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}
