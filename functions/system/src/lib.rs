//! What the service says of itself: that it is well, its OpenAPI and AsyncAPI documents, and a page to read the former;
//! and the live page. Unknown paths end here too, with 404.
//!
//! Touches no table and knows no caller.

mod app;
mod asset;
mod asyncapi;
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
/// If it is not told where live connections are made: the live page may connect only there.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let policy = app::Policy::new(env.var("REALTIME_URL")?);
    Ok(edge::serve("system", routes().with_state(policy), &env))
}

fn routes() -> Router<app::Policy> {
    Router::new()
        .route("/health", get(health::health))
        .route("/openapi.json", get(openapi::openapi))
        .route("/asyncapi.json", get(asyncapi::asyncapi))
        .route("/docs", get(docs::page))
        .route("/docs/{file}", get(docs::file))
        .route("/app", get(app::page))
        .route("/app/{file}", get(app::file))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(health::health, openapi::openapi, asyncapi::asyncapi, docs::page, docs::file, app::page, app::file),
        tags((name = "system", description = "The service itself: health and documentation. No token is needed."))
    )]
    struct Api;
    with_errors(
        Api::openapi(),
        &[
            ("getHealth", &[]),
            ("getOpenApi", &[]),
            ("getAsyncApi", &[]),
            ("getDocs", &[]),
            ("getDocsFile", &[]),
            ("getApp", &[]),
            ("getAppFile", &[]),
        ],
    )
}

#[cfg(test)]
mod tests;
