//! Access tokens (RFC 9068): read strictly, verified with the keys that `auth` publishes in the table.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `SYS#KEYS` | `KEYS` | public keys and cursor key; only `auth` may write it |
//! | `SYS#VAPID` | `KEY` | the private key by which push services know us; `auth` writes it, only `devices` reads it |

use std::sync::{PoisonError, RwLock};

use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::call::Call;
use domain::feed::event::Source;
use domain::id::{SessionId, UserId};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

use crate::key::{Key, key};
use crate::record::{Place, Record};

/// The published keys.
pub fn published_keys() -> Key {
    key("SYS#KEYS".to_owned(), "KEYS")
}

/// The private key by which push services know us.
pub fn vapid_key() -> Key {
    key("SYS#VAPID".to_owned(), "KEY")
}

impl Record for Published {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(published_keys())
    }
}

impl Record for VapidSecret {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(vapid_key())
    }
}

/// Who issues the tokens. A constant: nothing that a caller sends takes part in it.
pub const ISSUER: &str = "https://elevanalog.dev";
/// For whom they are.
pub const AUDIENCE: &str = "elevanalog-api";
/// What their header's `typ` says (RFC 9068 section 2.1).
pub const TYPE: &str = "at+jwt";
/// Seconds by which clocks may differ.
pub const LEEWAY: i64 = 30;
/// Seconds between two looks for an unknown key.
const REFRESH: i64 = 30;

/// The header. Anything besides these three members makes the token nobody's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// The claims: who and in which session, and nothing of what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The audience.
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// The session's id.
    pub sid: String,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// Good until, seconds since the epoch.
    pub exp: i64,
}

/// One public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Its id.
    pub kid: String,
    /// The Ed25519 public key, base64url (RFC 8037 `x`).
    pub x: String,
}

/// What `auth` publishes for the other functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The public keys, the present one first.
    pub keys: Vec<PublicKey>,
    /// The key of list cursors, base64url of 32 bytes.
    pub cursor: String,
    /// The public key by which push services know us (RFC 8292 section 3.2): a P-256 point in base64url. What an
    /// earlier release has published has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vapid: Option<String>,
}

/// The private key by which push services know us: `auth` derives it and keeps it for `devices`, which so does without
/// the secret of everything.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VapidSecret {
    /// A number of the curve P-256, in base64url.
    pub private: String,
}

impl Published {
    /// The key of list cursors.
    pub fn cursor_key(&self) -> Result<[u8; 32], Error> {
        let bytes = BASE64URL_NOPAD
            .decode(self.cursor.as_bytes())
            .unwrap_or_default();
        bytes
            .try_into()
            .map_err(|_| Error::Internal("the published cursor key is not 32 bytes".to_owned()))
    }
}

/// A token that is well formed. Whether it is genuine is not known before [`KeyRing::verify`].
#[derive(Debug, Clone)]
pub struct Claimed {
    token: String,
    kid: String,
    /// The user it speaks of.
    pub user: UserId,
    /// The session it speaks of.
    pub session: SessionId,
    expires: Timestamp,
}

fn segment<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    let bytes = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| Error::Unauthenticated)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Unauthenticated)
}

impl Claimed {
    /// Reads the token of a call, which must have one.
    pub fn of(call: &Call) -> Result<Self, Error> {
        Self::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)
    }

    /// Reads a token, refusing whatever is not exactly of our making.
    pub fn read(token: &str) -> Result<Self, Error> {
        let [header, claims, _signature] = token.split('.').collect::<Vec<_>>()[..] else {
            return Err(Error::Unauthenticated);
        };
        let header: Header = segment(header)?;
        let claims: Claims = segment(claims)?;
        let ours = header.alg == "EdDSA"
            && header.typ == TYPE
            && claims.iss == ISSUER
            && claims.aud == AUDIENCE;
        let (user, session) = (claims.sub.parse(), claims.sid.parse());
        let expires = Timestamp::from_second(claims.exp);
        match (ours, user, session, expires) {
            (true, Ok(user), Ok(session), Ok(expires)) if claims.iat <= claims.exp => Ok(Self {
                token: token.to_owned(),
                kid: header.kid,
                user,
                session,
                expires,
            }),
            _ => Err(Error::Unauthenticated),
        }
    }
}

/// The published keys, as this instance last read them.
#[derive(Default)]
pub struct KeyRing {
    published: RwLock<Option<(Timestamp, Published)>>,
}

impl KeyRing {
    /// What was published, if this instance has read it.
    pub fn published(&self) -> Option<Published> {
        self.published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|(_, published)| published.clone())
    }

    /// Notes what was published, as read at `now`.
    pub fn learn(&self, published: Published, now: Timestamp) {
        *self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some((now, published));
    }

    /// Whether the keys must be read (again) before this token can be verified.
    pub fn must_read(&self, claimed: &Claimed, now: Timestamp) -> bool {
        match &*self
            .published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
        {
            None => true,
            Some((read, published)) => {
                // Anybody can make up a key's id: not every unknown one is worth a read.
                let known = published.keys.iter().any(|key| key.kid == claimed.kid);
                !known && now.as_second() - read.as_second() >= REFRESH
            }
        }
    }

    /// Checks signature and time.
    pub fn verify(&self, claimed: &Claimed, now: Timestamp) -> Result<(), Error> {
        let published = self.published().ok_or(Error::Unauthenticated)?;
        let key = published
            .keys
            .iter()
            .find(|key| key.kid == claimed.kid)
            .ok_or(Error::Unauthenticated)?;
        let key = DecodingKey::from_ed_components(&key.x)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would ask the system's clock; ours is a parameter.
        validation.validate_exp = false;
        jsonwebtoken::decode::<Claims>(&claimed.token, &key, &validation)
            .map_err(|_| Error::Unauthenticated)?;
        if now.as_second() >= claimed.expires.as_second() + LEEWAY {
            Err(Error::TokenExpired)
        } else {
            Ok(())
        }
    }
}
