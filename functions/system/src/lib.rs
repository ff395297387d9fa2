//! What the service says of itself: that it is well, its OpenAPI document, and a page to read it. Unknown paths end
//! here too, with 404.
//!
//! Touches no table and knows no caller.

mod asset;
mod docs;
mod health;
mod openapi;

use axum::Router;
use axum::routing::get;
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use utoipa::OpenApi;

/// The group's routes with everything that surrounds them.
///
/// # Errors
/// Never: it needs no variable.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("system", routes(), &env))
}

fn routes() -> Router {
    Router::new()
        .route("/health", get(health::health))
        .route("/openapi.json", get(openapi::openapi))
        .route("/docs", get(docs::page))
        .route("/docs/{file}", get(docs::file))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(health::health, openapi::openapi, docs::page, docs::file),
        tags((name = "system", description = "The service itself: health and documentation. No token is needed."))
    )]
    struct Api;
    with_errors(Api::openapi(), &[("getHealth", &[]), ("getOpenApi", &[]), ("getDocs", &[]), ("getDocsFile", &[])])
}

#[cfg(test)]
mod tests;
