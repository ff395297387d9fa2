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
use runtime::env::{Env, MissingVariable};

/// The group's routes with everything that surrounds them.
///
/// # Errors
/// If it is not told where live connections are made: the live page may connect only there.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let policy = app::Policy::new(env.var("LIVE_URL")?);
    let routes = router().with_state(policy);
    Ok(edge::serve("system", routes, (), &env))
}

edge::operations! {
    app::Policy;
    tags((name = "system", description = "The service itself: health and documentation. No token is needed."));
    health::health,
    openapi::openapi,
    asyncapi::asyncapi,
    docs::page,
    docs::file,
    app::page,
    app::file,
}

#[cfg(test)]
mod tests;
