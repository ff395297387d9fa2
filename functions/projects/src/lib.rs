//! Projects.

mod body;
mod change;
mod create;
mod lifecycle;
mod list;
mod members;
mod show;
mod view;

use app::App;
use axum::Router;
use axum::routing::{get, post, put};
use edge::Code::{
    AlreadyArchived, Forbidden, Gone, InvalidTransition, KeyTaken, LastOwner, LimitReached, NotArchived, NotDeleted,
    ProjectArchived, RoleTooHigh,
};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("projects", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/projects", get(list::list).post(create::create))
        .route("/projects/{project_id}", get(show::show).patch(change::change).delete(lifecycle::remove))
        .route("/projects/{project_id}/archive", post(lifecycle::archive))
        .route("/projects/{project_id}/unarchive", post(lifecycle::unarchive))
        .route("/projects/{project_id}/restore", post(lifecycle::restore))
        .route("/trash/project/{project_id}/restore", post(lifecycle::restore_from_trash))
        .route("/projects/{project_id}/members", get(members::list))
        .route("/projects/{project_id}/members/{user_id}", put(members::put).delete(members::remove))
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
            lifecycle::remove,
            lifecycle::archive,
            lifecycle::unarchive,
            lifecycle::restore,
            lifecycle::restore_from_trash,
            members::list,
            members::put,
            members::remove
        ),
        tags((name = "projects", description = "Containers of tasks, with people and a life cycle."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listProjects", &[edge::Code::NotFound]),
            ("createProject", &[Forbidden, edge::Code::NotFound, KeyTaken, LimitReached]),
            ("getProject", &[]),
            ("updateProject", &[Forbidden, ProjectArchived, InvalidTransition, edge::Code::Conflict]),
            ("deleteProject", &[Forbidden, edge::Code::Conflict]),
            ("archiveProject", &[Forbidden, AlreadyArchived]),
            ("unarchiveProject", &[Forbidden, NotArchived]),
            ("restoreProject", &[Forbidden, NotDeleted, Gone]),
            ("restoreProjectFromTrash", &[Forbidden, NotDeleted, Gone]),
            ("listProjectMembers", &[]),
            (
                "putProjectMember",
                &[Forbidden, RoleTooHigh, LastOwner, LimitReached, ProjectArchived, edge::Code::Conflict],
            ),
            ("removeProjectMember", &[Forbidden, RoleTooHigh, LastOwner, ProjectArchived, edge::Code::Conflict]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 8);
    }
}
