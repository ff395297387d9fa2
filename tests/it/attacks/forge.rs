//! Tokens made by one who has stolen the secret: genuine but for what a test changes.

use aws_lc_rs::hkdf;
use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tests::{Person, World};

/// A token that can be taken apart and put together again, by one who has stolen the secret.
pub struct Forge {
    pub key: Ed25519KeyPair,
    pub genuine: String,
    pub header: Value,
    pub claims: Value,
}

impl Forge {
    pub async fn new(world: &World, person: &Person) -> Self {
        let genuine = person.token.clone().unwrap();
        let part = |index: usize| {
            let text = genuine.split('.').nth(index).unwrap();
            serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()).unwrap()
        };
        Self {
            key: signing_key(&secret(world).await),
            header: part(0),
            claims: part(1),
            genuine,
        }
    }

    pub fn signed(&self, header: &str, claims: &str) -> String {
        signed_by(&self.key, header, claims)
    }

    /// Genuine but for one member of the header; null takes it away.
    pub fn header(&self, name: &str, value: Value) -> String {
        self.signed(&with(&self.header, name, value), &self.claims.to_string())
    }

    /// Genuine but for one claim; null takes it away.
    pub fn claim(&self, name: &str, value: Value) -> String {
        self.signed(&self.header.to_string(), &with(&self.claims, name, value))
    }

    /// Genuine but for the claims' text.
    pub fn claims_text(&self, text: &str) -> String {
        self.signed(&self.header.to_string(), text)
    }

    pub fn segments(&self) -> [&str; 3] {
        self.genuine
            .split('.')
            .collect::<Vec<_>>()
            .try_into()
            .unwrap()
    }
}

/// The stack's secret.
pub async fn secret(world: &World) -> String {
    let arn = world
        .cloud
        .function_env("auth")
        .unwrap()
        .var("SECRET_ARN")
        .unwrap()
        .to_owned();
    let request = reqwest::Client::new().post(&world.cloud.endpoints().small);
    let request = request
        .header("x-amz-target", "secretsmanager.GetSecretValue")
        .json(&json!({ "SecretId": arn }));
    let answer: Value =
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    answer["SecretString"].as_str().unwrap().to_owned()
}

fn signing_key(secret: &str) -> Ed25519KeyPair {
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"elevanalog").extract(secret.as_bytes());
    let mut seed = [0; 32];
    root.expand(&[b"access token signature"], hkdf::HKDF_SHA256)
        .unwrap()
        .fill(&mut seed)
        .unwrap();
    Ed25519KeyPair::from_seed_unchecked(&seed).unwrap()
}

pub fn text(part: &str) -> String {
    BASE64URL_NOPAD.encode(part.as_bytes())
}

pub fn signed_by(key: &Ed25519KeyPair, header: &str, claims: &str) -> String {
    let body = format!("{}.{}", text(header), text(claims));
    format!(
        "{body}.{}",
        BASE64URL_NOPAD.encode(key.sign(body.as_bytes()).as_ref())
    )
}

pub fn with(object: &Value, name: &str, value: Value) -> String {
    let mut object = object.as_object().unwrap().clone();
    object.remove(name);
    if !value.is_null() {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object).to_string()
}
