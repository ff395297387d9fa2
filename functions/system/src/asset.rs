use std::hash::{DefaultHasher, Hash, Hasher};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

/// How long clients may keep a file without asking. Short, since its name does not change with its content.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A public file that changes only with a release: with an entity tag, to be kept for a while.
pub fn answer(content_type: &str, bytes: impl Into<Vec<u8>>) -> Response {
    let bytes = bytes.into();
    // Unkeyed, so every instance of a release gives the same tag; nothing depends on its being hard to forge.
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let content_type = content_type.to_owned();
    (
        [(header::CACHE_CONTROL, FRESH)],
        [(header::ETAG, tag), (header::CONTENT_TYPE, content_type)],
        bytes,
    )
        .into_response()
}
