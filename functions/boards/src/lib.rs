//! Boards and their lists.

mod change;
mod create;
mod dto;
mod list;
mod lists;
mod show;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("boards", routes, app, &env))
}

edge::operations! {
    App;
    tags((name = "boards", description = "Ways to look at a project's tasks, status by status."));
    list::list, create::create,
    show::show, change::change, change::remove,
    lists::add,
    lists::change, lists::remove,
}
