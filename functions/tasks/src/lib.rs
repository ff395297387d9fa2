//! Tasks and the trash.

mod bulk;
mod change;
mod create;
mod dto;
mod list;
mod movement;
mod query;
mod show;
mod transition;
mod trash;

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
        "tasks",
        api().with_state(App::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<App> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "tasks", description = "What there is to do.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(list::list, create::create))
        .routes(routes!(bulk::bulk))
        .routes(routes!(show::show, change::change, change::remove))
        .routes(routes!(transition::transition))
        .routes(routes!(movement::move_task))
        .routes(routes!(trash::list))
        .routes(routes!(trash::restore))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
