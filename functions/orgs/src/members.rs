//! An organization's people.

use app::App;
use app::membership::member::{self, MemberFilter};
use app::tenant::OrgRef;
use axum::extract::State;
use domain::id::UserId;
use domain::text::{Fault, Needle};
use domain::{Error, Faults};
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Data, Listed, NoContent};
use edge::{Body, Caller, Params, Problem, Segment, Segments};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::dto::MemberDto;

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMembers {
    /// Of this role only.
    role: Option<String>,
    /// In this team only.
    team: Option<String>,
    /// Whose username or name contains this.
    q: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists an organization's people.
///
/// In the order in which they joined. Guests find only the people of their projects. The list may lag behind a write
/// by about a second.
#[utoipa::path(get, path = "/organizations/{org}/members", tag = "organizations",
    operation_id = "listOrganizationMembers",
    params(("org" = String, Path, description = "The organization's id or slug."), ListMembers),
    responses((status = 200, description = "A page of people.", body = Many<MemberDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Params(query): Params<ListMembers>,
) -> Result<Listed<MemberDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let role = query.role.as_deref().map(str::parse).transpose();
    let role = role.map_err(|fault: Fault| Error::filter("role", fault.message))?;
    let team = query.team.as_deref().map(str::parse).transpose();
    let team = team.map_err(|_| Error::filter("team", "must be a team's id"))?;
    let filter = MemberFilter {
        role,
        q: query.q.as_deref().map(Needle::new),
        team,
    };
    let page =
        member::list_members(&app, &call, &org, &filter, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(MemberDto::from)))
}

/// A member's role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    /// owner, admin, manager, member, viewer or guest.
    #[schema(example = "manager")]
    role: String,
}

/// Changes a member's role.
///
/// Owners change everybody's; admins those below admin, to roles below admin. One owner always stays. To make somebody an
/// owner, or no owner any more, the password must have been shown in the last ten minutes.
#[utoipa::path(patch, path = "/organizations/{org}/members/{user_id}", tag = "organizations",
    operation_id = "changeOrganizationMemberRole",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("user_id" = uuid::Uuid, Path, description = "The person's id."), IfMatch),
    request_body = ChangeRole,
    responses((status = 200, description = "The member.", body = One<MemberDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, RoleTooHigh, LastOwner, ProofRequired
    ]))))]
pub async fn change_role(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, user)): Segments<(OrgRef, UserId)>,
    Body(body): Body<ChangeRole>,
) -> Result<Data<MemberDto>, Problem> {
    let mut faults = Faults::new();
    let role = faults.take("role", body.role.parse());
    let member = member::change_member_role(&app, &call, &org, user, faults.finish(role)?).await?;
    let version = member.version;
    Ok(Data::versioned(member.into(), version))
}

/// Which parameters removing takes: none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {}

/// Removes a member, or lets you leave.
///
/// Owners remove everybody, admins those below admin, and everybody may leave; the last owner cannot. What they made and
/// what is assigned to them stays as it is, but for the ways in: join codes that they made and invitations that they sent
/// are suspended, until an admin keeps the code or sends the invitation again. Whoever was removed comes back only by an
/// invitation sent after that, not by a code or a domain. To remove an owner, the password must have been shown in the last
/// ten minutes.
#[utoipa::path(delete, path = "/organizations/{org}/members/{user_id}", tag = "organizations",
    operation_id = "removeOrganizationMember",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("user_id" = uuid::Uuid, Path, description = "The person's id."), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, RoleTooHigh, LastOwner, PersonalOrganization, ProofRequired
    ]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, user)): Segments<(OrgRef, UserId)>,
    Params(RemoveMember {}): Params<RemoveMember>,
) -> Result<NoContent, Problem> {
    member::remove_member(&app, &call, &org, user).await?;
    Ok(NoContent)
}
