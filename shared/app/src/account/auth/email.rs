//! Addresses: showing that one is one's own, and changing it.

use std::collections::{HashMap, HashSet};

use data_encoding::HEXLOWER;
use domain::Error;
use domain::account::{Account, Credential, FormerAddress, OneTime, Purpose, SessionEnd};
use domain::call::Call;
use domain::id::UserId;
use domain::text::Email;
use jiff::SignedDuration;
use store::keys::{self, Key};
use store::record::{Stored, find};
use store::table::Item;
use store::transaction::Transaction;

use super::one_time::{Redeemed, found};
use super::{Auth, Password, after, operation, password, sessions};
use crate::notices::mail::{Named, OneTimeToken};
use crate::retry;
use crate::secret::Keys;

/// For so long a former address can take an account back, and is kept from others.
const WAY_BACK: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Uses the token of a mail: the address is the account's and verified from now on. A new address takes more than its
/// token: a session of the account, or its password. The old one gets a way back.
///
/// # Errors
/// `TokenGone` for a token that cannot be used; `EmailTaken` if another account has taken the new address meanwhile;
/// for a new address `ProofRequired` without session and password, and `WrongPassword`, counted like attempts to sign
/// in.
pub async fn verify_email(
    auth: &Auth,
    call: &Call,
    token: &str,
    password: Option<&Password>,
) -> Result<(), Error> {
    auth.count_address(call).await?;
    let purposes = &[Purpose::VerifyEmail, Purpose::ChangeEmail];
    let redeemed = auth.redeem(call, token, purposes).await?;
    let is_change = redeemed.token.value.purpose == Purpose::ChangeEmail;
    // Before the loop: a password counts as an attempt, and a lost race must not count another.
    if is_change {
        prove(auth, call, &redeemed, password).await?;
    }
    let mut first = Some(redeemed);
    retry::contended(|| {
        let first = first.take();
        async move {
            let redeemed = match first {
                Some(first) => first,
                None => auth.redeem(call, token, purposes).await?,
            };
            confirm_address(auth, call, &redeemed, is_change).await
        }
    })
    .await
}

/// Makes the address to which a token was mailed the account's and verified, and the token used.
/// Another address than the present one takes a proof.
async fn confirm_address(
    auth: &Auth,
    call: &Call,
    redeemed: &Redeemed,
    is_proved: bool,
) -> Result<(), Error> {
    let Redeemed { token, account, .. } = redeemed;
    let mut transaction = Transaction::new();
    let mut changed = account.value.clone();
    if token.value.email != changed.email {
        if !is_proved {
            return Err(Error::TokenGone);
        }
        change_address(
            auth,
            call,
            &mut transaction,
            &mut changed,
            &token.value.email,
        )?;
    }
    (changed.email_verified, changed.updated_at) = (true, call.at);
    transaction.save(account, changed, &operation(call))?;
    transaction.save(token, redeemed.used(call), &operation(call))?;
    auth.table().commit(transaction).await
}

/// Fails unless the caller is the account's: signed in to it, or with its password.
async fn prove(
    auth: &Auth,
    call: &Call,
    redeemed: &Redeemed,
    password: Option<&Password>,
) -> Result<(), Error> {
    if let Some(password) = password {
        // No session is opened here, so no device is known: the attempt counts as one from
        // anywhere.
        return password::check(
            auth,
            call,
            &redeemed.account,
            Some(&redeemed.credential),
            None,
            password,
        )
        .await;
    }
    if call.bearer.is_none() {
        return Err(Error::ProofRequired);
    }
    let me = auth.app.store.open_me(call, &[]).await?;
    let own = me.account.value.user == redeemed.account.value.user;
    own.then_some(()).ok_or(Error::ProofRequired)
}

/// Gives an account another address. What was mailed before is void, but for the ways back. An old address that was the
/// account's owner's can take it back, and is kept from others as long as it can; one that nobody has confirmed may be
/// a stranger's, who has no claim to the account.
fn change_address(
    auth: &Auth,
    call: &Call,
    transaction: &mut Transaction,
    account: &mut Account,
    new: &Email,
) -> Result<(), Error> {
    let (owner, until) = (account.user.to_string(), after(call.at, WAY_BACK));
    transaction.take(keys::email_guard(new), &owner, call.at, Error::EmailTaken);
    let old = keys::email_guard(&account.email);
    if account.email_verified {
        let id = HEXLOWER.encode(&auth.app.entropy.bytes::<8>());
        let former = FormerAddress {
            id,
            email: account.email.clone(),
            nonce: auth.nonce(),
            until,
        };
        transaction.hold(old, &owner, until);
        account.leave_address(former, call.at)?;
    } else {
        transaction.release(old, &owner);
    }
    account.email = new.clone();
    account.epoch += 1;
    Ok(())
}

/// Takes an account back for an address that it had, by the token that was mailed there. Every session ends, whatever
/// was mailed is void, and no password is right any more: a new one is set by the mail that follows.
///
/// # Errors
/// `TokenGone` for a token that cannot be used.
pub async fn revert_email(auth: &Auth, call: &Call, token: &str) -> Result<(), Error> {
    auth.count_address(call).await?;
    let signing = auth.keys(call.at).await?;
    let token = OneTimeToken::parse(token).ok_or(Error::TokenGone)?;
    let Named::Former(user, id) = token.of else {
        return Err(Error::TokenGone);
    };
    let id = HEXLOWER.encode(&id);
    retry::contended(|| revert(auth, call, &signing, &token, user, &id)).await
}

/// One attempt, with the token of the former address of this id.
async fn revert(
    auth: &Auth,
    call: &Call,
    signing: &Keys,
    token: &OneTimeToken,
    user: UserId,
    id: &str,
) -> Result<(), Error> {
    let of_account = keys::account(user);
    let names = [
        of_account.clone(),
        keys::credential(user),
        keys::one_time(user, Purpose::ResetPassword),
    ];
    let items = auth.table().get_many(&names, true).await?;
    let account: Stored<Account> = found(&items, &of_account)?;
    let former = account.value.former.iter().find(|one| one.id == id);
    let former = former.ok_or(Error::TokenGone)?;
    if !token.verify(signing, &former.nonce, former.until) {
        return Err(Error::TokenGone);
    }
    hand_over(auth, call, &account, &items, id).await
}

/// Ends whatever others have of the account, and gives it to the former address of this id.
async fn hand_over(
    auth: &Auth,
    call: &Call,
    account: &Stored<Account>,
    items: &HashMap<Key, Item>,
    id: &str,
) -> Result<(), Error> {
    let user = account.value.user;
    let mut transaction = Transaction::new();
    let mut changed =
        sessions::end_all(auth, call, &mut transaction, account, SessionEnd::Reverted).await?;
    take_back(call, &mut transaction, &mut changed, id)?;
    let credential: Stored<Credential> = found(items, &keys::credential(user))?;
    void_password(call, &mut transaction, &credential)?;
    let reset = find(items, &keys::one_time(user, Purpose::ResetPassword))?;
    offer_reset(auth, call, &mut transaction, &changed, reset.as_ref())?;
    transaction.save(account, changed, &operation(call))?;
    auth.table().commit(transaction).await
}

/// Keeps a token for a new password, and with the write the mail: without one nobody could sign in
/// any more.
fn offer_reset(
    auth: &Auth,
    call: &Call,
    transaction: &mut Transaction,
    account: &Account,
    before: Option<&Stored<OneTime>>,
) -> Result<(), Error> {
    let fresh = auth.one_time(call, account, Purpose::ResetPassword, account.email.clone());
    match before {
        Some(before) => transaction.save(before, fresh, &operation(call))?,
        None => transaction.create(fresh, &operation(call), Error::Conflict)?,
    };
    Ok(())
}

/// Gives the account back to the former address of this id: the guards change hands, and whoever
/// had the account since is trusted no more.
fn take_back(
    call: &Call,
    transaction: &mut Transaction,
    account: &mut Account,
    id: &str,
) -> Result<(), Error> {
    let (owner, given_up) = (account.user.to_string(), account.email.clone());
    let void = account.return_to(id, call.at)?;
    transaction.take(
        keys::email_guard(&account.email),
        &owner,
        call.at,
        Error::TokenGone,
    );
    let others = void
        .iter()
        .map(|one| &one.email)
        .chain([&given_up])
        .filter(|other| **other != account.email);
    // Each once: an address may have been left twice.
    let guards: HashSet<_> = others.map(keys::email_guard).collect();
    for guard in guards {
        transaction.release(guard, &owner);
    }
    // The mail has reached them, so the address is its owner's.
    account.email_verified = true;
    // Whoever had the account may have made doors for themselves.
    account.vouches_since = Some(call.at);
    account.known.clear();
    Ok(())
}

/// Makes no password right any more.
fn void_password(
    call: &Call,
    transaction: &mut Transaction,
    before: &Stored<Credential>,
) -> Result<(), Error> {
    let void = Credential {
        password: None,
        updated_at: call.at,
        ..before.value.clone()
    };
    transaction.save(before, void, &operation(call)).map(drop)
}

/// Mails the caller a new token for their address, unless it is verified already.
pub async fn resend_verification(auth: &Auth, call: &Call) -> Result<(), Error> {
    retry::contended(|| async {
        let (account, token) = open(auth, call, Purpose::VerifyEmail).await?;
        let email = account.value.email.clone();
        if account.value.email_verified
            || !auth.may_mail(call, Purpose::VerifyEmail, &email).await?
        {
            return Ok(());
        }
        let fresh = auth.one_time(call, &account.value, Purpose::VerifyEmail, email);
        auth.issue(call, token.as_ref(), fresh).await
    })
    .await
}

/// The same for an address that a stranger has named.
pub async fn resend_verification_to(auth: &Auth, call: &Call, email: &Email) -> Result<(), Error> {
    auth.send_to(call, email, Purpose::VerifyEmail).await
}

/// Begins to change the caller's address: the new one gets a mail, and nothing changes before its token is used.
/// Whether the new address is another account's is not told.
///
/// # Errors
/// `WrongPassword`, counted like attempts to sign in.
pub async fn change_email(
    auth: &Auth,
    call: &Call,
    email: &Email,
    current: &Password,
) -> Result<(), Error> {
    let account = password::confirm(auth, call, current).await?.account;
    if account.value.email == *email {
        return Err(Error::field(
            "email",
            "unchanged",
            "is the account's address already",
        ));
    }
    // Counted for the new address, whoever asks: many accounts together do not fill a stranger's
    // inbox.
    if !auth.may_mail(call, Purpose::ChangeEmail, email).await? {
        return Ok(());
    }
    retry::contended(|| async {
        let (account, token) = open(auth, call, Purpose::ChangeEmail).await?;
        let fresh = auth.one_time(call, &account.value, Purpose::ChangeEmail, email.clone());
        auth.issue(call, token.as_ref(), fresh).await
    })
    .await
}

async fn open(
    auth: &Auth,
    call: &Call,
    purpose: Purpose,
) -> Result<(Stored<Account>, Option<Stored<OneTime>>), Error> {
    let user = auth.app.store.claimed(call)?;
    let token = keys::one_time(user, purpose);
    let me = auth
        .app
        .store
        .open_me(call, std::slice::from_ref(&token))
        .await?;
    let token = me.read(&token)?;
    Ok((me.account, token))
}
