//! Accounts and their security: signing up and in, sessions, passwords, addresses, invitations by token, public keys.

mod email;
mod invitation;
mod jwks;
mod password;
mod register;
mod session;
mod view;

use app::auth::Auth;
use axum::Router;
use axum::routing::{delete, get, post};
use edge::Code::{
    AccountInactive, AlreadyAccepted, AlreadyMember, EmailMismatch, EmailTaken, Gone, InvalidCredentials, LimitReached,
    NameTaken, NotFound, ProofRequired, RateLimited, SlugTaken, TokenExpired, TokenReused, Unauthenticated,
    UsernameTaken, WrongPassword,
};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("auth", routes().with_state(Auth::new(&env)?), &env))
}

fn routes() -> Router<Auth> {
    Router::new()
        .route("/auth/register", post(register::register))
        .route("/auth/login", post(session::login))
        .route("/auth/refresh", post(session::refresh))
        .route("/auth/logout", post(session::logout))
        .route("/auth/password/forgot", post(password::forgot))
        .route("/auth/password/reset", post(password::reset))
        .route("/auth/password/change", post(password::change))
        .route("/auth/reauthenticate", post(password::reauthenticate))
        .route("/auth/email/verify", post(email::verify))
        .route("/auth/email/change", post(email::change))
        .route("/auth/email/revert", post(email::revert))
        .route("/auth/sessions", get(session::list))
        .route("/auth/sessions/{session_id}", delete(session::revoke))
        .route("/invitations/{token}", get(invitation::preview))
        .route("/invitations/{token}/accept", post(invitation::accept))
        .route("/.well-known/jwks.json", get(jwks::jwks))
        // Other names of the same.
        .route("/users/register", post(register::register))
        .route("/users/token", post(session::login))
        .route("/users/token/refresh", post(session::refresh))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
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
            jwks::jwks
        ),
        tags((name = "auth", description = "Signing up and in, sessions, passwords, addresses, invitations by token."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            (
                "register",
                &[EmailTaken, UsernameTaken, SlugTaken, NameTaken, Gone, AlreadyAccepted, EmailMismatch, RateLimited],
            ),
            ("login", &[InvalidCredentials, AccountInactive, RateLimited]),
            ("refresh", &[Unauthenticated, TokenReused, RateLimited]),
            ("logout", &[ProofRequired]),
            ("forgotPassword", &[RateLimited]),
            ("resetPassword", &[Gone, RateLimited]),
            ("changePassword", &[WrongPassword]),
            ("reauthenticate", &[WrongPassword]),
            (
                "verifyEmail",
                &[
                    Gone,
                    EmailTaken,
                    Unauthenticated,
                    TokenExpired,
                    ProofRequired,
                    WrongPassword,
                    LimitReached,
                    RateLimited,
                ],
            ),
            ("changeEmail", &[WrongPassword]),
            ("revertEmail", &[Gone, RateLimited]),
            ("listSessions", &[]),
            ("revokeSession", &[ProofRequired]),
            ("previewInvitation", &[NotFound, Gone, AlreadyAccepted, RateLimited]),
            ("acceptInvitation", &[Gone, AlreadyAccepted, AlreadyMember, EmailMismatch, LimitReached]),
            ("getKeys", &[]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 16);
    }
}
