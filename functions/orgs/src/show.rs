//! `GET /organizations/{org}`.

use app::App;
use app::membership::organization;
use app::tenant::OrgRef;
use axum::extract::State;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Problem, Segment};

use crate::dto::OrganizationDto;

/// Shows an organization.
///
/// Guests see only its names and their role.
#[utoipa::path(get, path = "/organizations/{org}", tag = "organizations", operation_id = "getOrganization",
    params(("org" = String, Path, description = "The organization's id or slug.")),
    responses((status = 200, description = "The organization.", body = One<OrganizationDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
) -> Result<Data<OrganizationDto>, Problem> {
    Ok(OrganizationDto::answer(
        organization::get_organization(&app, &call, &org).await?,
    ))
}
