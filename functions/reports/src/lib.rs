//! Numbers.

mod dashboard;
mod dto;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "reports",
        router().with_state(App::new(&env)?),
        &env,
    ))
}

edge::operations! {
    App;
    tags((name = "reports", description = "Numbers."));
    dashboard::show,
}
