//! Tasks and the trash.

mod bulk;
mod change;
mod create;
mod list;
mod movement;
mod query;
mod show;
mod transition;
mod trash;
mod view;
mod views;

use app::App;
use axum::Router;
use axum::routing::{get, post};
use edge::Code::{
    AmbiguousKey, Conflict, CrossOrganization, Forbidden, Gone, InvalidTransition, NotDeleted, NotFound, ParentDeleted,
    PreconditionFailed, ProjectArchived, WipLimit,
};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("tasks", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/tasks", get(list::list).post(create::create))
        .route("/tasks/bulk", post(bulk::bulk))
        .route("/tasks/{task_id}", get(show::show).patch(change::change).delete(change::remove))
        .route("/tasks/{task_id}/transition", post(transition::transition))
        .route("/tasks/{task_id}/move", post(movement::move_task))
        .route("/views", get(views::list).post(views::create))
        .route("/views/{view_id}", get(views::show).patch(views::change).delete(views::remove))
        .route("/trash", get(trash::list))
        .route("/trash/task/{task_id}/restore", post(trash::restore))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            list::list,
            create::create,
            bulk::bulk,
            show::show,
            change::change,
            change::remove,
            transition::transition,
            movement::move_task,
            trash::list,
            trash::restore,
            views::list,
            views::create,
            views::show,
            views::change,
            views::remove
        ),
        tags((name = "tasks", description = "What there is to do."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listTasks", &[NotFound]),
            ("createTask", &[Forbidden, NotFound, ProjectArchived]),
            (
                "bulkTasks",
                &[
                    Forbidden,
                    NotFound,
                    ProjectArchived,
                    InvalidTransition,
                    ParentDeleted,
                    NotDeleted,
                    Gone,
                    CrossOrganization,
                    PreconditionFailed,
                ],
            ),
            ("getTask", &[AmbiguousKey]),
            ("updateTask", &[Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition, Conflict]),
            ("deleteTask", &[Forbidden, AmbiguousKey, ProjectArchived, Conflict]),
            ("transitionTask", &[Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition]),
            ("moveTask", &[Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition, WipLimit, CrossOrganization]),
            ("listTrash", &[NotFound]),
            ("listViews", &[NotFound]),
            ("createView", &[NotFound]),
            ("getView", &[]),
            ("updateView", &[Forbidden]),
            ("deleteView", &[Forbidden]),
            ("restoreTask", &[Forbidden, ProjectArchived, ParentDeleted, NotDeleted, Gone]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 9);
    }
}
