//! `POST /organizations`.

use app::App;
use app::membership::organization::{self, NewOrganization};
use axum::extract::State;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::OrganizationDto;

/// A new organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOrganization {
    /// What it is called; unique, whatever the case and spacing.
    #[schema(example = "Acme", max_length = 80)]
    name: String,
    /// Its name in addresses; unique; made from the name if absent.
    #[schema(example = "acme")]
    slug: Option<String>,
    /// Where it can be reached; unique.
    #[schema(example = "office@acme.example")]
    email: Option<String>,
}

impl TryFrom<CreateOrganization> for NewOrganization {
    type Error = Error;

    fn try_from(body: CreateOrganization) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = faults.take("name", body.name.parse());
        let slug = body.slug.and_then(|text| faults.take("slug", text.parse()));
        let email = body
            .email
            .and_then(|text| faults.take("email", text.parse()));
        faults.finish(name.map(|name| Self { name, slug, email }))
    }
}

/// Creates an organization.
///
/// You become its owner. The first one besides your personal one becomes your default organization, which is where
/// things go that name none. You can belong to 50.
#[utoipa::path(post, path = "/organizations", tag = "organizations", operation_id = "createOrganization",
    request_body = CreateOrganization,
    responses((status = 201, description = "The organization.", body = One<OrganizationDto>)),
    extensions(("x-errors" = json!(edge::codes![SlugTaken, NameTaken, EmailTaken, LimitReached]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateOrganization>,
) -> Result<Created<OrganizationDto>, Problem> {
    Ok(OrganizationDto::made(
        organization::create_organization(&app, &call, &body.try_into()?).await?,
    ))
}
