//! Saved views.

mod views;

use app::App;
use axum::Router;
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = router().with_state(app.clone());
    Ok(edge::serve("views", routes, app, &env))
}

edge::operations! {
    App;
    tags();
    views::list, views::create,
    views::show, views::change, views::remove,
}
