//! Requests to join.

use app::App;
use app::membership::joining;
use app::tenant::OrgRef;
use axum::extract::State;
use domain::call::Versioned;
use domain::id::UserId;
use domain::membership::joining::JoinRequest;
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Data, Listed};
use edge::{Caller, Params, Problem, Segment, Segments};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A person's request to join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinRequest)]
pub struct JoinRequestDto {
    /// The organization.
    organization_id: Uuid,
    /// Who asks.
    user_id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ben")]
    username: String,
    /// What they are called.
    #[schema(example = "Ben Example")]
    full_name: Option<String>,
    /// Their address, if they have shown that it is theirs.
    #[schema(example = "ben@acme.example")]
    email: Option<String>,
    /// The role that they would have: member, viewer or guest.
    #[schema(example = "member")]
    role: &'static str,
    /// pending, approved or rejected.
    #[schema(example = "pending")]
    state: &'static str,
    /// When they asked.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: Uuid,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 1)]
    version: u64,
}

impl From<Versioned<JoinRequest>> for JoinRequestDto {
    fn from(request: Versioned<JoinRequest>) -> Self {
        let (version, request) = (request.version, request.value);
        Self {
            organization_id: request.org.uuid(),
            user_id: request.user.uuid(),
            username: request.username.to_string(),
            full_name: request.full_name.map(Into::into),
            email: request.email.map(|email| email.to_string()),
            role: request.role.as_str(),
            state: request.state.as_str(),
            created_at: request.created_at,
            updated_at: request.updated_at,
            updated_by: request.updated_by.uuid(),
            version,
        }
    }
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListJoinRequests {
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the requests to join that wait for an answer.
///
/// For the organization's owners and admins. The oldest first. The list may lag behind a write by about a second.
#[utoipa::path(get, path = "/organizations/{org}/join-requests", tag = "organizations",
    operation_id = "listJoinRequests",
    params(("org" = String, Path, description = "The organization's id or slug."), ListJoinRequests),
    responses((status = 200, description = "A page of requests.", body = Many<JoinRequestDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Params(query): Params<ListJoinRequests>,
) -> Result<Listed<JoinRequestDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page =
        joining::list_join_requests(&app, &call, &org, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(JoinRequestDto::from)))
}

/// Approves a request to join.
///
/// The person belongs to the organization from then on, in the role of the code or domain by which they have asked.
#[utoipa::path(post, path = "/organizations/{org}/join-requests/{user_id}/approve", tag = "organizations",
    operation_id = "approveJoinRequest",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("user_id" = uuid::Uuid, Path, description = "The id of the person who asks."), IfMatch),
    responses((status = 200, description = "The approved request.", body = One<JoinRequestDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, PersonalOrganization, AlreadyAnswered, LimitReached
    ]))))]
pub async fn approve(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, user)): Segments<(OrgRef, UserId)>,
) -> Result<Data<JoinRequestDto>, Problem> {
    let request = joining::approve_join_request(&app, &call, &org, user).await?;
    let version = request.version;
    Ok(Data::versioned(request.into(), version))
}

/// Rejects a request to join.
///
/// The person may ask again.
#[utoipa::path(post, path = "/organizations/{org}/join-requests/{user_id}/reject", tag = "organizations",
    operation_id = "rejectJoinRequest",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("user_id" = uuid::Uuid, Path, description = "The id of the person who asks."), IfMatch),
    responses((status = 200, description = "The rejected request.", body = One<JoinRequestDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, PersonalOrganization, AlreadyAnswered
    ]))))]
pub async fn reject(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, user)): Segments<(OrgRef, UserId)>,
) -> Result<Data<JoinRequestDto>, Problem> {
    let request = joining::reject_join_request(&app, &call, &org, user).await?;
    let version = request.version;
    Ok(Data::versioned(request.into(), version))
}
