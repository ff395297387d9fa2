//! Passwords: what is fit to be one, and argon2id (RFC 9106) over it.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use aws_lc_rs::digest::{SHA256, digest};
use domain::Error;
use domain::text::{self, Fault};
use runtime::env::Entropy;
use tokio::sync::Semaphore;

/// Memory in KiB, passes and lanes: the first choice of the OWASP password storage cheat sheet.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// A hash of nothing at today's cost: for accounts that are not there, so that they take as long as others.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// As in NIST SP 800-63B: length counts, composition does not.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// A password as it was typed: every character counts, spaces at the ends too; only which of several spellings of one
/// character a keyboard makes does not.
#[derive(Clone)]
pub struct Password(Arc<str>);

impl Password {
    /// What somebody says their password is. It is only compared.
    pub fn claimed(text: &str) -> Self {
        Self(text::password(text).into())
    }

    /// A new password of a length that is allowed.
    pub fn new(text: &str) -> Result<Self, Fault> {
        let text = text::password(text);
        match text.chars().count() {
            0 => Err(Fault::new("required", "must not be empty")),
            n if n < *LENGTH.start() => {
                Err(Fault::new("too_short", "must have at least 8 characters"))
            }
            n if n > *LENGTH.end() => {
                Err(Fault::new("too_long", "must have at most 128 characters"))
            }
            _ => Ok(Self(text.into())),
        }
    }
}

/// Whether a password is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// It is.
    pub right: bool,
    /// Its hash is cheaper to break than those of today.
    pub outdated: bool,
}

/// Hashes passwords, no more at once than there are processors: each takes 19 MiB and all of one.
#[derive(Clone)]
pub(super) struct Passwords {
    entropy: Entropy,
    room: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(entropy: Entropy) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            entropy,
            room: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Refuses a new password that is soon guessed, or that is made of `known` words: those of its own account.
    /// Gives the hash of any other, in PHC form.
    pub async fn hash_new(
        &self,
        field: &'static str,
        password: &Password,
        known: Vec<String>,
    ) -> Result<String, Error> {
        let (password, salt) = (password.clone(), self.entropy.bytes());
        self.work(move || {
            if is_weak(&password.0, &known) {
                return Err(Error::field(field, "weak_password", "is too easy to guess"));
            }
            hash(&password, salt)
        })
        .await
    }

    /// The hash of a password that was accepted before.
    pub async fn hash_again(&self, password: &Password) -> Result<String, Error> {
        // Not judged anew: a rule that came later keeps nobody out.
        let (password, salt) = (password.clone(), self.entropy.bytes());
        self.work(move || hash(&password, salt)).await
    }

    /// Compares a password with a hash; with none it takes as long, and is wrong.
    pub async fn verify(
        &self,
        password: &Password,
        hash: Option<String>,
    ) -> Result<Verdict, Error> {
        let password = password.clone();
        self.work(move || {
            let stored = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(fault)?;
            let equal = argon()?
                .verify_password(password.0.as_bytes(), &stored)
                .is_ok();
            Ok(Verdict {
                right: equal && hash.is_some(),
                outdated: is_outdated(&stored),
            })
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _room = self.room.acquire().await.map_err(|_| Error::Unavailable)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("hashing: {error}")))?
    }
}

fn argon() -> Result<Argon2<'static>, Error> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Password, salt: [u8; 16]) -> Result<String, Error> {
    let hash = argon()?
        .hash_password_with_salt(password.0.as_bytes(), &salt)
        .map_err(fault)?;
    Ok(hash.to_string())
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a password hash: {error}"))
}

fn is_outdated(hash: &PasswordHash) -> bool {
    let (memory, passes, _) = COST;
    let enough = |params: Params| params.m_cost() >= memory && params.t_cost() >= passes;
    hash.algorithm != argon2::ARGON2ID_IDENT || !Params::try_from(hash).is_ok_and(enough)
}

/// What every guesser knows of us.
const SERVICE: [&str; 3] = ["elevanalog", "elevan", "analog"];

/// The first four bytes of the SHA-256 of passwords that are known from breaches, sorted. Made by
/// `scripts/breached-passwords.py`, which says of what.
const BREACHED: &[u8] = include_bytes!("breached.bin");

/// Known from a breach (NIST SP 800-63B section 5.1.1.2), or fewer than a million guesses (zxcvbn, Wheeler 2016) for
/// one who knows the words of the account and of the service.
fn is_weak(password: &str, known: &[String]) -> bool {
    let known: Vec<&str> = known.iter().map(String::as_str).chain(SERVICE).collect();
    is_breached(password) || zxcvbn::zxcvbn(password, &known).score() < zxcvbn::Score::Two
}

fn is_breached(password: &str) -> bool {
    let digest = digest(&SHA256, password.to_lowercase().as_bytes());
    let (digests, _) = BREACHED.as_chunks::<4>();
    digest
        .as_ref()
        .first_chunk::<4>()
        .is_some_and(|wanted| digests.binary_search(wanted).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters_and_nothing_is_trimmed() {
        let code = |text: &str| Password::new(text).err().map(|fault| fault.code);
        assert_eq!(code(""), Some("required"));
        assert_eq!(code("1234567"), Some("too_short"));
        assert_eq!(code("        "), None);
        assert_eq!(code(&"\u{1f600}".repeat(128)), None);
        assert_eq!(code(&"a".repeat(129)), Some("too_long"));
    }

    #[test]
    fn sec_low_what_is_soon_guessed_is_refused() {
        let known = [
            "annabel.lee@example.com".to_owned(),
            "annabel.lee".to_owned(),
        ];
        let breached = [
            "Football1",
            "trustno1",
            "iloveyou2",
            "1qaz2wsx3edc",
            "PASSWORD123",
        ];
        let ours = [
            "elevanalog2026",
            "Elevanalog!",
            "example.com",
            "Example.com1",
        ];
        let known = [&known[..], &["example.com".to_owned()]].concat();
        let plain = [
            "password",
            "password1",
            "12345678",
            "qwertyuiop",
            "annabel.lee@example.com",
            "aaaaaaaaaaaa",
        ];
        for weak in plain.into_iter().chain(breached).chain(ours) {
            assert!(is_weak(weak, &known), "{weak}");
        }
        for fit in [
            "correct horse battery staple",
            "tr0ub4dor&3x!",
            "mjolnir-vane-47",
        ] {
            assert!(!is_weak(fit, &known), "{fit}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new(Entropy::system());
        let right = Password::new(" spaces count ").unwrap();
        let hash = passwords
            .hash_new("password", &right, vec![])
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verdict = |password: &str, hash: Option<&str>| {
            let (password, hash) = (Password::claimed(password), hash.map(str::to_owned));
            let passwords = passwords.clone();
            async move { passwords.verify(&password, hash).await.unwrap() }
        };
        assert_eq!(
            verdict(" spaces count ", Some(&hash)).await,
            Verdict {
                right: true,
                outdated: false
            }
        );
        assert_eq!(
            verdict("spaces count", Some(&hash)).await,
            Verdict {
                right: false,
                outdated: false
            }
        );
        assert_eq!(
            verdict("", None).await,
            Verdict {
                right: false,
                outdated: false
            }
        );
    }

    #[test]
    fn a_cheaper_hash_is_outdated() {
        let cheap = NOBODY.replace("m=19456", "m=4096");
        assert!(is_outdated(&PasswordHash::new(&cheap).unwrap()));
        assert!(is_outdated(
            &PasswordHash::new(&NOBODY.replace("argon2id", "argon2i")).unwrap()
        ));
        assert!(!is_outdated(&PasswordHash::new(NOBODY).unwrap()));
    }
}
