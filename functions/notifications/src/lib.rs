//! The inbox, what reaches whom, and what has happened.

mod activity;
mod devices;
mod inbox;
mod phones;
mod preferences;
mod state;
mod tickets;
mod watchers;

use axum::Router;
use runtime::env::{Env, MissingVariable};
use state::Notifications;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let notifications = Notifications::new(&env)?;
    let app = notifications.app.clone();
    Ok(edge::serve(
        "notifications",
        router().with_state(notifications),
        app,
        &env,
    ))
}

edge::operations! {
    Notifications;
    tags((name = "notifications", description = "The inbox, what reaches whom, and what has happened."));
    inbox::list,
    inbox::unread,
    inbox::read,
    inbox::change,
    preferences::show, preferences::replace,
    activity::list,
    activity::of_task,
    watchers::list,
    watchers::watch, watchers::mute,
    devices::list, devices::register,
    devices::vapid_key,
    devices::remove,
    tickets::create,
}
