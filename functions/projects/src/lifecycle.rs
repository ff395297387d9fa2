//! Archiving, deleting and restoring.

use app::App;
use app::in_org::InOrg;
use app::work::project;
use axum::extract::State;
use domain::id::ProjectId;
use domain::work::project::Project;
use edge::openapi::{IfMatch, One};
use edge::reply::Data;
use edge::{Caller, Problem, Segment};

use crate::dto::ProjectDto;

fn reply(project: InOrg<Project>) -> Data<ProjectDto> {
    let version = project.thing.version;
    Data::versioned(project.into(), version)
}

/// Archives a project.
///
/// It and its tasks become read-only.
#[utoipa::path(post, path = "/projects/{project_id}/archive", tag = "projects", operation_id = "archiveProject",
    params(("project_id" = Uuid, Path, description = "The project's id."), IfMatch),
    responses((status = 200, description = "The archived project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, AlreadyArchived]))))]
pub async fn archive(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<ProjectDto>, Problem> {
    Ok(reply(project::archive_project(&app, &call, id).await?))
}

/// Takes a project out of the archive.
///
/// It and its tasks can be changed again.
#[utoipa::path(post, path = "/projects/{project_id}/unarchive", tag = "projects", operation_id = "unarchiveProject",
    params(("project_id" = Uuid, Path, description = "The project's id."), IfMatch),
    responses((status = 200, description = "The project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotArchived]))))]
pub async fn unarchive(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<ProjectDto>, Problem> {
    Ok(reply(project::unarchive_project(&app, &call, id).await?))
}

/// Deletes a project.
///
/// It goes to the trash with all that is in it and can be restored until `restore_until`.
#[utoipa::path(delete, path = "/projects/{project_id}", tag = "projects", operation_id = "deleteProject",
    params(("project_id" = Uuid, Path, description = "The project's id."), IfMatch),
    responses((status = 200, description = "The deleted project, with `restore_until`.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, Conflict]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<ProjectDto>, Problem> {
    Ok(reply(project::delete_project(&app, &call, id).await?))
}

/// Restores a deleted project.
///
/// With all that was in it. After `restore_until` it is gone.
#[utoipa::path(post, path = "/projects/{project_id}/restore", tag = "projects", operation_id = "restoreProject",
    params(("project_id" = Uuid, Path, description = "The project's id."), IfMatch),
    responses((status = 200, description = "The project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotDeleted, Gone]))))]
pub async fn restore(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<ProjectDto>, Problem> {
    Ok(reply(project::restore_project(&app, &call, id).await?))
}

/// Restores a project from the trash.
///
/// The same as restoring it by its own path.
#[utoipa::path(post, path = "/trash/project/{project_id}/restore", tag = "projects",
    operation_id = "restoreProjectFromTrash",
    params(("project_id" = Uuid, Path, description = "The project's id."), IfMatch),
    responses((status = 200, description = "The project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotDeleted, Gone]))))]
pub async fn restore_from_trash(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<ProjectDto>, Problem> {
    Ok(reply(project::restore_project(&app, &call, id).await?))
}
