//! Comments on tasks.

mod change;
mod create;
mod dto;
mod html;
mod list;
mod markdown;
mod reactions;
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
        "comments",
        api().with_state(App::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<App> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "comments", description = "What people say about tasks.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, change::change, change::remove))
        .routes(routes!(show::history))
        .routes(routes!(reactions::add, reactions::remove))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
