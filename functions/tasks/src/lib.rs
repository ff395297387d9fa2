//! Tasks and the trash.

mod bulk;
mod change;
mod create;
mod dto;
mod list;
mod movement;
mod query;
mod show;
mod transition;
mod trash;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve(
        "tasks",
        router().with_state(App::new(&env)?),
        &env,
    ))
}

edge::operations! {
    App;
    tags((name = "tasks", description = "What there is to do."));
    list::list, create::create,
    bulk::bulk,
    show::show, change::change, change::remove,
    transition::transition,
    movement::move_task,
    trash::list,
    trash::restore,
}
