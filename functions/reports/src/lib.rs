//! Numbers.

mod dashboard;
mod dto;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("reports", routes, app, &env))
}

edge::operations! {
    App;
    tags((name = "reports", description = "Numbers."));
    dashboard::show,
}
