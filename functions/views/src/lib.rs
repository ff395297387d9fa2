//! Saved views.

mod views;

use app::App;
use axum::Router;
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "views",
        api().with_state(App::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(views::list, views::create))
        .routes(routes!(views::show, views::change, views::remove))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
