//! Tasks and the trash.

mod change;
mod create;
mod list;
mod query;
mod show;
mod transition;
mod trash;
mod view;

use app::App;
use axum::Router;
use axum::routing::{get, post};
use edge::Code::{
    AmbiguousKey, Conflict, Forbidden, Gone, InvalidTransition, NotDeleted, NotFound, ParentDeleted, ProjectArchived,
};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("tasks", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/tasks", get(list::list).post(create::create))
        .route("/tasks/{task_id}", get(show::show).patch(change::change).delete(change::remove))
        .route("/tasks/{task_id}/transition", post(transition::transition))
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
            show::show,
            change::change,
            change::remove,
            transition::transition,
            trash::list,
            trash::restore
        ),
        tags((name = "tasks", description = "What there is to do."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listTasks", &[NotFound]),
            ("createTask", &[Forbidden, NotFound, ProjectArchived]),
            ("getTask", &[AmbiguousKey]),
            ("updateTask", &[Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition, Conflict]),
            ("deleteTask", &[Forbidden, AmbiguousKey, ProjectArchived, Conflict]),
            ("transitionTask", &[Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition]),
            ("listTrash", &[NotFound]),
            ("restoreTask", &[Forbidden, ProjectArchived, ParentDeleted, NotDeleted, Gone]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 5);
    }
}
