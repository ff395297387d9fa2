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
    Ok(edge::serve(
        "teams",
        router().with_state(App::new(&env)?),
        &env,
    ))
}

edge::operations! {
    App;
    tags((name = "teams", description = "People who work together, across projects or inside one."));
    list::list, create::create,
    show::show, change::change, change::remove,
    members::list, members::add,
    members::change, members::remove,
}
