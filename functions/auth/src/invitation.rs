//! Invitations by the token that was mailed.

use app::account::auth::{Auth, invitation};
use app::membership::invitation::admission::Membership;
use axum::extract::State;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, OptionalBody, Problem, Segment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::OrganizationDto;

/// What an invitation offers.
#[derive(Serialize, ToSchema)]
pub struct InvitationPreview {
    /// The organization that one would join.
    pub organization: PreviewedOrganization,
    /// The role that waits: owner, admin, manager, member, viewer or guest.
    #[schema(example = "member")]
    pub role: &'static str,
    /// Who invites.
    pub inviter: Option<PreviewedPerson>,
    /// The address that is invited.
    #[schema(example = "bob@example.com")]
    pub email: String,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// An organization, as strangers with an invitation see it.
#[derive(Serialize, ToSchema)]
pub struct PreviewedOrganization {
    /// What it is called.
    #[schema(example = "Acme")]
    pub name: String,
}

/// A person, as strangers with an invitation see them.
#[derive(Serialize, ToSchema)]
pub struct PreviewedPerson {
    /// What the person is called; without that, the username.
    #[schema(example = "Ann Lee")]
    pub name: String,
}

impl From<invitation::Preview> for InvitationPreview {
    fn from(preview: invitation::Preview) -> Self {
        let name = |person: domain::account::Profile| PreviewedPerson {
            name: person
                .full_name
                .map_or_else(|| person.username.to_string(), String::from),
        };
        Self {
            organization: PreviewedOrganization {
                name: preview.org.name.into(),
            },
            role: preview.invitation.role.as_str(),
            inviter: preview.inviter.map(name),
            email: preview.invitation.email.to_string(),
            expires_at: preview.invitation.expires_at,
        }
    }
}

/// Shows what an invitation offers.
///
/// Nothing changes by looking. One that has expired, was taken back, declined, or replaced by a later mail is gone.
#[utoipa::path(get, path = "/invitations/{token}", tag = "auth", operation_id = "previewInvitation", security(()),
    params(("token" = String, Path, description = "The token from the mail.")),
    responses((status = 200, description = "What it offers.", body = One<InvitationPreview>)),
    extensions(("x-errors" = json!(edge::codes![NotFound, Gone, AlreadyAccepted, RateLimited]))))]
pub async fn preview(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Segment(token): Segment<String>,
) -> Result<Data<InvitationPreview>, Problem> {
    Ok(Data::plain(
        invitation::preview_invitation(&auth, &call, &token)
            .await?
            .into(),
    ))
}

/// The answer to an invitation.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerInvitation {
    /// True to decline it.
    #[schema(example = false)]
    decline: bool,
}

/// What came of an invitation.
#[derive(Serialize, ToSchema)]
#[schema(as = AnsweredInvitation)]
pub struct MembershipDto {
    /// The organization, with the role that one has now; if it was declined, with the role that was offered.
    pub organization: OrganizationDto,
    /// accepted or declined.
    #[schema(example = "accepted")]
    pub state: &'static str,
}

impl From<Membership> for MembershipDto {
    fn from(membership: Membership) -> Self {
        let organization = OrganizationDto::new(membership.org, membership.role);
        Self {
            organization,
            state: membership.state.as_str(),
        }
    }
}

/// Accepts an invitation, or declines it.
///
/// The account's address must be the invited one; since the token has reached it, it is verified. The first
/// organization besides the personal one is where things go from now on when none is named.
#[utoipa::path(post, path = "/invitations/{token}/accept", tag = "auth", operation_id = "acceptInvitation",
    request_body = Option<AnswerInvitation>,
    params(("token" = String, Path, description = "The token from the mail.")),
    responses((status = 200, description = "What came of it.", body = One<MembershipDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Gone, AlreadyAccepted, AlreadyMember, EmailMismatch, LimitReached
    ]))))]
pub async fn accept(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Segment(token): Segment<String>,
    OptionalBody(body): OptionalBody<AnswerInvitation>,
) -> Result<Data<MembershipDto>, Problem> {
    Ok(Data::plain(
        invitation::accept_invitation(&auth, &call, &token, body.decline)
            .await?
            .into(),
    ))
}
