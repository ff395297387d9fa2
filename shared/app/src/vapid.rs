//! By what push services know us (RFC 8292, "VAPID"): a key pair of P-256, and tokens signed with it.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

/// How long a token is good. At most 24 hours (RFC 8292 section 2); some services count from their own clock.
const GOOD: SignedDuration = SignedDuration::from_hours(12);

/// The key pair.
pub struct Vapid {
    signing: EncodingKey,
    private: String,
    public: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
}

impl Vapid {
    /// The pair whose private key is the first of the candidates that is one: a number from 1 to the order of the curve
    /// less one. Of 2³² candidates one is none.
    ///
    /// # Errors
    /// When `candidate` fails, or none of 256 fits.
    pub fn derive(candidate: impl Fn(u8) -> Result<[u8; 32], Error>) -> Result<Self, Error> {
        for number in 0..=u8::MAX {
            if let Some(pair) = Self::of(&candidate(number)?) {
                return Ok(pair);
            }
        }
        Err(Error::Internal(
            "the secret does not make a key for push services".to_owned(),
        ))
    }

    fn of(scalar: &[u8; 32]) -> Option<Self> {
        let public = PrivateKey::from_private_key(&ECDH_P256, scalar)
            .ok()?
            .compute_public_key()
            .ok()?;
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, public.as_ref())
                .ok()?;
        let signing = EncodingKey::from_ec_der(pair.to_pkcs8v1().ok()?.as_ref());
        let (private, public) = (
            BASE64URL_NOPAD.encode(scalar),
            BASE64URL_NOPAD.encode(public.as_ref()),
        );
        Some(Self {
            signing,
            private,
            public,
        })
    }

    /// The pair of a private key in base64url, as [`Vapid::private`] gives it.
    ///
    /// # Errors
    /// `Internal` if it is none.
    pub fn read(private: &str) -> Result<Self, Error> {
        let bytes = BASE64URL_NOPAD
            .decode(private.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let pair = bytes.and_then(|bytes: [u8; 32]| Self::of(&bytes));
        pair.ok_or_else(|| Error::Internal("the key for push services is none".to_owned()))
    }

    /// The private key, in base64url.
    pub fn private(&self) -> &str {
        &self.private
    }

    /// The public key, in base64url: what a browser calls `applicationServerKey`.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The `Authorization` of a request to the push service at `origin` (RFC 8292 section 3). `contact` is an e-mail
    /// address of whoever runs this, if there is one.
    pub fn authorization(
        &self,
        origin: &str,
        contact: Option<&str>,
        now: Timestamp,
    ) -> Result<String, Error> {
        let exp = now.checked_add(GOOD).unwrap_or(Timestamp::MAX).as_second();
        let claims = Claims {
            aud: origin,
            exp,
            sub: contact.map(|address| format!("mailto:{address}")),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.signing);
        let token =
            token.map_err(|error| Error::Internal(format!("a push service's token: {error}")))?;
        Ok(format!("vapid t={token}, k={}", self.public))
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::{Value, json};

    use super::*;

    /// The key of RFC 8292 section 2.4 is a public one only; this pair is that of RFC 6979 appendix A.2.5.
    const SCALAR: &str = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
    const POINT: &str = "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
                         7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    /// The order of the curve (SEC 2 section 2.4.2), which is one too large.
    const ORDER: &str = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

    fn bytes(hex: &str) -> [u8; 32] {
        data_encoding::HEXUPPER
            .decode(hex.as_bytes())
            .unwrap()
            .try_into()
            .unwrap()
    }

    #[test]
    fn a_known_private_key_has_its_known_public_key() {
        let pair = Vapid::derive(|_| Ok(bytes(SCALAR))).unwrap();
        assert_eq!(
            data_encoding::HEXUPPER
                .encode(&BASE64URL_NOPAD.decode(pair.public.as_bytes()).unwrap()),
            POINT
        );
        assert_eq!(Vapid::read(pair.private()).unwrap().public(), pair.public());
        assert!(Vapid::read("AAAA").is_err() && Vapid::read("").is_err());
    }

    #[test]
    fn a_number_that_is_no_key_is_passed_over() {
        let candidates = [[0; 32], [255; 32], bytes(ORDER), bytes(SCALAR)];
        let pair = Vapid::derive(|number| Ok(candidates[usize::from(number)])).unwrap();
        assert_eq!(pair.public, Vapid::of(&bytes(SCALAR)).unwrap().public);
        assert!(Vapid::derive(|_| Ok([0; 32])).is_err());
    }

    #[test]
    fn a_token_is_for_one_service_and_half_a_day() {
        let pair = Vapid::of(&bytes(SCALAR)).unwrap();
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let header = pair
            .authorization("https://push.example.com", Some("us@example.org"), now)
            .unwrap();
        let (token, key) = header
            .strip_prefix("vapid t=")
            .unwrap()
            .split_once(", k=")
            .unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_audience(&["https://push.example.com"]);
        let public = DecodingKey::from_ec_der(&BASE64URL_NOPAD.decode(key.as_bytes()).unwrap());
        let claims = jsonwebtoken::decode::<Value>(token, &public, &validation).unwrap();
        assert_eq!(claims.header.alg, Algorithm::ES256);
        let expected = json!({ "aud": "https://push.example.com", "exp": 1_700_043_200, "sub": "mailto:us@example.org" });
        assert_eq!(claims.claims, expected);
        let nobody = pair
            .authorization("https://push.example.com", None, now)
            .unwrap();
        let token = nobody["vapid t=".len()..].split(',').next().unwrap();
        assert_eq!(
            jsonwebtoken::decode::<Value>(token, &public, &validation)
                .unwrap()
                .claims
                .get("sub"),
            None
        );
    }
}
