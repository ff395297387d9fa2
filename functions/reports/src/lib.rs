//! Numbers.

mod dashboard;
mod view;

use app::App;
use axum::Router;
use axum::routing::get;
use edge::Code::NotFound;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("reports", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new().route("/dashboard", get(dashboard::show))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(dashboard::show), tags((name = "reports", description = "Numbers.")))]
    struct Api;
    edge::openapi::with_errors(<Api as utoipa::OpenApi>::openapi(), &[("getDashboard", &[NotFound])])
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 1);
    }
}
