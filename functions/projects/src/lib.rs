//! Projects.

mod body;
mod change;
mod create;
mod labels;
mod lifecycle;
mod list;
mod members;
mod show;
mod view;
mod workflow;

use app::App;
use axum::Router;
use axum::routing::{get, patch, post, put};
use edge::Code::{
    AlreadyArchived, CrossOrganization, Forbidden, Gone, InvalidTransition, KeyTaken, LastAdmin, LastOwner,
    LimitReached, NameTaken, NotArchived, NotDeleted, PreconditionRequired, ProjectArchived, RoleTooHigh,
    TasksInRemovedStatus,
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
        .route("/projects/{project_id}/workflow", get(workflow::show).put(workflow::replace))
        .route("/projects/{project_id}/members", get(members::list))
        .route("/projects/{project_id}/members/{user_id}", put(members::put).delete(members::remove))
        .route("/labels", get(labels::list).post(labels::create))
        .route("/labels/{label_id}", patch(labels::change).delete(labels::remove))
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
            members::remove,
            workflow::show,
            workflow::replace,
            labels::list,
            labels::create,
            labels::change,
            labels::remove
        ),
        tags(
            (name = "projects", description = "Containers of tasks, with people, a life cycle and a workflow."),
            (name = "labels", description = "What tasks are marked with, in an organization or in a project.")
        )
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listProjects", &[edge::Code::NotFound, CrossOrganization]),
            ("createProject", &[Forbidden, edge::Code::NotFound, KeyTaken, LimitReached]),
            ("getProject", &[]),
            ("updateProject", &[Forbidden, ProjectArchived, InvalidTransition, LimitReached, edge::Code::Conflict]),
            ("deleteProject", &[Forbidden, edge::Code::Conflict]),
            ("archiveProject", &[Forbidden, AlreadyArchived]),
            ("unarchiveProject", &[Forbidden, NotArchived]),
            ("restoreProject", &[Forbidden, NotDeleted, Gone]),
            ("restoreProjectFromTrash", &[Forbidden, NotDeleted, Gone]),
            (
                "replaceWorkflow",
                &[Forbidden, ProjectArchived, TasksInRemovedStatus, LimitReached, PreconditionRequired],
            ),
            ("getWorkflow", &[]),
            ("listLabels", &[edge::Code::NotFound]),
            ("createLabel", &[Forbidden, edge::Code::NotFound, NameTaken, ProjectArchived, CrossOrganization]),
            ("updateLabel", &[Forbidden, NameTaken, ProjectArchived, LimitReached]),
            ("deleteLabel", &[Forbidden, ProjectArchived]),
            ("listProjectMembers", &[]),
            (
                "putProjectMember",
                &[Forbidden, RoleTooHigh, LastOwner, LimitReached, ProjectArchived, edge::Code::Conflict],
            ),
            (
                "removeProjectMember",
                &[Forbidden, RoleTooHigh, LastOwner, LastAdmin, ProjectArchived, edge::Code::Conflict],
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 11);
    }
}
