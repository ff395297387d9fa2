//! Addresses: showing that one is one's own, and changing it.

use domain::Error;
use domain::account::{Account, OneTime, Purpose};
use domain::call::Call;
use domain::text::Email;
use store::keys;
use store::record::Stored;
use store::write::Transaction;

use super::one_time::Redeemed;
use super::{Auth, Password, operation, password};
use crate::retry;

/// Uses the token of a mail: the address is the account's and verified from now on.
///
/// # Errors
/// `TokenGone` for a token that cannot be used; `EmailTaken` if another account has taken the new address meanwhile.
pub async fn verify(auth: &Auth, call: &Call, token: &str) -> Result<(), Error> {
    retry::contended(|| async {
        let redeemed = auth.redeem(call, token, &[Purpose::VerifyEmail, Purpose::ChangeEmail]).await?;
        let Redeemed { token, account, .. } = &redeemed;
        let mut transaction = Transaction::new();
        let mut changed = account.value.clone();
        if token.value.email != changed.email {
            let owner = changed.user.to_string();
            transaction.claim(keys::email_guard(&token.value.email), &owner, Error::EmailTaken);
            transaction.release(keys::email_guard(&changed.email), &owner);
            changed.email = token.value.email.clone();
        }
        (changed.email_verified, changed.updated_at) = (true, call.at);
        transaction.save(account, changed, &operation(call))?;
        transaction.save(token, redeemed.used(call), &operation(call))?;
        auth.table().commit(transaction).await
    })
    .await
}

/// Mails the caller a new token for his address, unless it is verified already.
pub async fn resend(auth: &Auth, call: &Call) -> Result<(), Error> {
    retry::contended(|| async {
        let (account, token) = open(auth, call, Purpose::VerifyEmail).await?;
        let email = account.value.email.clone();
        if account.value.email_verified || !auth.may_mail(call, Purpose::VerifyEmail, &email).await? {
            return Ok(());
        }
        let fresh = auth.one_time(call, &account.value, Purpose::VerifyEmail, email);
        auth.issue(call, token.as_ref(), fresh).await
    })
    .await
}

/// The same for an address that a stranger has named.
pub async fn resend_to(auth: &Auth, call: &Call, email: &Email) -> Result<(), Error> {
    auth.send_to(call, email, Purpose::VerifyEmail).await
}

/// Begins to change the caller's address: the new one gets a mail, and nothing changes before its token is used.
/// Whether the new address is another account's is not told.
///
/// # Errors
/// `WrongPassword`, counted like attempts to sign in.
pub async fn change(auth: &Auth, call: &Call, email: &Email, current: &Password) -> Result<(), Error> {
    let account = password::confirm(auth, call, current).await?.account;
    if account.value.email == *email {
        return Err(Error::field("email", "unchanged", "is the account's address already"));
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

async fn open(auth: &Auth, call: &Call, purpose: Purpose) -> Result<(Stored<Account>, Option<Stored<OneTime>>), Error> {
    let user = auth.app.store.claimed(call)?;
    let token = keys::one_time(user, purpose);
    let me = auth.app.store.open_me(call, std::slice::from_ref(&token)).await?;
    let token = me.read(&token)?;
    Ok((me.account, token))
}
