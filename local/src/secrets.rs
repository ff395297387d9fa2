//! Secrets Manager's `GetSecretValue`: each secret is generated once and then kept.

use std::sync::Arc;

use runtime::env::Entropy;
use serde_json::{Value, json};

use crate::state::State;
use crate::template::Secret;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PUNCTUATION: &[u8] = b"!#$%&()*+,-./:;<=>?@[]^_{|}~";

/// The secrets of the template; clones share them.
#[derive(Clone)]
pub(crate) struct Secrets {
    state: State,
    secrets: Arc<Vec<Secret>>,
}

impl Secrets {
    /// Keeps the secrets of the template, generating those that are not there yet.
    pub fn new(state: State, secrets: Vec<Secret>, entropy: &Entropy) -> rusqlite::Result<Self> {
        for secret in &secrets {
            if state.kept(&key(secret))?.is_none() {
                let value = secret
                    .value
                    .clone()
                    .unwrap_or_else(|| generate(secret, entropy));
                state.keep(&key(secret), &value)?;
            }
        }
        Ok(Self {
            state,
            secrets: Arc::new(secrets),
        })
    }

    /// The answer to `GetSecretValue` for a name or ARN.
    pub fn answer(&self, id: &str) -> Option<Value> {
        let secret = self
            .secrets
            .iter()
            .find(|secret| secret.name == id || secret.arn == id)?;
        let value = self.state.kept(&key(secret)).ok()??;
        Some(json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "SecretString": value,
            "VersionId": "00000000-0000-0000-0000-000000000001",
            "VersionStages": ["AWSCURRENT"],
        }))
    }
}

fn key(secret: &Secret) -> String {
    format!("secret {}", secret.name)
}

fn generate(secret: &Secret, entropy: &Entropy) -> String {
    let punctuation = if secret.punctuation { PUNCTUATION } else { &[] };
    let alphabet = [LETTERS, punctuation].concat();
    // The bias of the remainder of 32 bits is far below anything that matters.
    let letter = || alphabet[u32::from_be_bytes(entropy.bytes()) as usize % alphabet.len()];
    (0..secret.length).map(|_| char::from(letter())).collect()
}
