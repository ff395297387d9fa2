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
    Ok(edge::serve(
        "users",
        router().with_state(App::new(&env)?),
        &env,
    ))
}

edge::operations! {
    App;
    tags((name = "users", description = "Yourself, and the people with whom you share an organization."));
    list::list,
    me::show, change::change,
    invitations::list,
    show::show,
}
