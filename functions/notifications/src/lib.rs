//! The inbox, what reaches whom, and what has happened.

mod activity;
mod devices;
mod inbox;
mod phones;
mod preferences;
mod state;
mod tickets;
mod watchers;

use axum::Router;
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use state::Notifications;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "notifications",
        api().with_state(Notifications::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<Notifications> {
    #[derive(OpenApi)]
    #[openapi(tags((name = "notifications", description = "The inbox, what reaches whom, and what has happened.")))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(inbox::list))
        .routes(routes!(inbox::unread))
        .routes(routes!(inbox::read))
        .routes(routes!(inbox::change))
        .routes(routes!(preferences::show, preferences::replace))
        .routes(routes!(activity::list))
        .routes(routes!(activity::of_task))
        .routes(routes!(watchers::list))
        .routes(routes!(watchers::watch, watchers::mute))
        .routes(routes!(devices::list, devices::register))
        .routes(routes!(devices::vapid_key))
        .routes(routes!(devices::remove))
        .routes(routes!(tickets::create))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
