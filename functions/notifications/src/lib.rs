//! The inbox, what reaches whom, and what has happened.

mod activity;
mod devices;
mod inbox;
mod phones;
mod preferences;
mod tickets;
mod watchers;

use app::App;
use axum::Router;
use axum::routing::{get, patch, post, put};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let app = App::new(&env)?;
    let routes = routes().with_state(app.clone()).merge(devices::routes(app.clone(), &env)?);
    let routes = routes.merge(tickets::routes(app, &env)?);
    Ok(edge::serve("notifications", routes, &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/notifications", get(inbox::list))
        .route("/notifications/unread-count", get(inbox::unread))
        .route("/notifications/read", post(inbox::read))
        .route("/notifications/{notification_id}", patch(inbox::change))
        .route("/notification-preferences", get(preferences::show).put(preferences::replace))
        .route("/activity", get(activity::list))
        .route("/tasks/{task_id}/activity", get(activity::of_task))
        .route("/tasks/{task_id}/watchers", get(watchers::list))
        .route("/tasks/{task_id}/watchers/me", put(watchers::watch).delete(watchers::mute))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    use edge::Code::{AmbiguousKey, LimitReached, NotFound};
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            inbox::list, inbox::unread, inbox::read, inbox::change, preferences::show, preferences::replace,
            activity::list, activity::of_task,
            watchers::list, watchers::watch, watchers::mute,
            devices::list, devices::register, devices::remove, devices::vapid_key,
            tickets::create),
        tags((name = "notifications", description = "The inbox, what reaches whom, and what has happened."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listNotifications", &[NotFound]),
            ("countUnread", &[]),
            ("readNotifications", &[]),
            ("updateNotification", &[]),
            ("getNotificationPreferences", &[]),
            ("replaceNotificationPreferences", &[]),
            ("listActivity", &[NotFound]),
            ("listTaskActivity", &[AmbiguousKey]),
            ("listWatchers", &[AmbiguousKey]),
            ("watchTask", &[AmbiguousKey]),
            ("muteTask", &[AmbiguousKey]),
            ("listDevices", &[]),
            ("registerDevice", &[LimitReached]),
            ("removeDevice", &[]),
            ("getVapidKey", &[]),
            ("createRealtimeTicket", &[]),
        ],
    )
}
