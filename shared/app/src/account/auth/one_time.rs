//! One-time tokens: asking for one, and using it.

use std::collections::HashMap;

use domain::Error;
use domain::account::{Account, OneTime, Purpose};
use domain::call::Call;
use domain::id::UserId;
use domain::text::Email;
use jiff::SignedDuration;
use store::keys::{self, Key};
use store::limits::Limit;
use store::record::{Stored, find, find_value};
use store::table::Item;

use super::login::{decoy, owner};
use super::{Auth, after, operation};
use crate::notices::mail::{Named, OneTimeToken};
use crate::retry;

/// Mails of one purpose to one address. Beyond it nothing is sent, and nobody is told.
const MAILS: Limit = Limit {
    kind: "mail",
    most: 3,
    window: 3600,
};
/// Counts nothing; a write as dear as that of a token, so that both ways cost the same.
const IDLE_WRITE: Limit = Limit {
    kind: "nobody",
    most: 0,
    window: 3600,
};

/// For how long a token can be used.
fn validity(purpose: Purpose) -> SignedDuration {
    match purpose {
        Purpose::VerifyEmail => SignedDuration::from_hours(72),
        Purpose::ChangeEmail => SignedDuration::from_hours(24),
        Purpose::ResetPassword => SignedDuration::from_hours(1),
    }
}

impl Auth {
    /// A new token for an account, to be mailed to `email`.
    pub(super) fn one_time(
        &self,
        call: &Call,
        account: &Account,
        purpose: Purpose,
        email: Email,
    ) -> OneTime {
        OneTime {
            user: account.user,
            purpose,
            email,
            nonce: self.nonce(),
            epoch: Some(account.epoch),
            expires_at: after(call.at, validity(purpose)),
            created_at: call.at,
            used_at: None,
        }
    }

    /// Whether one more mail of this purpose may go to the address.
    pub(super) async fn may_mail(
        &self,
        call: &Call,
        purpose: Purpose,
        email: &Email,
    ) -> Result<bool, Error> {
        let subject = format!("{} {email}", purpose.as_str());
        Ok(self.table().tally(MAILS, &subject, call.at).await? <= MAILS.most)
    }

    /// Keeps a new token; the one before is void. The mail follows from the write.
    pub(super) async fn issue(
        &self,
        call: &Call,
        before: Option<&Stored<OneTime>>,
        token: OneTime,
    ) -> Result<(), Error> {
        match before {
            Some(before) => self.table().save(before, token, &operation(call)).await?,
            None => {
                self.table()
                    .create(token, &operation(call), Error::Conflict)
                    .await?
            }
        };
        Ok(())
    }

    /// Mails a token to an address that a stranger has named. Whether there is an account makes no difference that
    /// they could see, in answer or in time.
    pub(super) async fn send_to(
        &self,
        call: &Call,
        email: &Email,
        purpose: Purpose,
    ) -> Result<(), Error> {
        let guard = keys::email_guard(email);
        // All three, whatever comes of each: what is asked of the table does not tell whether there
        // is an account.
        let (counted, may_mail, guard) = tokio::join!(
            self.count_address(call),
            self.may_mail(call, purpose, email),
            self.table().get(&guard)
        );
        counted?;
        let (may_mail, user) = (may_mail?, guard?.as_ref().and_then(owner));
        let user = user.unwrap_or_else(|| decoy(email.as_str()));
        retry::contended(|| self.send_or_pretend(call, user, purpose, email, may_mail)).await
    }

    /// Mails a token to the address of an account, if one is wanted there; else writes as much.
    async fn send_or_pretend(
        &self,
        call: &Call,
        user: UserId,
        purpose: Purpose,
        email: &Email,
        may_mail: bool,
    ) -> Result<(), Error> {
        let (account, token) = (keys::account(user), keys::one_time(user, purpose));
        let items = self
            .table()
            .get_many(&[account.clone(), token.clone()], true)
            .await?;
        let account: Option<Account> = find_value(&items, &account)?;
        let wanted = account.filter(|account| {
            may_mail
                && account.email == *email
                && !(purpose == Purpose::VerifyEmail && account.email_verified)
        });
        let Some(account) = wanted else {
            self.table()
                .tally(IDLE_WRITE, email.as_str(), call.at)
                .await?;
            return Ok(());
        };
        let before = find(&items, &token)?;
        self.issue(
            call,
            before.as_ref(),
            self.one_time(call, &account, purpose, email.clone()),
        )
        .await
    }

    /// Opens what a mailed token names, if it can be used now and is for one of the `purposes`.
    ///
    /// # Errors
    /// `TokenGone` for every token that cannot, whatever the reason; `RateLimited` if the address has shown too many.
    // In one piece: a row of checks with one answer, so that no reason can be told from another.
    pub(super) async fn redeem(
        &self,
        call: &Call,
        text: &str,
        purposes: &[Purpose],
    ) -> Result<Redeemed, Error> {
        let keys = self.keys(call.at).await?;
        let token = OneTimeToken::parse(text).ok_or(Error::TokenGone)?;
        let Named::OneTime(user, purpose) = token.of else {
            return Err(Error::TokenGone);
        };
        if !purposes.contains(&purpose) {
            return Err(Error::TokenGone);
        }
        let names = [
            keys::one_time(user, purpose),
            keys::account(user),
            keys::credential(user),
        ];
        let items = self.table().get_many(&names, true).await?;
        let [one_time, account, credential] = names;
        let token_item: Stored<OneTime> = found(&items, &one_time)?;
        let account: Stored<Account> = found(&items, &account)?;
        let item = &token_item.value;
        if !token.verify(&keys, &item.nonce, item.expires_at)
            || !item.is_usable(&account.value, call.at)
        {
            return Err(Error::TokenGone);
        }
        Ok(Redeemed {
            token: token_item,
            account,
            credential: found(&items, &credential)?,
        })
    }
}

/// What a usable token names.
pub(super) struct Redeemed {
    /// The token's item.
    pub token: Stored<OneTime>,
    /// Whose it is.
    pub account: Stored<Account>,
    /// Their password's hash.
    pub credential: Stored<domain::account::Credential>,
}

impl Redeemed {
    /// The token's item, used.
    pub fn used(&self, call: &Call) -> OneTime {
        OneTime {
            used_at: Some(call.at),
            ..self.token.value.clone()
        }
    }
}

pub(super) fn found<T: store::record::Record>(
    items: &HashMap<Key, Item>,
    key: &Key,
) -> Result<Stored<T>, Error> {
    find(items, key)?.ok_or(Error::TokenGone)
}
