//! Signed-in devices: listing them, signing them out.

use domain::Error;
use domain::account::{Account, Session, SessionEnd};
use domain::call::Call;
use domain::id::SessionId;
use store::keys;
use store::open::Me;
use store::record::Stored;
use store::transaction::Transaction;

use super::{Auth, operation};
use crate::retry;

/// The caller's live sessions, oldest first, and which of them is calling.
pub async fn list_sessions(auth: &Auth, call: &Call) -> Result<(Vec<Session>, SessionId), Error> {
    let me = auth.app.store.open_me(call, &[]).await?;
    let sessions = live(auth, call, &me.account.value).await?;
    Ok((
        sessions.into_iter().map(|session| session.value).collect(),
        me.principal.session.value.id,
    ))
}

/// Signs the calling device out.
pub async fn logout(auth: &Auth, call: &Call) -> Result<(), Error> {
    retry::contended(|| async {
        let me = auth.app.store.open_me(call, &[]).await?;
        end_one(auth, call, &me, &me.principal.session, SessionEnd::Logout).await
    })
    .await
}

/// Signs every device out.
///
/// # Errors
/// `ProofRequired`, unless the password was shown a moment ago.
pub async fn logout_everywhere(auth: &Auth, call: &Call) -> Result<(), Error> {
    retry::contended(|| async {
        let me = auth.app.store.open_me(call, &[]).await?;
        me.proved()?;
        let account = me.account;
        let mut transaction = Transaction::new();
        let changed = end_all(auth, call, &mut transaction, &account, SessionEnd::Logout).await?;
        transaction.save(&account, changed, &operation(call))?;
        auth.table().commit(transaction).await
    })
    .await
}

/// Signs one of the caller's devices out. Another person's session is no more to be found than one that never was.
///
/// # Errors
/// `ProofRequired` for another device, unless the password was shown a moment ago.
pub async fn revoke_session(auth: &Auth, call: &Call, id: SessionId) -> Result<(), Error> {
    retry::contended(|| async {
        let user = auth.app.store.claimed(call)?;
        let key = keys::session(user, id);
        let me = auth
            .app
            .store
            .open_me(call, std::slice::from_ref(&key))
            .await?;
        let session: Stored<Session> = me.read(&key)?.ok_or(Error::NotFound)?;
        if !session.value.is_live(call.at) {
            return Err(Error::NotFound);
        }
        // One may always sign oneself out. With a stolen session nobody is to sign out the others.
        if id != me.principal.session.value.id {
            me.proved()?;
        }
        end_one(auth, call, &me, &session, SessionEnd::Revoked).await
    })
    .await
}

async fn end_one(
    auth: &Auth,
    call: &Call,
    me: &Me,
    session: &Stored<Session>,
    end: SessionEnd,
) -> Result<(), Error> {
    // The account lists its sessions, so both change together.
    let mut account = me.account.value.clone();
    account.sessions.retain(|other| *other != session.value.id);
    let mut transaction = Transaction::new();
    transaction.save(
        session,
        session.value.clone().ended(end, call.at),
        &operation(call),
    )?;
    transaction.save(&me.account, account, &operation(call))?;
    auth.table().commit(transaction).await
}

/// Ends every session of an account in a transaction. The account as it is to be saved: without sessions, and one
/// epoch on.
pub(super) async fn end_all(
    auth: &Auth,
    call: &Call,
    transaction: &mut Transaction,
    account: &Stored<Account>,
    end: SessionEnd,
) -> Result<Account, Error> {
    // An account has 50 at most, half of what one transaction takes.
    for session in live(auth, call, &account.value).await? {
        transaction.save(
            &session,
            session.value.clone().ended(end, call.at),
            &operation(call),
        )?;
    }
    let mut changed = account.value.clone();
    changed.sessions.clear();
    (changed.epoch, changed.updated_at) = (changed.epoch + 1, call.at);
    Ok(changed)
}

async fn live(auth: &Auth, call: &Call, account: &Account) -> Result<Vec<Stored<Session>>, Error> {
    let wanted: Vec<_> = account
        .sessions
        .iter()
        .map(|id| keys::session(account.user, *id))
        .collect();
    let mut items = auth.table().get_many(&wanted, true).await?;
    let found = wanted
        .iter()
        .filter_map(|key| items.remove(key))
        .map(|item| Stored::<Session>::read(&item));
    // One that has ended is not ended again: it keeps the reason why.
    let live = |session: &Result<Stored<Session>, Error>| {
        session.as_ref().map_or(true, |s| s.value.is_live(call.at))
    };
    found.filter(live).collect()
}
