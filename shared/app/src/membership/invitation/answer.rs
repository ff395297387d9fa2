//! The answer of the one who was invited.

use domain::Error;
use domain::call::Call;
use domain::id::InvitationId;
use domain::membership::invitation::Invitation;
use store::keys;

use super::admission::{self, Membership};
use crate::membership::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// Accepts or declines an invitation to the caller's own address, which they must have verified. Nobody else learns
/// that there is one.
pub async fn answer_invitation(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: InvitationId,
    decline: bool,
) -> Result<Membership, Error> {
    let org = id_of(app, call, org).await?;
    let key = keys::invitation(id);
    retry::contended(|| async {
        let me = app.store.open_me(call, std::slice::from_ref(&key)).await?;
        let mine = |found: &Invitation| found.org == org && found.email == me.account.value.email;
        // One to another address is answered like one that never was.
        let found = me
            .read::<Invitation>(&key)?
            .filter(|found| mine(&found.value))
            .ok_or(Error::NotFound)?;
        admission::record_answer(
            app,
            found,
            me.account,
            decline,
            &me.principal.operation,
            me.principal.at,
        )
        .await
    })
    .await
}
