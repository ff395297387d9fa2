//! `PATCH /organizations/{org}`.

use app::App;
use app::membership::organization::{self, OrganizationChange};
use app::tenant::OrgRef;
use axum::extract::State;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::patch::Field;
use edge::reply::Data;
use edge::{Body, Caller, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::{nullable, value};
use crate::dto::OrganizationDto;

/// What to change. An absent member stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOrganization {
    /// What it is called; unique, whatever the case and spacing.
    #[serde(default)]
    #[schema(value_type = String, example = "Acme International", max_length = 80)]
    name: Field<String>,
    /// Its name in addresses; unique. The old one leads nowhere from then on.
    #[serde(default)]
    #[schema(value_type = String, example = "acme-int")]
    slug: Field<String>,
    /// Where it can be reached; unique; null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "office@acme.example")]
    email: Field<String>,
    /// What admins may set.
    #[serde(default, deserialize_with = "edge::object::required")]
    settings: UpdateSettings,
}

/// Which settings to change.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettings {
    /// Members (not only managers) may make projects.
    #[serde(default)]
    #[schema(value_type = bool, example = false)]
    members_can_create_projects: Field<bool>,
    /// Members (not only managers) may make teams.
    #[serde(default)]
    #[schema(value_type = bool, example = true)]
    members_can_create_teams: Field<bool>,
}

impl TryFrom<UpdateOrganization> for OrganizationChange {
    type Error = Error;

    fn try_from(body: UpdateOrganization) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = value(&mut faults, "name", body.name);
        let slug = value(&mut faults, "slug", body.slug);
        let email = nullable(&mut faults, "email", body.email);
        let mut setting = |name: &str, given: Field<bool>| match given {
            Field::Absent => None,
            Field::Value(may) => Some(may),
            Field::Null => {
                faults.note(&format!("/settings/{name}"), "required", "must not be null");
                None
            }
        };
        let settings = body.settings;
        let members_can_create_projects = setting(
            "members_can_create_projects",
            settings.members_can_create_projects,
        );
        let members_can_create_teams = setting(
            "members_can_create_teams",
            settings.members_can_create_teams,
        );
        faults.finish(Some(Self {
            name,
            slug,
            email,
            members_can_create_projects,
            members_can_create_teams,
        }))
    }
}

/// Changes an organization.
///
/// For its owners and admins.
#[utoipa::path(patch, path = "/organizations/{org}", tag = "organizations", operation_id = "updateOrganization",
    params(("org" = String, Path, description = "The organization's id or slug."), edge::openapi::IfMatch),
    request_body = UpdateOrganization,
    responses((status = 200, description = "The organization.", body = One<OrganizationDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, SlugTaken, NameTaken, EmailTaken]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Body(body): Body<UpdateOrganization>,
) -> Result<Data<OrganizationDto>, Problem> {
    Ok(OrganizationDto::answer(
        organization::update_organization(&app, &call, &org, &body.try_into()?).await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<OrganizationChange, Error> {
        serde_json::from_str::<UpdateOrganization>(json)
            .unwrap()
            .try_into()
    }

    #[test]
    fn null_takes_the_address_away_and_nothing_else() {
        assert_eq!(read(r#"{"email":null}"#).unwrap().email, Some(None));
        assert_eq!(read("{}").unwrap().email, None);
        let json = r#"{"name":null,"slug":null,"settings":{"members_can_create_projects":null}}"#;
        let Err(Error::Invalid(faults)) = read(json) else {
            panic!("null was taken")
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            ["/name", "/slug", "/settings/members_can_create_projects"]
        );
    }
}
