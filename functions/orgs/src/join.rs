//! `POST /organizations/join`.

use app::membership::joining::{self, Admission, Joined, Way};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::{Created, Postponed};
use edge::{Body, Caller, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::OrganizationName;
use crate::state::Orgs;

/// How to join: by a code, or by the domain of your verified e-mail address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "join_code": "7k3w-9d2q8n5x1v6b4t0z-2m8hp0" }))]
pub struct JoinOrganization {
    /// The code that you were given, in any case, with or without hyphens.
    #[schema(example = "7k3w-9d2q-8n5x-1v6b-4t0z-2m8h-p0")]
    join_code: Option<String>,
    /// Instead of a code: the id or slug of an organization whose domain your verified address is of.
    #[schema(example = "acme")]
    organization: Option<String>,
}

impl TryFrom<JoinOrganization> for Way {
    type Error = Error;

    fn try_from(body: JoinOrganization) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let way = match (body.join_code, body.organization) {
            (Some(code), None) => faults.take("join_code", code.parse()).map(Self::Code),
            (None, Some(org)) => {
                let org = org.parse().map_err(|_| {
                    Fault::new("invalid", "must be the id or slug of an organization")
                });
                faults.take("organization", org).map(Self::Domain)
            }
            (None, None) => {
                faults.note("join_code", "required", "is required, or organization");
                None
            }
            (Some(_), Some(_)) => {
                faults.note(
                    "organization",
                    "excluded",
                    "must not be given with join_code",
                );
                None
            }
        };
        faults.finish(way)
    }
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinResult)]
pub struct JoinDto {
    /// The organization.
    organization: OrganizationName,
    /// The role that you have, or will have: member, viewer or guest.
    #[schema(example = "member")]
    role: &'static str,
    /// member, or pending until an admin has approved it.
    #[schema(example = "member")]
    state: &'static str,
}

impl From<Joined> for JoinDto {
    fn from(joined: Joined) -> Self {
        let state = match joined.entry {
            Admission::Member => "member",
            Admission::Asked => "pending",
        };
        Self {
            organization: joined.org.into(),
            role: joined.role.as_str(),
            state,
        }
    }
}

/// Joins an organization.
///
/// By a join code, or by your verified e-mail address, if its domain is one that the organization has verified. Codes and
/// domains may want an admin's approval: then it is 202, and the admins see your names and, if it is verified, your
/// address. A code that is unknown, expired, revoked or used up is 404. Ten attempts a minute are allowed.
#[utoipa::path(post, path = "/organizations/join", tag = "organizations", operation_id = "joinOrganization",
    request_body = JoinOrganization,
    responses(
        (status = 201, description = "You belong to it.", body = One<JoinDto>),
        (status = 202, description = "An admin has to approve it.", body = One<JoinDto>)),
    extensions(("x-errors" = json!(edge::codes![
        EmailUnverified, NotFound, AlreadyMember, LimitReached
    ]))))]
pub async fn join(
    State(orgs): State<Orgs>,
    Caller(call): Caller,
    Body(body): Body<JoinOrganization>,
) -> Result<Response, Problem> {
    let joined = joining::join_organization(
        &orgs.app,
        &call,
        &body.try_into()?,
        orgs.attempts_per_address,
    )
    .await?;
    Ok(match joined.entry {
        Admission::Member => Created::plain(JoinDto::from(joined)).into_response(),
        Admission::Asked => Postponed(JoinDto::from(joined)).into_response(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_or_an_organization_is_given_and_not_both() {
        let read =
            |json: &str| Way::try_from(serde_json::from_str::<JoinOrganization>(json).unwrap());
        assert!(matches!(
            read(r#"{"organization":"acme"}"#),
            Ok(Way::Domain(_))
        ));
        let code = "0".repeat(26);
        assert!(matches!(
            read(&format!(r#"{{"join_code":"{code}"}}"#)),
            Ok(Way::Code(_))
        ));
        for (json, field) in [
            ("{}".to_owned(), "/join_code"),
            (
                format!(r#"{{"join_code":"{code}","organization":"acme"}}"#),
                "/organization",
            ),
            (r#"{"join_code":"x"}"#.to_owned(), "/join_code"),
            (
                r#"{"organization":"Not a slug"}"#.to_owned(),
                "/organization",
            ),
        ] {
            let Err(Error::Invalid(faults)) = read(&json) else {
                panic!("{json}")
            };
            assert_eq!(faults[0].field, field, "{json}");
        }
    }
}
