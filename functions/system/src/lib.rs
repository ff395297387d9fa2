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
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The group's routes with everything that surrounds them.
///
/// # Errors
/// If it is not told where live connections are made: the live page may connect only there.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let policy = app::Policy::new(env.var("LIVE_URL")?);
    Ok(edge::serve("system", api().with_state(policy), &env))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<app::Policy> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "system", description = "The service itself: health and documentation. No token is needed.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(health::health))
        .routes(routes!(openapi::openapi))
        .routes(routes!(asyncapi::asyncapi))
        .routes(routes!(docs::page))
        .routes(routes!(docs::file))
        .routes(routes!(app::page))
        .routes(routes!(app::file))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}

#[cfg(test)]
mod tests;
