//! Mail that is to be sent, and the tokens in it.
//!
//! No token is stored or queued: the item keeps a nonce, and the token is made of it when the mail is written, and
//! again when it comes back.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::account::{FormerAddress, OneTime, Purpose};
use domain::id::{InvitationId, SessionId, UserId};
use domain::membership::invitation::Invitation;
use domain::notices::notification::NotificationId;
use domain::text::Email;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::secret::Keys;

/// One mail to be written, as it stands in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailJob {
    /// The one-time token of this purpose that the person has now, to the address that it is for.
    OneTime {
        /// The id of the event that it follows from.
        event: String,
        /// Whose token.
        #[serde(with = "public")]
        user: UserId,
        /// What the token is for.
        purpose: Purpose,
    },
    /// An invitation, to the address that is invited.
    Invitation {
        /// The id of the event that it follows from.
        event: String,
        /// The invitation.
        #[serde(with = "public")]
        id: InvitationId,
    },
    /// The invitations of a person whose letters were held back until their own address was verified.
    HeldInvitations {
        /// The id of the event that it follows from.
        event: String,
        /// Whose.
        #[serde(with = "public")]
        user: UserId,
    },
    /// The account has another address now; goes to the old one.
    EmailChanged {
        /// The id of the event that it follows from.
        event: String,
        /// Whose account.
        #[serde(with = "public")]
        user: UserId,
        /// The address before.
        old: Email,
        /// The address now.
        new: Email,
        /// The change, which the old address can take back; none if a former address has done just that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change: Option<String>,
    },
    /// The address of the account was shown for the first time to be its owner's, by a reset of the password.
    AccountClaimed {
        /// The id of the event that it follows from.
        event: String,
        /// Whose account.
        #[serde(with = "public")]
        user: UserId,
    },
    /// A refresh token was used twice, so its session was ended.
    TokenReused {
        /// The id of the event that it follows from.
        event: String,
        /// Whose session.
        #[serde(with = "public")]
        user: UserId,
        /// The session.
        session: SessionId,
    },
    /// Something that a person was told, if they still have not read it.
    Notification {
        /// The id of the event that it follows from.
        event: String,
        /// Whom it is for.
        #[serde(with = "public")]
        user: UserId,
        /// Which.
        id: NotificationId,
        /// Not to be sent before this moment: their quiet hours end then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
    },
}

impl MailJob {
    /// The id of the event that it follows from: with the recipient it names the mail, so that it is sent once.
    pub fn event(&self) -> &str {
        match self {
            Self::OneTime { event, .. }
            | Self::Invitation { event, .. }
            | Self::HeldInvitations { event, .. }
            | Self::EmailChanged { event, .. }
            | Self::AccountClaimed { event, .. }
            | Self::TokenReused { event, .. }
            | Self::Notification { event, .. } => event,
        }
    }

    /// Whether its reader waits for it, or must know at once, to keep an account theirs: such a mail has a queue of its
    /// own, so that no crowd of others stands before it.
    pub fn is_security(&self) -> bool {
        match self {
            Self::OneTime { .. }
            | Self::EmailChanged { .. }
            | Self::AccountClaimed { .. }
            | Self::TokenReused { .. } => true,
            Self::Invitation { .. } | Self::HeldInvitations { .. } | Self::Notification { .. } => {
                false
            }
        }
    }

    /// The moment before which it is not to be sent, if there is one.
    pub fn not_before(&self) -> Option<Timestamp> {
        match self {
            Self::Notification { not_before, .. } => *not_before,
            _ => None,
        }
    }
}

/// Ids in their public form, not the shorter one of the table.
pub(crate) mod public {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<T: Display, S: Serializer>(id: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// The item that a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A person's one-time token of this purpose.
    OneTime(UserId, Purpose),
    /// An invitation.
    Invitation(InvitationId),
    /// The change of a person's address, by its id, which its former address can take back.
    Former(UserId, [u8; 8]),
}

impl Named {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::OneTime(user, purpose) => {
                // Purposes are only ever added at the end, so the place of each stays.
                let place = Purpose::ALL
                    .iter()
                    .position(|other| *other == purpose)
                    .unwrap_or_default();
                [user.bytes().as_slice(), &[place as u8]].concat()
            }
            Self::Invitation(id) => id.bytes().to_vec(),
            Self::Former(user, change) => [user.bytes().as_slice(), &change].concat(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        // Each kind has a length of its own, so none is read as another.
        match rest {
            [] => InvitationId::from_bytes(*id).ok().map(Self::Invitation),
            [place] => Some(Self::OneTime(
                UserId::from_bytes(*id).ok()?,
                *Purpose::ALL.get(usize::from(*place))?,
            )),
            _ => Some(Self::Former(
                UserId::from_bytes(*id).ok()?,
                rest.try_into().ok()?,
            )),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::OneTime(_, purpose) => purpose.as_str(),
            Self::Invitation(_) => "invitation",
            Self::Former(..) => "former_address",
        }
    }
}

/// A token that came back from a mail. Nothing in it is to be trusted before it is compared with its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// The item that it names.
    pub of: Named,
    code: Vec<u8>,
}

impl OneTimeToken {
    /// The text of a token: `id.code`, the code being HMAC-SHA256(mail key; purpose, id, nonce, expiry).
    pub fn issue(keys: &Keys, of: Named, nonce: &str, expires_at: Timestamp) -> String {
        let id = of.bytes();
        let code = keys.mail.sign(&parts(of, &id, nonce, &moment(expires_at)));
        format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(&id),
            BASE64URL_NOPAD.encode(&code)
        )
    }

    /// The text of a person's one-time token.
    pub fn of_one_time(keys: &Keys, item: &OneTime) -> String {
        Self::issue(
            keys,
            Named::OneTime(item.user, item.purpose),
            &item.nonce,
            item.expires_at,
        )
    }

    /// The text of the token of an invitation.
    pub fn of_invitation(keys: &Keys, item: &Invitation) -> String {
        Self::issue(
            keys,
            Named::Invitation(item.id),
            &item.nonce,
            item.expires_at,
        )
    }

    /// The text of the token by which a former address takes an account back; none if the change has no name.
    pub fn of_former(keys: &Keys, user: UserId, item: &FormerAddress) -> Option<String> {
        let change = HEXLOWER.decode(item.id.as_bytes()).ok()?.try_into().ok()?;
        Some(Self::issue(
            keys,
            Named::Former(user, change),
            &item.nonce,
            item.until,
        ))
    }

    /// Reads a token's text.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, code) = text.split_once('.')?;
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        Some(Self {
            of: Named::from_bytes(&decode(id)?)?,
            code: decode(code)?,
        })
    }

    /// Whether it was issued for the item as it is now, in constant time. Says nothing of whether its time is over.
    pub fn verify(&self, keys: &Keys, nonce: &str, expires_at: Timestamp) -> bool {
        let id = self.of.bytes();
        keys.mail
            .verify(&parts(self.of, &id, nonce, &moment(expires_at)), &self.code)
    }
}

fn moment(at: Timestamp) -> [u8; 8] {
    at.as_millisecond().to_be_bytes()
}

fn parts<'a>(of: Named, id: &'a [u8], nonce: &'a str, expires: &'a [u8; 8]) -> [&'a [u8]; 4] {
    // The word is signed too: a code of one purpose is none of another.
    [of.word().as_bytes(), id, nonce.as_bytes(), expires]
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::Tag;

    const USER: fn() -> UserId = || UserId::new(1, [7; 10]);

    #[test]
    fn a_token_is_good_for_its_own_item_only() {
        let keys = Keys::derive("secret").unwrap();
        let until = Timestamp::from_second(100).unwrap();
        let of = Named::OneTime(USER(), Purpose::ResetPassword);
        let text = OneTimeToken::issue(&keys, of, "nonce", until);
        let token = OneTimeToken::parse(&text).unwrap();
        assert_eq!(token.of, of);
        assert!(token.verify(&keys, "nonce", until));
        assert!(!token.verify(&keys, "later nonce", until));
        assert!(!token.verify(&keys, "nonce", Timestamp::from_second(101).unwrap()));
        let other = OneTimeToken {
            of: Named::OneTime(USER(), Purpose::VerifyEmail),
            ..token.clone()
        };
        assert!(!other.verify(&keys, "nonce", until));
        assert!(!token.verify(&Keys::derive("other").unwrap(), "nonce", until));
    }

    #[test]
    fn every_kind_of_token_comes_back_and_nothing_else_does() {
        let keys = Keys::derive("secret").unwrap();
        let invitation = Named::Invitation(InvitationId::new(Tag::from_bytes([1; 5]), [2; 11]));
        let others = [invitation, Named::Former(USER(), [3; 8])];
        let all = Purpose::ALL
            .iter()
            .map(|purpose| Named::OneTime(USER(), *purpose))
            .chain(others);
        for of in all {
            let text = OneTimeToken::issue(&keys, of, "n", Timestamp::UNIX_EPOCH);
            assert_eq!(OneTimeToken::parse(&text).map(|token| token.of), Some(of));
            assert!(OneTimeToken::parse(&text.replace('.', "")).is_none());
        }
        for bad in ["", ".", "a.b", "AAAA.AAAA", &"A".repeat(5000)] {
            assert!(OneTimeToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_job_in_the_queue_has_public_ids_and_no_token() {
        let job = MailJob::OneTime {
            event: "e1".to_owned(),
            user: USER(),
            purpose: Purpose::VerifyEmail,
        };
        let json = serde_json::to_value(&job).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "kind": "one_time", "event": "e1", "user": USER().to_string(), "purpose": "verify_email"
            })
        );
        assert_eq!(serde_json::from_value::<MailJob>(json).unwrap(), job);
    }
}
