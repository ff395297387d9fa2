//! Showing again that it is oneself: dangerous acts want a proof that is a few minutes old at most (RFC 9470).

use domain::Error;
use domain::account::Session;
use domain::call::Call;

use super::{Auth, Password, operation, password};
use crate::retry;

/// Notes in the caller's session that they have just shown the password.
///
/// # Errors
/// `WrongPassword`, counted like attempts to sign in.
pub async fn reauthenticate(auth: &Auth, call: &Call, current: &Password) -> Result<(), Error> {
    // The session has just been read; only after a lost race it is read again.
    let mut first = Some(password::confirm(auth, call, current).await?.session);
    retry::contended(|| {
        let first = first.take();
        async move {
            let before = match first {
                Some(session) => session,
                None => auth.app.store.open_me(call, &[]).await?.principal.session,
            };
            let proved = Session {
                proved_at: call.at,
                ..before.value.clone()
            };
            auth.table()
                .save(&before, proved, &operation(call))
                .await
                .map(drop)
        }
    })
    .await
}
