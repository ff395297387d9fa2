//! People: their account, what others see of them, their sessions and one-time tokens.

pub mod preference;

use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::error::Error;
use crate::id::{OrgId, SessionId, UserId};
use crate::text::{Bio, DeviceName, Email, FullName, Username};

words!(
    /// Whether an account can be used.
    AccountStatus {
        /// It can.
        Active = "active",
        /// It was suspended.
        Suspended = "suspended",
    }
);

/// A person's account: what only they and the service see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whose it is.
    pub user: UserId,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// Under which they sign in; unique.
    pub email: Email,
    /// Whether they have shown that the address is theirs.
    pub email_verified: bool,
    /// Under which they sign in too; unique.
    pub username: Username,
    /// Raised by whatever ends trust in what was mailed before: every session ends at once, or the address changes.
    pub epoch: u64,
    /// The organizations they belong to, oldest first.
    pub orgs: Vec<OrgId>,
    /// The one that a creation without an organization goes to.
    pub default_org: OrgId,
    /// Their sessions, oldest first.
    #[serde(default, with = "packed")]
    pub sessions: Vec<SessionId>,
    /// Marks of the devices on which they signed in, latest last: a stranger's wrong guesses do not lock them out
    /// there.
    #[serde(default)]
    pub known: Vec<String>,
    /// The addresses that it had and that can take it back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerAddress>,
    /// When the account became its owner's: by a reset of the password that was the first proof of the address, or by a
    /// former address that took it back. Somebody else may have used it before, so what was made before to let people
    /// in counts for nothing.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub vouches_since: Option<Timestamp>,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
}

impl Account {
    /// How many organizations an account belongs to at most.
    pub const MAX_ORGS: usize = 50;
    /// How many sessions an account has at most; one more ends the oldest.
    pub const MAX_SESSIONS: usize = 50;
    /// How many devices are remembered.
    pub const MAX_KNOWN: usize = 8;
    /// How many former addresses can take an account back at a time: so many changes there are in seven days.
    pub const MAX_FORMER: usize = 5;

    /// The organization made with the account: the oldest of theirs.
    pub fn personal_org(&self) -> OrgId {
        self.orgs.first().copied().unwrap_or(self.default_org)
    }

    /// Adds an organization. The first besides their personal one becomes their default.
    pub fn join(&mut self, org: OrgId) -> Result<(), Error> {
        if self.orgs.contains(&org) {
            return Ok(());
        }
        if self.orgs.len() >= Self::MAX_ORGS {
            return Err(Error::TooManyOrganizations {
                limit: Self::MAX_ORGS,
            });
        }
        if self.orgs.len() <= 1 {
            self.default_org = org;
        }
        self.orgs.push(org);
        Ok(())
    }

    /// Notes that the account had an address until now, which can take it back for a time.
    ///
    /// # Errors
    /// `LimitReached` after too many changes.
    pub fn leave_address(&mut self, former: FormerAddress, now: Timestamp) -> Result<(), Error> {
        self.former.retain(|one| now < one.until);
        if self.former.len() >= Self::MAX_FORMER {
            let what = "changes of an address in seven days";
            return Err(Error::LimitReached {
                what,
                limit: Self::MAX_FORMER,
            });
        }
        self.former.push(former);
        Ok(())
    }

    /// Gives the account back to a former address. The changes since then are void: they come back, the one that is
    /// taken back first.
    ///
    /// # Errors
    /// `TokenGone` if the address cannot take it back (any more).
    pub fn return_to(&mut self, id: &str, now: Timestamp) -> Result<Vec<FormerAddress>, Error> {
        let place = self
            .former
            .iter()
            .position(|one| one.id == id && now < one.until)
            .ok_or(Error::TokenGone)?;
        let void = self.former.split_off(place);
        self.email = void
            .first()
            .map(|first| first.email.clone())
            .ok_or(Error::TokenGone)?;
        Ok(void)
    }

    /// Takes an organization away. If it was their default, their personal one is it again.
    pub fn leave(&mut self, org: OrgId) {
        self.orgs.retain(|other| *other != org);
        if self.default_org == org {
            self.default_org = self.personal_org();
        }
    }
}

/// An address that an account had, and what makes the token by which it takes the account back. That token is bound to
/// this change alone: nothing that happens to the account later voids it, but for an older one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerAddress {
    /// Random: names the change.
    pub id: String,
    /// The address.
    pub email: Email,
    /// Random: makes the token.
    pub nonce: String,
    /// Until when it can take the account back, and nobody else can have it.
    #[serde(with = "timestamp::millisecond::required")]
    pub until: Timestamp,
}

/// Session ids as one string of bytes, eight for each: fifty of them fit into an account of less than a kilobyte.
mod packed {
    use serde::{Deserializer, Serializer, de};

    use crate::id::SessionId;

    pub fn serialize<S: Serializer>(
        sessions: &[SessionId],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = sessions
            .iter()
            .flat_map(|session| session.bytes())
            .collect();
        serializer.serialize_bytes(&bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<SessionId>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl de::Visitor<'_> for Bytes {
        type Value = Vec<SessionId>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("session ids, eight bytes each")
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<SessionId>, E> {
            match bytes.as_chunks() {
                (ids, []) => Ok(ids.iter().copied().map(SessionId::from_bytes).collect()),
                _ => Err(E::invalid_length(bytes.len(), &self)),
            }
        }
    }
}

/// What others see of a person, and their own preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose it is.
    pub user: UserId,
    /// The name by which they are mentioned.
    pub username: Username,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<FullName>,
    /// What they say about themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<Bio>,
    /// IANA name of their time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// BCP 47 tag of their language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// What their clients keep for them: a JSON object, opaque to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<String>,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
}

/// A password, hashed. Only `auth` reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Whose it is.
    pub user: UserId,
    /// PHC string of the argon2id hash, with its parameters. None if there is no password that is right: a new one must
    /// be set by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// When it was set.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
}

/// One signed-in device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub user: UserId,
    /// Its id.
    pub id: SessionId,
    /// Which refresh token is the present one, counted from 0.
    pub turn: u64,
    /// When the present refresh token was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub turned_at: Timestamp,
    /// Random: with the refresh key and the turn it makes the refresh tokens, so none is stored.
    pub seed: String,
    /// What the device calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceName>,
    /// The address from which it signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The mark of the device, if it is one that the account knows again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// When the person last showed that it is they: by signing in, or by the password since.
    #[serde(default, with = "timestamp::millisecond::required")]
    pub proved_at: Timestamp,
    /// When it signed in.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it ends unless it is refreshed before.
    #[serde(with = "timestamp::millisecond::required")]
    pub idle_until: Timestamp,
    /// When it ends in any case.
    #[serde(with = "timestamp::millisecond::required")]
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<Timestamp>,
    /// Why it was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<SessionEnd>,
}

words!(
    /// Why a session ended before its time.
    SessionEnd {
        /// Its owner signed out.
        Logout = "logout",
        /// Its owner ended it from another session.
        Revoked = "revoked",
        /// The password was changed or reset.
        Password = "password",
        /// One of its refresh tokens was used twice, so one of two holders is a thief.
        Reuse = "reuse",
        /// A former address has taken the account back.
        Reverted = "reverted",
        /// The account had too many sessions.
        Displaced = "displaced",
    }
);

impl Session {
    /// The same, ended.
    pub fn ended(mut self, end: SessionEnd, now: Timestamp) -> Self {
        (self.ended_at, self.end) = (Some(now), Some(end));
        self
    }

    /// How long a proof is fresh: dangerous acts want one that is no older.
    pub const PROOF: SignedDuration = SignedDuration::from_mins(10);

    /// Whether the person has shown a moment ago that it is they.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        now.duration_since(self.proved_at) <= Self::PROOF
    }

    /// Whether it is good at this moment.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.idle_until && now < self.expires_at
    }
}

words!(
    /// What a mailed one-time token is for.
    Purpose {
        /// Shows that the address of the account is its owner's.
        VerifyEmail = "verify_email",
        /// Sets a new password.
        ResetPassword = "reset_password",
        /// Makes another address the account's.
        ChangeEmail = "change_email",
    }
);

/// A one-time token that waits to be used. The token itself is not stored: it is made from the nonce when the mail
/// is written and when it comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTime {
    /// Whose it is.
    pub user: UserId,
    /// What it is for.
    pub purpose: Purpose,
    /// The address that it was mailed to.
    pub email: Email,
    /// Random; a new one voids the token before.
    pub nonce: String,
    /// The epoch of the account when it was asked for; a later one voids it. None, as of an earlier release, is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// Until when it can be used.
    #[serde(with = "timestamp::millisecond::required")]
    pub expires_at: Timestamp,
    /// When it was asked for.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it was used.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub used_at: Option<Timestamp>,
}

impl OneTime {
    /// Whether it can still be used for this account.
    pub fn is_usable(&self, account: &Account, now: Timestamp) -> bool {
        let own = self.email == account.email;
        let addressed = match self.purpose {
            Purpose::VerifyEmail | Purpose::ResetPassword => own,
            Purpose::ChangeEmail => !own,
        };
        addressed
            && self.epoch == Some(account.epoch)
            && self.used_at.is_none()
            && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    fn org(n: u8) -> OrgId {
        OrgId::new(Tag::from_bytes([n; 5]), [n; 11])
    }

    fn account() -> Account {
        Account {
            user: UserId::new(1, [1; 10]),
            status: AccountStatus::Active,
            email: "ann@example.com".parse().unwrap(),
            email_verified: true,
            username: "ann".parse().unwrap(),
            epoch: 0,
            orgs: vec![org(0)],
            default_org: org(0),
            sessions: vec![],
            known: vec![],
            former: vec![],
            vouches_since: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_first_shared_organization_becomes_the_default_and_the_personal_one_takes_its_place() {
        let mut account = account();
        account.join(org(1)).unwrap();
        account.join(org(2)).unwrap();
        assert_eq!(account.default_org, org(1));
        account.leave(org(2));
        assert_eq!(account.default_org, org(1));
        account.leave(org(1));
        assert_eq!((account.default_org, account.orgs), (org(0), vec![org(0)]));
    }

    fn former(id: &str, email: &str, until: i64) -> FormerAddress {
        let until = Timestamp::from_second(until).unwrap();
        FormerAddress {
            id: id.to_owned(),
            email: email.parse().unwrap(),
            nonce: String::new(),
            until,
        }
    }

    #[test]
    fn an_older_address_takes_the_account_back_from_younger_ones() {
        let now = Timestamp::from_second(10).unwrap();
        let mut account = account();
        for (id, email) in [
            ("a", "one@example.com"),
            ("b", "two@example.com"),
            ("c", "three@example.com"),
        ] {
            account.leave_address(former(id, email, 100), now).unwrap();
        }
        let void = account.return_to("b", now).unwrap();
        assert_eq!(
            void.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
            ["b", "c"]
        );
        assert_eq!(account.email.as_str(), "two@example.com");
        assert_eq!(account.return_to("c", now), Err(Error::TokenGone));
        assert_eq!(
            account.return_to("a", Timestamp::from_second(100).unwrap()),
            Err(Error::TokenGone)
        );
        assert!(account.return_to("a", now).is_ok() && account.former.is_empty());
    }

    #[test]
    fn an_address_changes_five_times_in_seven_days() {
        let mut account = account();
        let at = |second| Timestamp::from_second(second).unwrap();
        for n in 0..5 {
            account
                .leave_address(former(&n.to_string(), "one@example.com", 100 + n), at(0))
                .unwrap();
        }
        assert!(matches!(
            account.leave_address(former("x", "one@example.com", 300), at(0)),
            Err(Error::LimitReached { .. })
        ));
        account
            .leave_address(former("x", "one@example.com", 300), at(100))
            .unwrap();
    }

    #[test]
    fn nobody_belongs_to_more_than_fifty_organizations() {
        let mut account = account();
        for n in 1..50 {
            account.join(org(n)).unwrap();
        }
        account.join(org(1)).unwrap();
        assert_eq!(
            account.join(org(50)),
            Err(Error::TooManyOrganizations { limit: 50 })
        );
        assert_eq!(account.orgs.len(), 50);
    }
}
