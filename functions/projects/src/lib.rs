//! Projects.

mod body;
mod change;
mod create;
mod dto;
mod labels;
mod lifecycle;
mod list;
mod members;
mod show;
mod workflow;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("projects", routes, app, &env))
}

edge::operations! {
    App;
    tags(
        (name = "projects", description = "Containers of tasks, with people, a life cycle and a workflow."),
        (name = "labels", description = "What tasks are marked with, in an organization or in a project.")
    );
    list::list, create::create,
    show::show, change::change, lifecycle::remove,
    lifecycle::archive,
    lifecycle::unarchive,
    lifecycle::restore,
    lifecycle::restore_from_trash,
    workflow::show, workflow::replace,
    members::list,
    members::put, members::remove,
    labels::list, labels::create,
    labels::change, labels::remove,
}
