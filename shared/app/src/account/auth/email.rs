//! Addresses: showing that one is one's own, and changing it.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use domain::Error;
use domain::account::{Account, Credential, FormerAddress, OneTime, Purpose, SessionEnd};
use domain::call::Call;
use domain::text::Email;
use jiff::SignedDuration;
use store::keys;
use store::record::Stored;
use store::transaction::Transaction;

use super::one_time::{Redeemed, found};
use super::{Auth, Password, after, operation, password, sessions};
use crate::notices::mail::{Named, OneTimeToken};
use crate::retry;

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
    let mut proved = false;
    let mut first = Some(
        auth.redeem(call, token, &[Purpose::VerifyEmail, Purpose::ChangeEmail])
            .await?,
    );
    if let Some(redeemed) = first
        .as_ref()
        .filter(|redeemed| redeemed.token.value.purpose == Purpose::ChangeEmail)
    {
        prove(auth, call, redeemed, password).await?;
        proved = true;
    }
    retry::contended(|| {
        let first = first.take();
        async move {
            let redeemed = match first {
                Some(first) => first,
                None => {
                    auth.redeem(call, token, &[Purpose::VerifyEmail, Purpose::ChangeEmail])
                        .await?
                }
            };
            let Redeemed { token, account, .. } = &redeemed;
            let mut transaction = Transaction::new();
            let mut changed = account.value.clone();
            if token.value.email != changed.email {
                if !proved {
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
    })
    .await
}

/// Fails unless the caller is the account's: signed in to it, or with its password.
async fn prove(
    auth: &Auth,
    call: &Call,
    redeemed: &Redeemed,
    password: Option<&Password>,
) -> Result<(), Error> {
    if let Some(password) = password {
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
    let reset = keys::one_time(user, Purpose::ResetPassword);
    retry::contended(|| async {
        let (account, credential) = (keys::account(user), keys::credential(user));
        let items = auth
            .table()
            .get_many(&[account.clone(), credential.clone(), reset.clone()], true)
            .await?;
        let account: Stored<Account> = found(&items, &account)?;
        let former = account
            .value
            .former
            .iter()
            .find(|one| one.id == id)
            .cloned()
            .ok_or(Error::TokenGone)?;
        if !token.verify(&signing, &former.nonce, former.until) {
            return Err(Error::TokenGone);
        }
        let mut transaction = Transaction::new();
        let owner = account.value.user.to_string();
        let mut changed =
            sessions::end_all(auth, call, &mut transaction, &account, SessionEnd::Reverted).await?;
        let given_up = changed.email.clone();
        let void = changed.return_to(&id, call.at)?;
        transaction.take(
            keys::email_guard(&changed.email),
            &owner,
            call.at,
            Error::TokenGone,
        );
        let others = void
            .iter()
            .map(|one| &one.email)
            .chain([&given_up])
            .filter(|other| **other != changed.email);
        // Each once: an address may have been left twice.
        let guards: HashSet<_> = others.map(keys::email_guard).collect();
        for guard in guards {
            transaction.release(guard, &owner);
        }
        // The mail has reached them, so the address is its owner's.
        changed.email_verified = true;
        // Whoever had the account may have made doors for themselves.
        changed.vouches_since = Some(call.at);
        changed.known.clear();
        let credential: Stored<Credential> = found(&items, &credential)?;
        let void = Credential {
            password: None,
            updated_at: call.at,
            ..credential.value.clone()
        };
        transaction.save(&credential, void, &operation(call))?;
        let fresh = auth.one_time(
            call,
            &changed,
            Purpose::ResetPassword,
            changed.email.clone(),
        );
        match items.get(&reset).map(Stored::<OneTime>::read).transpose()? {
            Some(before) => transaction.save(&before, fresh, &operation(call))?,
            None => transaction.create(fresh, &operation(call), Error::Conflict)?,
        };
        transaction.save(&account, changed, &operation(call))?;
        auth.table().commit(transaction).await
    })
    .await
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
