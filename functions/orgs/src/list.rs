//! `GET /organizations`.

use app::App;
use app::membership::organization;
use axum::extract::State;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::OrganizationDto;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListOrganizations {
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists your organizations.
///
/// Your personal one first, then in the order in which you joined them, each with your role. Deleted ones are left out.
#[utoipa::path(get, path = "/organizations", tag = "organizations", operation_id = "listOrganizations",
    params(ListOrganizations),
    responses((status = 200, description = "A page of organizations.", body = Many<OrganizationDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListOrganizations>,
) -> Result<Listed<OrganizationDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page =
        organization::list_organizations(&app, &call, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(OrganizationDto::from)))
}
