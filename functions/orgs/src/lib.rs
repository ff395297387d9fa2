//! Organizations, their people, and the invitations into them.

mod body;
mod change;
mod create;
mod dns;
mod domains;
mod dto;
mod explain;
mod invitations;
mod invite;
mod join;
mod join_codes;
mod join_requests;
mod lifecycle;
mod list;
mod members;
mod show;
mod state;

use axum::Router;
use edge::openapi::with_errors;
use runtime::env::{Env, MissingVariable};
use state::Orgs;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "orgs",
        api().with_state(Orgs::new(&env)?),
        &env,
    ))
}

/// The group's operations: where each is and what it answers stands beside its handler.
fn api() -> OpenApiRouter<Orgs> {
    #[derive(OpenApi)]
    #[openapi(tags(
        (name = "organizations", description = "Tenants, their people, and the ways into them."),
        (name = "permissions", description = "Who may do what, and why.")
    ))]
    struct Group;
    OpenApiRouter::with_openapi(Group::openapi())
        .routes(routes!(list::list, create::create))
        .routes(routes!(show::show, change::change, lifecycle::remove))
        .routes(routes!(lifecycle::restore))
        .routes(routes!(members::list))
        .routes(routes!(members::change_role, members::remove))
        .routes(routes!(invitations::list, invite::invite))
        .routes(routes!(invitations::revoke))
        .routes(routes!(invitations::answer))
        .routes(routes!(join::join))
        .routes(routes!(join_codes::list, join_codes::create))
        .routes(routes!(join_codes::revoke))
        .routes(routes!(join_codes::keep))
        .routes(routes!(join_codes::rotate))
        .routes(routes!(domains::list, domains::claim))
        .routes(routes!(domains::remove))
        .routes(routes!(domains::verify))
        .routes(routes!(join_requests::list))
        .routes(routes!(join_requests::approve))
        .routes(routes!(join_requests::reject))
        .routes(routes!(explain::explain))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    with_errors(api().into_openapi())
}
