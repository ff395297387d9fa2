//! `GET /projects/{project_id}`.

use app::App;
use app::work::project;
use axum::extract::State;
use domain::id::ProjectId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Problem, Segment};

use crate::dto::ProjectDto;

/// Reads a project.
///
/// Private ones are for the people in them, and for owners and admins of the organization.
#[utoipa::path(get, path = "/projects/{project_id}", tag = "projects", operation_id = "getProject",
    params(("project_id" = Uuid, Path, description = "The project's id.")),
    responses((status = 200, description = "The project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<ProjectDto>, Problem> {
    let project = project::get_project(&app, &call, id).await?;
    let version = project.thing.version;
    Ok(Data::versioned(project.into(), version))
}
