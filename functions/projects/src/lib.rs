//! Projects.

mod body;
mod change;
mod create;
mod dto;
mod labels;
mod lifecycle;
mod list;
mod members;
mod show;
mod workflow;

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
        "projects",
        api().with_state(App::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<App> {
    #[derive(OpenApi)]
    #[openapi(tags(
        (name = "projects", description = "Containers of tasks, with people, a life cycle and a workflow."),
        (name = "labels", description = "What tasks are marked with, in an organization or in a project.")
    ))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, change::change, lifecycle::remove))
        .routes(routes!(lifecycle::archive))
        .routes(routes!(lifecycle::unarchive))
        .routes(routes!(lifecycle::restore))
        .routes(routes!(lifecycle::restore_from_trash))
        .routes(routes!(workflow::show, workflow::replace))
        .routes(routes!(members::list))
        .routes(routes!(members::put, members::remove))
        .routes(routes!(labels::list, labels::create))
        .routes(routes!(labels::change, labels::remove))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
