//! Invitations by the token that was mailed: only here, since only here tokens can be checked.

use domain::Error;
use domain::account::Profile;
use domain::call::Call;
use domain::id::InvitationId;
use domain::membership::invitation::{Invitation, InvitationState};
use domain::membership::organization::Organization;
use domain::text::Email;
use store::keys;
use store::record::Stored;

use super::{Auth, operation};
use crate::membership::invitation::admission::{Membership, settle};
use crate::membership::vouching::good_invitations;
use crate::notices::mail::{Named, OneTimeToken};
use crate::retry;

/// What one who holds the token may know before they sign in.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The invitation.
    pub invitation: Invitation,
    /// The organization.
    pub org: Organization,
    /// Who invited, if their account is still there.
    pub inviter: Option<Profile>,
}

/// What an invitation offers.
///
/// # Errors
/// `NotFound` for a text that is no token; `TokenGone` for one that is void; `AlreadyAccepted`; `RateLimited`.
// In one piece: each check decides whether the next read is made, and the answer has something of
// every read.
pub async fn preview_invitation(auth: &Auth, call: &Call, token: &str) -> Result<Preview, Error> {
    auth.count_address(call).await?;
    let (token, id) = parse(token)?;
    let (invitation, org) = (keys::invitation(id), keys::organization(id.tag()));
    let mut items = auth
        .table()
        .get_many(&[invitation.clone(), org.clone()], true)
        .await?;
    let invitation = check(auth, call, &token, items.remove(&invitation))
        .await?
        .value;
    invitation.open_at(call.at)?;
    let org: Stored<Organization> = Stored::read(&items.remove(&org).ok_or(Error::TokenGone)?)?;
    if org.value.deleted_at.is_some() {
        return Err(Error::TokenGone);
    }
    let (inviter, good) = tokio::try_join!(
        async {
            auth.table()
                .get(&keys::profile(invitation.created_by))
                .await
        },
        good_invitations(auth.table(), std::iter::once(&invitation)),
    )?;
    // Who sent it may not let anybody in any more: the token is no better than they are.
    if good.is_empty() {
        return Err(Error::TokenGone);
    }
    let inviter = inviter
        .as_ref()
        .map(Stored::<Profile>::read)
        .transpose()?
        .map(|inviter| inviter.value);
    Ok(Preview {
        invitation,
        org: org.value,
        inviter,
    })
}

/// Accepts or declines an invitation for the caller, whose address must be the invited one; the token verifies it.
pub async fn accept_invitation(
    auth: &Auth,
    call: &Call,
    token: &str,
    decline: bool,
) -> Result<Membership, Error> {
    retry::contended(|| async {
        let parsed = parse(token);
        let key = parsed.as_ref().ok().map(|(_, id)| keys::invitation(*id));
        // First who calls, then whether what they name is there.
        let me = auth.app.store.open_me(call, key.as_slice()).await?;
        let (token, id) = parsed?;
        let invitation: Option<Stored<Invitation>> = me.read(&keys::invitation(id))?;
        let invitation = genuine(auth, call, &token, invitation).await?;
        settle(
            &auth.app,
            invitation,
            me.account,
            decline,
            &operation(call),
            call.at,
        )
        .await
    })
    .await
}

/// The pending invitation that one who registers with this address has in hand.
pub(super) async fn held(
    auth: &Auth,
    call: &Call,
    token: &str,
    email: &Email,
) -> Result<Stored<Invitation>, Error> {
    let (token, id) = parse(token).map_err(|_| Error::TokenGone)?;
    let item = auth.table().get(&keys::invitation(id)).await?;
    let invitation = check(auth, call, &token, item)
        .await
        .map_err(|error| match error {
            Error::NotFound => Error::TokenGone,
            other => other,
        })?;
    invitation.value.open_at(call.at)?;
    if invitation.value.email == *email {
        Ok(invitation)
    } else {
        Err(Error::EmailMismatch)
    }
}

fn parse(text: &str) -> Result<(OneTimeToken, InvitationId), Error> {
    let token = OneTimeToken::parse(text).ok_or(Error::NotFound)?;
    match token.of {
        Named::Invitation(id) => Ok((token, id)),
        Named::OneTime(..) | Named::Former(..) => Err(Error::NotFound),
    }
}

async fn check(
    auth: &Auth,
    call: &Call,
    token: &OneTimeToken,
    item: Option<store::table::Item>,
) -> Result<Stored<Invitation>, Error> {
    genuine(
        auth,
        call,
        token,
        item.as_ref().map(Stored::read).transpose()?,
    )
    .await
}

/// The invitation, if the token is that of its latest sending. An older one is void, and cannot be told from one
/// that was made up; but the id alone cannot be made up.
async fn genuine(
    auth: &Auth,
    call: &Call,
    token: &OneTimeToken,
    invitation: Option<Stored<Invitation>>,
) -> Result<Stored<Invitation>, Error> {
    let invitation = invitation.ok_or(Error::NotFound)?;
    let keys = auth.keys(call.at).await?;
    let value = &invitation.value;
    if !token.verify(&keys, &value.nonce, value.expires_at) {
        return Err(Error::TokenGone);
    }
    // Once revoked or declined it is gone for good, whatever else is asked.
    if matches!(
        value.state,
        InvitationState::Revoked | InvitationState::Declined
    ) {
        return Err(Error::TokenGone);
    }
    Ok(invitation)
}
