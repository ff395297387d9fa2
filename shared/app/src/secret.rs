//! The one secret of the stack, and every key that is made of it.
//!
//! Only `auth`, `mailer` and `devices` may read it, and they do so on first use, so that nothing waits for it at start.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{hkdf, hmac};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use runtime::env::{Env, MissingVariable};
use store::token::{Claims, PublicKey, Published, TYPE};
use tokio::sync::OnceCell;

use crate::vapid::Vapid;

/// Reads the secret once per instance.
#[derive(Clone)]
pub struct Secrets {
    client: Client,
    arn: String,
    keys: Arc<OnceCell<Arc<Keys>>>,
}

impl Secrets {
    /// The secret that the environment names; it is not read yet.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let client = Client::new(&env.aws("AWS_ENDPOINT_URL_SECRETS_MANAGER")?);
        Ok(Self {
            client,
            arn: env.var("SECRET_ARN")?.to_owned(),
            keys: Arc::default(),
        })
    }

    /// The keys of the stack.
    ///
    /// # Errors
    /// `Unavailable` if the secret cannot be read now; the next call tries again.
    pub async fn keys(&self) -> Result<Arc<Keys>, Error> {
        self.keys.get_or_try_init(|| self.read()).await.cloned()
    }

    async fn read(&self) -> Result<Arc<Keys>, Error> {
        let answer = self
            .client
            .get_secret_value()
            .secret_id(&self.arn)
            .send()
            .await
            .map_err(|error| {
                let fault = format!("the secret cannot be read: {}", DisplayErrorContext(error));
                runtime::meter::note(|totals| totals.fault = Some(fault));
                Error::Unavailable
            })?;
        let secret = answer
            .secret_string()
            .ok_or_else(|| Error::Internal("the secret is no text".to_owned()))?;
        Keys::derive(secret).map(Arc::new)
    }
}

/// An HMAC-SHA256 key (RFC 2104) for one purpose.
pub struct Mac(hmac::Key);

impl Mac {
    fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The code over `parts`, each preceded by its length, so that no two lists of parts read alike.
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut code = [0; 32];
        code.copy_from_slice(hmac::sign(&self.0, &framed(parts)).as_ref());
        code
    }

    /// Whether `code` is that over `parts`, in constant time.
    pub fn verify(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        hmac::verify(&self.0, &framed(parts), code).is_ok()
    }
}

fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Every key of the stack.
pub struct Keys {
    signing: EncodingKey,
    public: PublicKey,
    cursor: [u8; 32],
    /// Of refresh tokens.
    pub refresh: Mac,
    /// Of the tokens by which devices are known again.
    pub device: Mac,
    /// Of the tokens in mails.
    pub mail: Mac,
    /// By which push services know us.
    pub vapid: Vapid,
}

impl Keys {
    /// The keys that a secret makes: HKDF-SHA256 (RFC 5869) with a name for each.
    pub fn derive(secret: &str) -> Result<Self, Error> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"elevanalog");
        let root = salt.extract(secret.as_bytes());
        // The names must stay: with another one, whatever was signed with the key would be void.
        let key = |name: &str| -> Result<[u8; 32], Error> {
            let mut bytes = [0; 32];
            let info = [name.as_bytes()];
            root.expand(&info, hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(&mut bytes))
                .map_err(|_| unfit("a key"))?;
            Ok(bytes)
        };
        let (signing, public) = signing_pair(&key("access token signature")?)?;
        Ok(Self {
            signing,
            public,
            cursor: key("list cursor")?,
            refresh: Mac::new(&key("refresh token")?),
            device: Mac::new(&key("device token")?),
            mail: Mac::new(&key("mailed token")?),
            vapid: Vapid::derive(|number| key(&format!("push service {number}")))?,
        })
    }

    /// A signed access token (RFC 9068).
    pub fn access_token(&self, claims: &Claims) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        (header.typ, header.kid) = (Some(TYPE.to_owned()), Some(self.public.kid.clone()));
        jsonwebtoken::encode(&header, claims, &self.signing)
            .map_err(|error| Error::Internal(error.to_string()))
    }

    /// What the other functions need of it to know callers, to seal cursors and to let browsers subscribe.
    pub fn published(&self) -> Published {
        let vapid = Some(self.vapid.public().to_owned());
        Published {
            keys: vec![self.public.clone()],
            cursor: BASE64URL_NOPAD.encode(&self.cursor),
            vapid,
        }
    }
}

/// The key pair of Ed25519 that signs access tokens.
fn signing_pair(seed: &[u8; 32]) -> Result<(EncodingKey, PublicKey), Error> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| unfit("a seed"))?;
    let der = pair.to_pkcs8v1().map_err(|_| unfit("a signing key"))?;
    let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
    let public = PublicKey {
        kid: thumbprint(&x),
        x,
    };
    Ok((EncodingKey::from_ed_der(der.as_ref()), public))
}

fn unfit(what: &str) -> Error {
    Error::Internal(format!("the secret does not make {what}"))
}

/// The thumbprint of an Ed25519 public key (RFC 7638, members as in RFC 8037 appendix A.3).
fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    BASE64URL_NOPAD.encode(digest(&SHA256, canonical.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{SessionId, UserId};
    use jiff::Timestamp;
    use store::token::{AUDIENCE, Claimed, ISSUER, KeyRing};

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        // RFC 8037 appendix A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert_eq!(thumbprint(x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn an_access_token_is_known_by_the_published_key_and_no_other() {
        let keys = Keys::derive("one secret").unwrap();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: UserId::new(1, [2; 10]).to_string(),
            sid: SessionId::from_bytes([3; 8]).to_string(),
            iat: 1000,
            exp: 2000,
        };
        let token = Claimed::read(&keys.access_token(&claims).unwrap()).unwrap();
        let now = Timestamp::from_second(1500).unwrap();
        let ring = KeyRing::default();
        ring.learn(keys.published(), now);
        assert_eq!(ring.verify(&token, now), Ok(()));
        assert_eq!(
            ring.verify(&token, Timestamp::from_second(2030).unwrap()),
            Err(Error::TokenExpired)
        );
        ring.learn(Keys::derive("another secret").unwrap().published(), now);
        assert_eq!(ring.verify(&token, now), Err(Error::Unauthenticated));
        assert_eq!(keys.published().cursor_key().map(|key| key.len()), Ok(32));
    }

    #[test]
    fn keys_of_different_purposes_differ() {
        let keys = Keys::derive("one secret").unwrap();
        assert_ne!(keys.refresh.sign(&[b"a"]), keys.mail.sign(&[b"a"]));
        assert!(
            keys.mail
                .verify(&[b"a", b"b"], &keys.mail.sign(&[b"a", b"b"]))
        );
        assert!(!keys.mail.verify(&[b"ab"], &keys.mail.sign(&[b"a", b"b"])));
    }
}
