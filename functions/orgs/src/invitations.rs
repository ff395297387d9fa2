//! Listing invitations, taking them back, answering them.

use app::App;
use app::membership::invitation;
use app::tenant::OrgRef;
use axum::extract::State;
use domain::Error;
use domain::id::InvitationId;
use domain::text::Fault;
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Data, Listed};
use edge::{Caller, OptionalBody, Params, Problem, Segment, Segments};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::dto::{AnswerDto, InvitationDto};

/// Which invitations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListInvitations {
    /// pending, accepted, declined, revoked or expired.
    state: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists an organization's invitations.
///
/// The newest first. Whoever runs only projects finds those into their projects. The list may lag behind a write by
/// about a second.
#[utoipa::path(get, path = "/organizations/{org}/invitations", tag = "organizations",
    operation_id = "listInvitations",
    params(("org" = String, Path, description = "The organization's id or slug."), ListInvitations),
    responses((status = 200, description = "A page of invitations.", body = Many<InvitationDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Params(query): Params<ListInvitations>,
) -> Result<Listed<InvitationDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let state = query.state.as_deref().map(str::parse).transpose();
    let state = state.map_err(|fault: Fault| Error::filter("state", fault.message))?;
    let page =
        invitation::list_invitations(&app, &call, &org, state, limit, query.cursor.as_deref())
            .await?;
    let row = |listed: invitation::ListedInvitation| InvitationDto {
        suspended: Some(listed.is_suspended),
        ..InvitationDto::at(call.at, listed.row)
    };
    Ok(Listed::page(page.map(row)))
}

/// Takes an invitation back.
///
/// Its mailed token is void from then on.
#[utoipa::path(delete, path = "/organizations/{org}/invitations/{invitation_id}", tag = "organizations",
    operation_id = "revokeInvitation",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("invitation_id" = uuid::Uuid, Path, description = "The invitation's id."), IfMatch),
    responses((status = 200, description = "The revoked invitation.", body = One<InvitationDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, RoleTooHigh, AlreadyAccepted, Gone]))))]
pub async fn revoke(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, InvitationId)>,
) -> Result<Data<InvitationDto>, Problem> {
    let invitation = invitation::revoke_invitation(&app, &call, &org, id).await?;
    let version = invitation.version;
    Ok(Data::versioned(
        InvitationDto::at(call.at, invitation),
        version,
    ))
}

/// The answer to an invitation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerInvitation {
    /// True to decline it.
    #[schema(example = false)]
    decline: bool,
}

/// Accepts or declines an invitation to your own address.
///
/// You must have verified the address; otherwise use the token that was mailed to it. An empty body accepts.
#[utoipa::path(post, path = "/organizations/{org}/invitations/{invitation_id}/accept", tag = "organizations",
    operation_id = "answerInvitation",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("invitation_id" = uuid::Uuid, Path, description = "The invitation's id.")),
    request_body = Option<AnswerInvitation>,
    responses((status = 200, description = "The membership.", body = One<AnswerDto>)),
    extensions(("x-errors" = json!(edge::codes![
        EmailUnverified, AlreadyAccepted, AlreadyMember, LimitReached, Gone
    ]))))]
pub async fn answer(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, InvitationId)>,
    OptionalBody(body): OptionalBody<AnswerInvitation>,
) -> Result<Data<AnswerDto>, Problem> {
    Ok(Data::plain(
        invitation::answer_invitation(&app, &call, &org, id, body.decline)
            .await?
            .into(),
    ))
}
