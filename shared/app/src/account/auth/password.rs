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
use crate::secret::Keys;

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
    // A void token costs no hash. What it opens is read again in each attempt.
    let account = auth.redeem(call, token, &purposes).await?.account.value;
    let hash = auth
        .passwords
        .hash_new("password", new, words(&account))
        .await?;
    retry::contended(|| async {
        let redeemed = auth.redeem(call, token, &purposes).await?;
        reset_redeemed(auth, call, &redeemed, &hash, &signing).await
    })
    .await
}

/// Sets a new password for one who has shown the token of a mail.
async fn reset_redeemed(
    auth: &Auth,
    call: &Call,
    redeemed: &Redeemed,
    hash: &str,
    signing: &Keys,
) -> Result<String, Error> {
    let Redeemed {
        token,
        account,
        credential,
    } = redeemed;
    let mut transaction = Transaction::new();
    transaction.save(token, redeemed.used(call), &operation(call))?;
    let mut changed = replace(auth, call, &mut transaction, account, credential, hash).await?;
    if !changed.email_verified {
        // The first proof that the address is its owner's: somebody else may have had the account
        // until now.
        (changed.email_verified, changed.vouches_since) = (true, Some(call.at));
    }
    let device = auth.new_device(changed.user);
    remember(&mut changed, &device);
    transaction.save(account, changed, &operation(call))?;
    auth.table().commit(transaction).await?;
    device.text(signing)
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
    retry::contended(|| change_confirmed(auth, call, &confirmed, &hash, &signing)).await
}

/// Sets a new password for one who has shown the present one, and begins a new session on their
/// device.
async fn change_confirmed(
    auth: &Auth,
    call: &Call,
    confirmed: &Confirmed,
    hash: &str,
    signing: &Keys,
) -> Result<Tokens, Error> {
    let (me, credential) = open_again(auth, call, confirmed).await?;
    let mut transaction = Transaction::new();
    let mut changed = replace(auth, call, &mut transaction, &me.account, &credential, hash).await?;
    let before = &me.principal.session.value;
    let device = device_of(auth, before);
    let session = auth.session(call, &changed, before.device.clone(), &device);
    changed.sessions.push(session.id);
    remember(&mut changed, &device);
    transaction.save(&me.account, changed, &operation(call))?;
    transaction.create(session.clone(), &operation(call), Error::Conflict)?;
    auth.table().commit(transaction).await?;
    auth.tokens(signing, &session, &device, call.at)
}

/// What is to be changed, as it is now; fails if the password that was shown has been replaced
/// meanwhile.
async fn open_again(
    auth: &Auth,
    call: &Call,
    confirmed: &Confirmed,
) -> Result<(Me, Stored<Credential>), Error> {
    let (me, credential) = open(auth, call).await?;
    if credential.value.password == confirmed.credential.value.password {
        Ok((me, credential))
    } else {
        Err(Error::WrongPassword)
    }
}

/// The device of a session; a new one, if the account could not know it again.
fn device_of(auth: &Auth, session: &Session) -> KnownDevice {
    KnownDevice::of(session.user, session.mark.as_ref())
        .unwrap_or_else(|| auth.new_device(session.user))
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

/// Gives an account another password in a transaction. Every session ends, and no device is known
/// any more: who knew the old password may have signed in from anywhere. The account as it is to be
/// saved.
async fn replace(
    auth: &Auth,
    call: &Call,
    transaction: &mut Transaction,
    account: &Stored<Account>,
    credential: &Stored<Credential>,
    hash: &str,
) -> Result<Account, Error> {
    let renewed = Credential {
        password: Some(hash.to_owned()),
        updated_at: call.at,
        ..credential.value.clone()
    };
    transaction.save(credential, renewed, &operation(call))?;
    let mut changed =
        sessions::end_all(auth, call, transaction, account, SessionEnd::Password).await?;
    changed.known.clear();
    Ok(changed)
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
