//! The audit trail.

mod list;
mod verify;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("admin", routes, app, &env))
}

edge::operations! {
    App;
    tags((name = "admin", description = "The audit trail."));
    list::list,
    verify::verify,
}
