//! Teams and their people.

mod body;
mod change;
mod create;
mod dto;
mod list;
mod members;
mod show;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("teams", routes, app, &env))
}

edge::operations! {
    App;
    tags((name = "teams", description = "People who work together, across projects or inside one."));
    list::list, create::create,
    show::show, change::change, change::remove,
    members::list, members::add,
    members::change, members::remove,
}
