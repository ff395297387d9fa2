//! Accounts and their security: signing up and in, sessions, passwords, addresses, invitations by token, public keys.

mod dto;
mod email;
mod invitation;
mod jwks;
mod password;
mod register;
mod session;

use app::account::auth::Auth;
use axum::Router;
use axum::routing::post;
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "auth",
        api().with_state(Auth::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<Auth> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "auth", description = "Signing up and in, sessions, passwords, addresses, invitations by token.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(register::register))
        .routes(routes!(session::login))
        .routes(routes!(session::refresh))
        .routes(routes!(session::logout))
        .routes(routes!(password::forgot))
        .routes(routes!(password::reset))
        .routes(routes!(password::change))
        .routes(routes!(password::reauthenticate))
        .routes(routes!(email::verify))
        .routes(routes!(email::change))
        .routes(routes!(email::revert))
        .routes(routes!(session::list))
        .routes(routes!(session::revoke))
        .routes(routes!(invitation::preview))
        .routes(routes!(invitation::accept))
        .routes(routes!(jwks::jwks))
        // Other names of the same.
        .route("/users/register", post(register::register))
        .route("/users/token", post(session::login))
        .route("/users/token/refresh", post(session::refresh))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
