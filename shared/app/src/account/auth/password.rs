//! Passwords: changing one, and getting over a forgotten one.

use domain::Error;
use domain::account::{Account, Credential, Purpose, Session, SessionEnd};
use domain::call::Call;
use domain::text::Email;
use store::keys;
use store::open::Me;
use store::record::Stored;
use store::transaction::Transaction;

use super::attempts::{KnownDevice, remember};
use super::one_time::Redeemed;
use super::{Auth, Password, Tokens, operation, sessions};
use crate::retry;

/// Mails a token with which a new password can be set, if the address is an account's.
pub async fn forgot_password(auth: &Auth, call: &Call, email: &Email) -> Result<(), Error> {
    auth.send_to(call, email, Purpose::ResetPassword).await
}

/// Sets a new password by the token of a mail. Every session ends; and since the mail has reached them, the address is
/// its owner's. If that was never shown before, nobody comes in any more by what the account has made to let people in.
/// Answers the token of a device that the account knows, so that nobody's wrong guesses keep its owner from signing in.
pub async fn reset_password(
    auth: &Auth,
    call: &Call,
    token: &str,
    new: &Password,
) -> Result<String, Error> {
    let purposes = [Purpose::ResetPassword];
    auth.count_address(call).await?;
    let signing = auth.keys(call.at).await?;
    let account = auth.redeem(call, token, &purposes).await?.account.value;
    let hash = auth
        .passwords
        .hash_new("password", new, words(&account))
        .await?;
    retry::contended(|| async {
        let redeemed = auth.redeem(call, token, &purposes).await?;
        let Redeemed {
            token,
            account,
            credential,
        } = &redeemed;
        let mut transaction = Transaction::new();
        transaction.save(token, redeemed.used(call), &operation(call))?;
        replace(&mut transaction, call, credential, &hash)?;
        let mut changed =
            sessions::end_all(auth, call, &mut transaction, account, SessionEnd::Password).await?;
        if !changed.email_verified {
            // The first proof that the address is its owner's: somebody else may have had the account until now.
            (changed.email_verified, changed.vouches_since) = (true, Some(call.at));
        }
        // Who knew the old password may have signed in from anywhere.
        changed.known.clear();
        let device = auth.new_device(changed.user);
        remember(&mut changed, &device);
        transaction.save(account, changed, &operation(call))?;
        auth.table().commit(transaction).await?;
        device.text(&signing)
    })
    .await
}

/// Changes the caller's password. Every session ends, and a new one begins.
///
/// # Errors
/// `WrongPassword`, counted like attempts to sign in.
pub async fn change_password(
    auth: &Auth,
    call: &Call,
    current: &Password,
    new: &Password,
) -> Result<Tokens, Error> {
    let (confirmed, signing) = tokio::join!(confirm(auth, call, current), auth.keys(call.at));
    let (confirmed, signing) = (confirmed?, signing?);
    let hash = auth
        .passwords
        .hash_new("new", new, words(&confirmed.account.value))
        .await?;
    retry::contended(|| async {
        let (me, credential) = open(auth, call).await?;
        if credential.value.password != confirmed.credential.value.password {
            return Err(Error::WrongPassword);
        }
        let mut transaction = Transaction::new();
        replace(&mut transaction, call, &credential, &hash)?;
        let mut changed = sessions::end_all(
            auth,
            call,
            &mut transaction,
            &me.account,
            SessionEnd::Password,
        )
        .await?;
        let before = &me.principal.session.value;
        let device = KnownDevice::of(changed.user, before.mark.as_ref())
            .unwrap_or_else(|| auth.new_device(changed.user));
        let session = auth.session(call, &changed, before.device.clone(), &device);
        changed.sessions.push(session.id);
        // Who knew the old password may have signed in from anywhere.
        changed.known.clear();
        remember(&mut changed, &device);
        transaction.save(&me.account, changed, &operation(call))?;
        transaction.create(session.clone(), &operation(call), Error::Conflict)?;
        auth.table().commit(transaction).await?;
        auth.tokens(&signing, &session, &device, call.at)
    })
    .await
}

/// The caller's account, the password having been shown.
pub(super) struct Confirmed {
    /// Their account.
    pub account: Stored<Account>,
    /// The session in which they call.
    pub session: Stored<Session>,
    credential: Stored<Credential>,
}

/// Checks the password of one who is signed in. It is a way to guess it like any other, so it counts like one.
pub(super) async fn confirm(
    auth: &Auth,
    call: &Call,
    current: &Password,
) -> Result<Confirmed, Error> {
    let ((me, credential), ()) = tokio::try_join!(open(auth, call), auth.count_address(call))?;
    let (account, session) = (me.account, me.principal.session);
    let device = KnownDevice::of(account.value.user, session.value.mark.as_ref());
    check(
        auth,
        call,
        &account,
        Some(&credential),
        device.as_ref(),
        current,
    )
    .await?;
    Ok(Confirmed {
        account,
        credential,
        session,
    })
}

/// Compares a password with that of an account, having counted the attempt.
pub(super) async fn check(
    auth: &Auth,
    call: &Call,
    account: &Stored<Account>,
    credential: Option<&Stored<Credential>>,
    device: Option<&KnownDevice>,
    password: &Password,
) -> Result<(), Error> {
    auth.attempt(call, account.value.user, device)
        .await?
        .check(Some(&account.value))?;
    let hash = credential.and_then(|credential| credential.value.password.clone());
    let verdict = auth.passwords.verify(password, hash).await?;
    if verdict.right {
        Ok(())
    } else {
        Err(Error::WrongPassword)
    }
}

async fn open(auth: &Auth, call: &Call) -> Result<(Me, Stored<Credential>), Error> {
    let user = auth.app.store.claimed(call)?;
    let key = keys::credential(user);
    let me = auth
        .app
        .store
        .open_me(call, std::slice::from_ref(&key))
        .await?;
    let credential = me
        .read(&key)?
        .ok_or_else(|| Error::Internal("an account without a password".to_owned()))?;
    Ok((me, credential))
}

fn replace(
    transaction: &mut Transaction,
    call: &Call,
    before: &Stored<Credential>,
    hash: &str,
) -> Result<(), Error> {
    let renewed = Credential {
        password: Some(hash.to_owned()),
        updated_at: call.at,
        ..before.value.clone()
    };
    transaction
        .save(before, renewed, &operation(call))
        .map(drop)
}

/// The words of an address: all of it, its local part, its domain, and the domain's parts.
pub(super) fn context_words(email: &Email) -> impl Iterator<Item = String> {
    let (local, domain) = email.as_str().split_once('@').unwrap_or_default();
    let labels = domain.split('.').filter(|label| label.len() > 3);
    [email.as_str(), local, domain]
        .into_iter()
        .chain(labels)
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The words of an account, which a guesser tries first.
fn words(account: &Account) -> Vec<String> {
    context_words(&account.email)
        .chain([account.username.to_string()])
        .collect()
}
