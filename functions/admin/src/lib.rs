//! The audit trail.

mod list;
mod verify;

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
        "admin",
        api().with_state(App::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<App> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "admin", description = "The audit trail.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(list::list))
        .routes(routes!(verify::verify))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
