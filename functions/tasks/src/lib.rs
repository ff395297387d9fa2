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
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("tasks", routes, app, &env))
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
