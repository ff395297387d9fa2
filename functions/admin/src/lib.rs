//! The audit trail.

mod list;
mod verify;

use app::App;
use axum::Router;
use axum::routing::get;
use edge::Code::{ChainBroken, Forbidden, NotFound};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("admin", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new().route("/audit-logs", get(list::list)).route("/audit-logs/verify", get(verify::verify))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(list::list, verify::verify), tags((name = "admin", description = "The audit trail.")))]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listAuditLogs", &[Forbidden, NotFound, ChainBroken]),
            ("verifyAuditLogs", &[Forbidden, NotFound, ChainBroken]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 2);
    }
}
