//! A project's people.

use app::App;
use app::work::project;
use axum::extract::State;
use domain::Faults;
use domain::id::{ProjectId, UserId};
use edge::openapi::{Many, One};
use edge::reply::{Data, Listed, NoContent};
use edge::{Body, Caller, Problem, Segment, Segments};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::MemberDto;

/// A person's role in a project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutProjectMember {
    /// owner, manager, member or viewer.
    #[schema(example = "member")]
    role: String,
}

/// Lists a project's people.
///
/// Those who have a role in the project itself; others may see it through their role in the organization.
#[utoipa::path(get, path = "/projects/{project_id}/members", tag = "projects", operation_id = "listProjectMembers",
    params(("project_id" = Uuid, Path, description = "The project's id.")),
    responses((status = 200, description = "All of them.", body = Many<MemberDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Listed<MemberDto>, Problem> {
    let members = project::list_project_members(&app, &call, id).await?;
    Ok(Listed::all(
        members.into_iter().map(MemberDto::from).collect(),
    ))
}

/// Gives a person a role in a project.
///
/// They must belong to the organization. Project managers give roles up to member.
#[utoipa::path(put, path = "/projects/{project_id}/members/{user_id}", tag = "projects",
    operation_id = "putProjectMember",
    params(("project_id" = Uuid, Path, description = "The project's id."),
        ("user_id" = Uuid, Path, description = "The person's id.")),
    request_body = PutProjectMember,
    responses((status = 200, description = "The person's place in the project.", body = One<MemberDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, RoleTooHigh, LastOwner, LimitReached, ProjectArchived, Conflict
    ]))))]
pub async fn put(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((id, user)): Segments<(ProjectId, UserId)>,
    Body(body): Body<PutProjectMember>,
) -> Result<Data<MemberDto>, Problem> {
    let mut faults = Faults::new();
    let role = faults.take("role", body.role.parse());
    let member = project::put_project_member(&app, &call, id, user, faults.finish(role)?).await?;
    let version = member.member.version;
    Ok(Data::versioned(member.into(), version))
}

/// Takes a person's role in a project away.
///
/// Everybody may leave a project; its last owner cannot. They leave the teams inside the project with it, unless they
/// is the owner or last admin of one: then that must be handed over first.
#[utoipa::path(delete, path = "/projects/{project_id}/members/{user_id}", tag = "projects",
    operation_id = "removeProjectMember",
    params(("project_id" = Uuid, Path, description = "The project's id."),
        ("user_id" = Uuid, Path, description = "The person's id.")),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, RoleTooHigh, LastOwner, LastAdmin, ProjectArchived, Conflict
    ]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((id, user)): Segments<(ProjectId, UserId)>,
) -> Result<NoContent, Problem> {
    project::remove_project_member(&app, &call, id, user).await?;
    Ok(NoContent)
}
