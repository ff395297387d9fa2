//! Comments on tasks.

mod change;
mod create;
mod dto;
mod html;
mod list;
mod markdown;
mod reactions;
mod show;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("comments", routes, app, &env))
}

edge::operations! {
    App;
    tags((name = "comments", description = "What people say about tasks."));
    list::list, create::create,
    show::show, change::change, change::remove,
    show::history,
    reactions::add, reactions::remove,
}
