//! A team's people.

use app::App;
use app::membership::team::{self, Who};
use axum::extract::State;
use domain::access::TeamRole;
use domain::id::{TeamId, UserId};
use domain::{Error, Faults};
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Created, Data, Listed, NoContent};
use edge::{Body, Caller, Problem, Segment, Segments};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::person;
use crate::dto::{AddedDto, MemberDto};

/// Lists a team's people.
///
/// All of them, in the order in which they came.
#[utoipa::path(get, path = "/teams/{team_id}/members", tag = "teams", operation_id = "listTeamMembers",
    params(("team_id" = Uuid, Path, description = "The team's id.")),
    responses((status = 200, description = "All of them.", body = Many<MemberDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<TeamId>,
) -> Result<Listed<MemberDto>, Problem> {
    let members = team::list_team_members(&app, &call, id).await?;
    Ok(Listed::all(
        members.into_iter().map(MemberDto::from).collect(),
    ))
}

/// Who is to be added: by `user_id` or by `email`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "user_id": "01a19166-dd00-7c1f-a2a9-6b0d37c8915e", "role": "member" }))]
pub struct AddTeamMember {
    /// A member of the organization.
    #[schema(format = Uuid)]
    user_id: Option<String>,
    /// The address of anybody.
    #[schema(example = "ben@example.com")]
    email: Option<String>,
    /// admin, member (the default) or viewer.
    #[schema(example = "member")]
    role: Option<String>,
}

impl TryFrom<AddTeamMember> for (Who, TeamRole) {
    type Error = Error;

    fn try_from(body: AddTeamMember) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let role = match body.role {
            Some(text) => faults.take("role", text.parse()),
            None => Some(TeamRole::Member),
        };
        let who = match (body.user_id, body.email) {
            (Some(text), None) => person(&mut faults, "user_id", text).map(Who::User),
            (None, Some(text)) => faults.take("email", text.parse()).map(Who::Email),
            (Some(_), Some(_)) => {
                faults.note("email", "excluded", "cannot be given with user_id");
                None
            }
            (None, None) => {
                faults.note("user_id", "required", "or email must be given");
                None
            }
        };
        faults.finish(who.zip(role))
    }
}

/// Adds somebody to a team.
///
/// A member of the organization is in it at once. Whoever is none is invited into the organization, as its member (or
/// viewer, for a viewer of the team), and joins the team with it: that takes the right to invite such people.
#[utoipa::path(post, path = "/teams/{team_id}/members", tag = "teams", operation_id = "addTeamMember",
    params(("team_id" = Uuid, Path, description = "The team's id.")),
    request_body = AddTeamMember,
    responses((status = 201, description = "What became of it.", body = One<AddedDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, RoleTooHigh, AlreadyMember, LimitReached, PersonalOrganization, Conflict
    ]))))]
pub async fn add(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<TeamId>,
    Body(body): Body<AddTeamMember>,
) -> Result<Created<AddedDto>, Problem> {
    let (who, role) = body.try_into()?;
    Ok(Created::plain(
        team::add_team_member(&app, &call, id, &who, role)
            .await?
            .into(),
    ))
}

/// A person's role in a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTeamMemberRole {
    /// admin, member or viewer.
    #[schema(example = "viewer")]
    role: String,
}

/// Gives one of a team's people another role.
///
/// The last admin stays one, and so does the owner until the team is handed over.
#[utoipa::path(patch, path = "/teams/{team_id}/members/{user_id}", tag = "teams",
    operation_id = "changeTeamMemberRole",
    params(("team_id" = Uuid, Path, description = "The team's id."),
        ("user_id" = Uuid, Path, description = "The person's id."), IfMatch),
    request_body = ChangeTeamMemberRole,
    responses((status = 200, description = "The person's place in the team.", body = One<MemberDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, LastAdmin, LastOwner, Conflict]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((id, user)): Segments<(TeamId, UserId)>,
    Body(body): Body<ChangeTeamMemberRole>,
) -> Result<Data<MemberDto>, Problem> {
    let mut faults = Faults::new();
    let role = faults.take("role", body.role.parse());
    let member = team::change_team_member_role(&app, &call, id, user, faults.finish(role)?).await?;
    let version = member.member.version;
    Ok(Data::versioned(member.into(), version))
}

/// Takes somebody out of a team.
///
/// Everybody may leave; the last admin cannot, nor can the owner before the team is handed over.
#[utoipa::path(delete, path = "/teams/{team_id}/members/{user_id}", tag = "teams", operation_id = "removeTeamMember",
    params(("team_id" = Uuid, Path, description = "The team's id."),
        ("user_id" = Uuid, Path, description = "The person's id.")),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![Forbidden, LastAdmin, LastOwner, Conflict]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((id, user)): Segments<(TeamId, UserId)>,
) -> Result<NoContent, Problem> {
    team::remove_team_member(&app, &call, id, user).await?;
    Ok(NoContent)
}
