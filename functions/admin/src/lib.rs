//! The audit trail.

mod list;
mod verify;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "admin",
        router().with_state(App::new(&env)?),
        &env,
    ))
}

edge::operations! {
    App;
    tags((name = "admin", description = "The audit trail."));
    list::list,
    verify::verify,
}
