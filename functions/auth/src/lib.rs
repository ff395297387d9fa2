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
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let auth = Auth::new(&env)?;
    let app = auth.app.clone();
    let routes = router()
        // Other names of the same.
        .route("/users/register", post(register::register))
        .route("/users/token", post(session::login))
        .route("/users/token/refresh", post(session::refresh))
        .with_state(auth);
    Ok(edge::serve("auth", routes, app, &env))
}

edge::operations! {
    Auth;
    tags((name = "auth", description = "Signing up and in, sessions, passwords, addresses, invitations by token."));
    register::register,
    session::login,
    session::refresh,
    session::logout,
    password::forgot,
    password::reset,
    password::change,
    password::reauthenticate,
    email::verify,
    email::change,
    email::revert,
    session::list,
    session::revoke,
    invitation::preview,
    invitation::accept,
    jwks::jwks,
}
