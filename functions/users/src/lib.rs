//! People: yourself, and those with whom you work.

mod body;
mod change;
mod dto;
mod invitations;
mod list;
mod me;
mod show;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("users", routes, app, &env))
}

edge::operations! {
    App;
    tags((name = "users", description = "Yourself, and the people with whom you share an organization."));
    list::list,
    me::show, change::change,
    invitations::list,
    show::show,
}
