//! The public keys.

use app::account::auth::PublicKey;
use app::account::auth::{Auth, published_keys};
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::response::{IntoResponse, Response};
use edge::{Caller, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// A set of keys (RFC 7517 section 5).
#[derive(Serialize, ToSchema)]
pub struct KeySet {
    /// The keys, the present one first.
    keys: Vec<Key>,
}

/// An Ed25519 public key (RFC 8037 section 2).
#[derive(Serialize, ToSchema)]
#[schema(as = PublicKey)]
pub struct Key {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// Always `EdDSA`.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    purpose: &'static str,
    /// The key's id: its thumbprint (RFC 7638).
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    /// The key.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

impl From<PublicKey> for Key {
    fn from(key: PublicKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            purpose: "sig",
            kid: key.kid,
            x: key.x,
        }
    }
}

/// Shows the public keys with which access tokens can be verified.
///
/// While keys change, the one before is there too. That a token is genuine does not say that its session is live.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", operation_id = "getKeys", security(()),
    responses((status = 200, description = "The keys.", body = KeySet)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn jwks(State(auth): State<Auth>, Caller(call): Caller) -> Result<Response, Problem> {
    let keys = published_keys(&auth, call.at).await?.keys;
    let names: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    let headers = [
        (CACHE_CONTROL, "public, max-age=300".to_owned()),
        (ETAG, format!("\"{}\"", names.join("."))),
    ];
    let set = KeySet {
        keys: keys.into_iter().map(Key::from).collect(),
    };
    Ok((headers, Json(set)).into_response())
}
