//! Organizations, their people, and the invitations into them.

mod body;
mod change;
mod create;
mod dns;
mod domains;
mod dto;
mod explain;
mod invitations;
mod invite;
mod join;
mod join_codes;
mod join_requests;
mod lifecycle;
mod list;
mod members;
mod show;
mod state;

use axum::Router;
use runtime::env::{Env, MissingVariable};
use state::Orgs;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let orgs = Orgs::new(&env)?;
    let app = orgs.app.clone();
    Ok(edge::serve("orgs", router().with_state(orgs), app, &env))
}

edge::operations! {
    Orgs;
    tags(
        (name = "organizations", description = "Tenants, their people, and the ways into them."),
        (name = "permissions", description = "Who may do what, and why.")
    );
    list::list, create::create,
    show::show, change::change, lifecycle::remove,
    lifecycle::restore,
    members::list,
    members::change_role, members::remove,
    invitations::list, invite::invite,
    invitations::revoke,
    invitations::answer,
    join::join,
    join_codes::list, join_codes::create,
    join_codes::revoke,
    join_codes::keep,
    join_codes::rotate,
    domains::list, domains::claim,
    domains::remove,
    domains::verify,
    join_requests::list,
    join_requests::approve,
    join_requests::reject,
    explain::explain,
}
