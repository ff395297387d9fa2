//! People: yourself, and those with whom you work.

mod body;
mod change;
mod dto;
mod invitations;
mod list;
mod me;
mod show;

use app::App;
use axum::Router;
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "users",
        api().with_state(App::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<App> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "users", description = "Yourself, and the people with whom you share an organization.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(list::list))
        .routes(routes!(me::show, change::change))
        .routes(routes!(invitations::list))
        .routes(routes!(show::show))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
