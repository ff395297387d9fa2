//! Accounts and their security: signing up and in, sessions, passwords, addresses, invitations by token.
//!
//! No answer tells a stranger whether an account exists, except that an address or username is taken at sign-up.
//! The idempotency key is not looked at here: what may not happen twice is guarded by itself.

mod attempts;
mod credential;
pub mod email;
pub mod invitation;
mod keys;
pub mod login;
mod one_time;
pub mod password;
pub mod proof;
pub mod refresh;
pub mod register;
pub mod sessions;

use std::sync::Arc;

use domain::Error;
use domain::account::{Account, Session};
use domain::call::Call;
use domain::text::{DeviceName, Email, Username};
use jiff::{SignedDuration, Timestamp};
use runtime::env::{Env, MissingVariable};
use store::record::Operation;
use store::table::Table;
use store::token::{AUDIENCE, Claims, ISSUER};
use tokio::sync::OnceCell;

use self::attempts::KnownDevice;
use self::refresh::HeldToken;
use crate::App;
use crate::secret::{Keys, Secrets};

pub use credential::Password;
pub use keys::published_keys;
pub use store::token::PublicKey;

/// Seconds for which an access token is good, unless the environment says otherwise.
const ACCESS_TOKEN_SECONDS: i64 = 86_400;
/// Attempts from one address in ten minutes, unless the environment says otherwise.
const ATTEMPTS_PER_ADDRESS: u64 = 100;
/// A session that is not refreshed for so long ends.
const IDLE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// A session ends after so long in any case.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What signing in works with.
#[derive(Clone)]
pub struct Auth {
    /// The table, randomness, time.
    pub app: App,
    secrets: Secrets,
    passwords: credential::Passwords,
    access_token_seconds: i64,
    attempts_per_address: u64,
    published: Arc<OnceCell<()>>,
}

impl Auth {
    /// What the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let app = App::new(env)?;
        Ok(Self {
            secrets: Secrets::new(env)?,
            passwords: credential::Passwords::new(app.entropy.clone()),
            access_token_seconds: number(env, "ACCESS_TOKEN_SECONDS")
                .unwrap_or(ACCESS_TOKEN_SECONDS),
            attempts_per_address: number(env, "ATTEMPTS_PER_ADDRESS")
                .unwrap_or(ATTEMPTS_PER_ADDRESS),
            published: Arc::default(),
            app,
        })
    }

    fn table(&self) -> &Table {
        self.app.store.outside("accounts belong to no tenant")
    }

    /// A random text of 128 bits.
    fn nonce(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.app.entropy.bytes::<16>())
    }

    /// A new session on a device. The person has just shown that it is they.
    fn session(
        &self,
        call: &Call,
        account: &Account,
        name: Option<DeviceName>,
        device: &KnownDevice,
    ) -> Session {
        Session {
            user: account.user,
            id: domain::id::SessionId::from_bytes(self.app.entropy.bytes()),
            turn: 0,
            turned_at: call.at,
            seed: self.nonce(),
            device: name,
            address: Some(call.address.clone()),
            mark: Some(device.mark.clone()),
            proved_at: call.at,
            created_at: call.at,
            idle_until: after(call.at, IDLE),
            expires_at: after(call.at, LONGEST),
            ended_at: None,
            end: None,
        }
    }

    /// The first tokens of a session, and the one by which its device is known again.
    fn tokens(
        &self,
        keys: &Keys,
        session: &Session,
        device: &KnownDevice,
        at: Timestamp,
    ) -> Result<Tokens, Error> {
        let tokens = self.tokens_of(keys, &HeldToken::of(session)?, at)?;
        Ok(Tokens {
            device: Some(device.text(keys)?),
            ..tokens
        })
    }

    fn tokens_of(&self, keys: &Keys, held: &HeldToken, at: Timestamp) -> Result<Tokens, Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: held.user.to_string(),
            sid: held.session.to_string(),
            iat: at.as_second(),
            exp: at.as_second() + self.access_token_seconds,
        };
        let access = keys.access_token(&claims)?;
        Ok(Tokens {
            access,
            refresh: held.text(keys),
            expires_in: self.access_token_seconds,
            device: None,
        })
    }
}

fn number<N: std::str::FromStr>(env: &Env, name: &str) -> Option<N> {
    env.optional(name)?.parse().ok()
}

fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// The operation of a call to `auth`: known by nothing that the client chose.
fn operation(call: &Call) -> Operation {
    Operation::anonymous(call)
}

/// What a signed-in device holds.
#[derive(Clone)]
pub struct Tokens {
    /// Goes with every call.
    pub access: String,
    /// Buys the next pair, once.
    pub refresh: String,
    /// Seconds for which the access token is good.
    pub expires_in: i64,
    /// By which the account knows the device again. Only where the person has shown the password.
    pub device: Option<String>,
}

/// Under what name somebody signs in.
#[derive(Debug, Clone)]
pub enum LoginName {
    /// Their address.
    Email(Email),
    /// Their username.
    Username(Username),
}

impl LoginName {
    fn guard(&self) -> store::keys::Key {
        match self {
            Self::Email(email) => store::keys::email_guard(email),
            Self::Username(username) => store::keys::username_guard(username),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Username(username) => username.as_str(),
        }
    }
}
