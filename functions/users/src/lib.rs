//! People: yourself, and those with whom you work.

mod body;
mod change;
mod invitations;
mod list;
mod me;
mod show;
mod view;

use app::App;
use axum::Router;
use axum::routing::get;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("users", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/users", get(list::list))
        .route("/users/me", get(me::show).patch(change::change))
        .route("/users/me/invitations", get(invitations::list))
        .route("/users/{user_id}", get(show::show))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    use edge::Code::*;
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(list::list, me::show, change::change, invitations::list, show::show),
        tags((name = "users", description = "Yourself, and the people with whom you share an organization."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listUsers", &[NotFound]),
            ("getMe", &[]),
            ("updateMe", &[UsernameTaken]),
            ("listMyInvitations", &[]),
            ("getUser", &[]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 4);
    }
}
