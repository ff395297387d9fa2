use axum::response::Response;

use crate::asset;

/// Written by a test from the code of all groups.
const DOCUMENT: &str = include_str!("../openapi.json");

/// Gives the OpenAPI document.
///
/// OpenAPI 3.1 of the whole API: every operation with its parameters, bodies, examples and error codes.
#[utoipa::path(get, path = "/openapi.json", tag = "system", operation_id = "getOpenApi", security(()),
    responses((status = 200, description = "The document.", body = serde_json::Value, content_type = "application/json")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn openapi() -> Response {
    asset::answer("application/json", DOCUMENT)
}
