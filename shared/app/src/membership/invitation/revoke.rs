//! Taking an invitation back.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::id::InvitationId;
use domain::membership::invitation::{Invitation, InvitationState};
use store::keys;
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
    let key = keys::invitation(id);
    let extra: Vec<_> = (id.tag() == org.tag())
        .then(|| key.clone())
        .into_iter()
        .collect();
    retry::contended(|| async {
        let (scope, _) = app
            .store
            .open(call, org, &extra)
            .await?
            .require(Action::OrgRead)
            .await?;
        require_inviter(&scope)?;
        let found = if extra.is_empty() {
            None
        } else {
            scope.extra::<Invitation>(&key)?
        };
        let invitation = found
            .filter(|found| concerns(&scope, &found.value))
            .ok_or(Error::NotFound)?;
        let seen = |invitation: Versioned<Invitation>| Versioned {
            value: shown(&scope, invitation.value),
            version: invitation.version,
        };
        if scope.replays(&invitation)? {
            return Ok(seen(invitation.versioned()));
        }
        if !standing(&scope, invitation.value.project).may_invite(invitation.value.role) {
            return scope.audited(Err(Error::RoleTooHigh));
        }
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
        let saved = transaction.save(&invitation, next, scope.operation())?;
        release_guards(&mut transaction, &invitation.value);
        app.store.commit(&scope, transaction).await?;
        Ok(seen(saved.versioned()))
    })
    .await
}
