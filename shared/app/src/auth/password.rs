//! Passwords: changing one, and getting over a forgotten one.

use domain::Error;
use domain::account::{Account, Credential, Purpose, SessionEnd};
use domain::call::Call;
use domain::text::Email;
use store::keys;
use store::open::Me;
use store::record::Stored;
use store::write::Transaction;

use super::attempts::remember;
use super::one_time::Redeemed;
use super::{Auth, Password, Tokens, operation, sessions};
use crate::retry;

/// Mails a token with which a new password can be set, if the address is an account's.
pub async fn forgot(auth: &Auth, call: &Call, email: &Email) -> Result<(), Error> {
    auth.send_to(call, email, Purpose::ResetPassword).await
}

/// Sets a new password by the token of a mail. Every session ends; and since the mail has reached him, the address
/// is its owner's.
pub async fn reset(auth: &Auth, call: &Call, token: &str, new: &Password) -> Result<(), Error> {
    let purposes = [Purpose::ResetPassword];
    let account = auth.redeem(call, token, &purposes).await?.account.value;
    let hash = auth.passwords.hash_new("password", new, words(&account)).await?;
    retry::contended(|| async {
        let redeemed = auth.redeem(call, token, &purposes).await?;
        let Redeemed { token, account, credential } = &redeemed;
        let mut transaction = Transaction::new();
        transaction.save(token, redeemed.used(call), &operation(call))?;
        replace(&mut transaction, call, credential, &hash)?;
        let mut changed = sessions::end_all(auth, call, &mut transaction, account, SessionEnd::Password).await?;
        changed.email_verified = true;
        // Who knew the old password may have signed in from anywhere.
        changed.known.clear();
        remember(&mut changed, &call.address);
        transaction.save(account, changed, &operation(call))?;
        auth.table().commit(transaction).await
    })
    .await
}

/// Changes the caller's password. Every session ends, and a new one begins.
///
/// # Errors
/// `WrongPassword`, counted like attempts to sign in.
pub async fn change(auth: &Auth, call: &Call, current: &Password, new: &Password) -> Result<Tokens, Error> {
    let (confirmed, signing) = tokio::join!(confirm(auth, call, current), auth.keys(call.at));
    let (confirmed, signing) = (confirmed?, signing?);
    let hash = auth.passwords.hash_new("new", new, words(&confirmed.account.value)).await?;
    retry::contended(|| async {
        let (me, credential) = open(auth, call).await?;
        if credential.value.password != confirmed.credential.value.password {
            return Err(Error::WrongPassword);
        }
        let mut transaction = Transaction::new();
        replace(&mut transaction, call, &credential, &hash)?;
        let mut changed = sessions::end_all(auth, call, &mut transaction, &me.account, SessionEnd::Password).await?;
        let session = auth.session(call, &changed, me.principal.session.value.device.clone());
        changed.sessions.push(session.id);
        remember(&mut changed, &call.address);
        transaction.save(&me.account, changed, &operation(call))?;
        transaction.create(session.clone(), &operation(call), Error::Conflict)?;
        auth.table().commit(transaction).await?;
        auth.tokens(&signing, &session, call.at)
    })
    .await
}

/// The caller's account, his password having been shown.
pub(super) struct Confirmed {
    /// His account.
    pub account: Stored<Account>,
    credential: Stored<Credential>,
}

/// Checks the password of one who is signed in. It is a way to guess it like any other, so it counts like one.
pub(super) async fn confirm(auth: &Auth, call: &Call, current: &Password) -> Result<Confirmed, Error> {
    let (me, credential) = open(auth, call).await?;
    let account = me.account;
    auth.attempt(call, account.value.email.as_str()).await?.check(Some(&account.value))?;
    let verdict = auth.passwords.verify(current, Some(credential.value.password.clone())).await?;
    if verdict.right { Ok(Confirmed { account, credential }) } else { Err(Error::WrongPassword) }
}

async fn open(auth: &Auth, call: &Call) -> Result<(Me, Stored<Credential>), Error> {
    let user = auth.app.store.claimed(call)?;
    let key = keys::credential(user);
    let me = auth.app.store.open_me(call, std::slice::from_ref(&key)).await?;
    let credential = me.read(&key)?.ok_or_else(|| Error::Internal("an account without a password".to_owned()))?;
    Ok((me, credential))
}

fn replace(transaction: &mut Transaction, call: &Call, before: &Stored<Credential>, hash: &str) -> Result<(), Error> {
    let renewed = Credential { password: hash.to_owned(), updated_at: call.at, ..before.value.clone() };
    transaction.save(before, renewed, &operation(call)).map(drop)
}

/// The words of an account, which a guesser tries first.
fn words(account: &Account) -> Vec<String> {
    let local = account.email.as_str().split('@').next().unwrap_or_default();
    vec![account.email.to_string(), local.to_owned(), account.username.to_string()]
}
