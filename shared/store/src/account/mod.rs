//! People: their accounts, what others see of them, and what they prove who they are with.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `U#<user>` | `ACCOUNT`, `PROFILE`, `ONETIME#<purpose>` | a person |
//! | `C#<user>` | `CREDENTIAL` | password hash; only `auth` may read it |
//! | `G#email#<hash>`, `G#username#<hash>` | `GUARD` | what is one account's alone |

pub mod session;

use domain::account::{Account, Credential, OneTime, Profile, Purpose};
use domain::feed::event::Source;
use domain::id::UserId;
use domain::text::{Email, Username};
use jiff::SignedDuration;

use crate::key::{Key, guard, key, person_part, user_partition};
use crate::record::{Place, Record, told};

/// A person's account.
pub fn account(user: UserId) -> Key {
    key(user_partition(user), "ACCOUNT")
}

/// What others see of a person.
pub fn profile(user: UserId) -> Key {
    key(user_partition(user), "PROFILE")
}

/// A one-time token; one per person and purpose.
pub fn one_time(user: UserId, purpose: Purpose) -> Key {
    key(
        user_partition(user),
        format!("ONETIME#{}", purpose.as_str()),
    )
}

/// A password hash.
pub fn credential(user: UserId) -> Key {
    key(format!("C#{}", person_part(user)), "CREDENTIAL")
}

/// The guard of an account's e-mail address.
pub fn email_guard(email: &Email) -> Key {
    guard("email", email.as_str())
}

/// The guard of a username.
pub fn username_guard(username: &Username) -> Key {
    guard("username", username.as_str())
}

impl Record for Account {
    const EVENT: Option<Source> = Some(Source::Account);
    told!();

    fn place(&self) -> Place {
        Place::at(account(self.user))
    }
}

impl Record for Profile {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(profile(self.user))
    }
}

impl Record for Credential {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(credential(self.user))
    }
}

impl Record for OneTime {
    const EVENT: Option<Source> = Some(Source::OneTime);

    fn place(&self) -> Place {
        let sweep = self
            .expires_at
            .checked_add(SignedDuration::from_hours(24))
            .unwrap_or(self.expires_at);
        Place::at(one_time(self.user, self.purpose)).until(sweep)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::account::AccountStatus;
    use domain::id::{OrgId, SessionId, Tag};
    use jiff::Timestamp;

    use super::*;
    use crate::record::{Operation, Stored};

    #[test]
    fn an_account_with_all_its_sessions_is_below_a_kilobyte() {
        let org = OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let account = Account {
            user: UserId::new(1, [1; 10]),
            status: AccountStatus::Suspended,
            email: "somebody.with-a-name@mail.example.com".parse().unwrap(),
            email_verified: true,
            username: "somebody.with-a-name".parse().unwrap(),
            epoch: 1000,
            orgs: vec![org; 4],
            default_org: org,
            sessions: vec![SessionId::from_bytes([7; 8]); Account::MAX_SESSIONS],
            known: vec!["abcdefgh".to_owned(); Account::MAX_KNOWN],
            former: vec![],
            vouches_since: None,
            created_at: now,
            updated_at: now,
        };
        let operation = Operation::internal([1; 16]);
        let item = Stored::new(account.clone(), &operation).item().unwrap();
        // Three more operations come to be remembered.
        let size: usize = item
            .iter()
            .map(|(name, value)| name.len() + bytes(value))
            .sum::<usize>()
            + 3 * 24;
        assert!(size <= 1024, "{size}");
        assert_eq!(Stored::<Account>::read(&item).unwrap().value, account);
    }

    /// The size of a value, as AWS counts it.
    fn bytes(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(number) => number.len() / 2 + 2,
            AttributeValue::B(blob) => blob.as_ref().len(),
            AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + bytes(value)).sum::<usize>(),
            _ => 1,
        }
    }
}
