//! `DELETE /organizations/{org}`, `POST /organizations/{org}/restore`.

use app::App;
use app::membership::organization;
use app::tenant::OrgRef;
use axum::extract::State;
use edge::openapi::{IfMatch, One};
use edge::reply::Data;
use edge::{Body, Caller, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::OrganizationDto;

/// That the deletion is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteOrganization {
    /// The organization's slug.
    #[schema(example = "acme")]
    confirm_slug: String,
}

/// Deletes an organization.
///
/// With all that is in it, for everybody, at once. Its owners can restore it for 30 days, by its id or its slug. The
/// password must have been shown in the last ten minutes.
#[utoipa::path(delete, path = "/organizations/{org}", tag = "organizations", operation_id = "deleteOrganization",
    params(("org" = String, Path, description = "The organization's id or slug."), IfMatch),
    request_body = DeleteOrganization,
    responses((status = 200, description = "The deleted organization.", body = One<OrganizationDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization, ProofRequired]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Body(body): Body<DeleteOrganization>,
) -> Result<Data<OrganizationDto>, Problem> {
    Ok(OrganizationDto::answer(
        organization::delete_organization(&app, &call, &org, &body.confirm_slug).await?,
    ))
}

/// Restores a deleted organization.
///
/// With all that was in it.
#[utoipa::path(post, path = "/organizations/{org}/restore", tag = "organizations",
    operation_id = "restoreOrganization",
    params(("org" = String, Path, description = "The organization's id or slug."), IfMatch),
    responses((status = 200, description = "The organization.", body = One<OrganizationDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotDeleted, Gone]))))]
pub async fn restore(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
) -> Result<Data<OrganizationDto>, Problem> {
    Ok(OrganizationDto::answer(
        organization::restore_organization(&app, &call, &org).await?,
    ))
}
