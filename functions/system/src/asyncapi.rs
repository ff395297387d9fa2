use axum::response::Response;

use crate::asset;

/// Written by a test from the code.
const DOCUMENT: &str = include_str!("../asyncapi.json");

/// Gives the AsyncAPI document.
///
/// AsyncAPI 3.0 of live connections: every message in either direction, and every kind of event.
#[utoipa::path(get, path = "/asyncapi.json", tag = "system", operation_id = "getAsyncApi", security(()),
    responses((status = 200, description = "The document.", body = serde_json::Value, content_type = "application/json")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn asyncapi() -> Response {
    asset::answer("application/json", DOCUMENT)
}
