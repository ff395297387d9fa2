//! Codes by which people join.

use app::App;
use app::membership::joining::{self, ListedCode, Made, NewCode};
use app::tenant::OrgRef;
use axum::extract::State;
use domain::call::Versioned;
use domain::id::JoinCodeId;
use domain::membership::joining::JoinCode;
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Created, Data, Listed};
use edge::{Body, Caller, Params, Problem, Segment, Segments};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A code by which people join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinCode)]
pub struct JoinCodeDto {
    /// Its id.
    id: Uuid,
    /// The organization.
    organization_id: Uuid,
    /// The code itself: told once, when it is made or rotated, and not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "7k3w9d2q8n5x1v6b4t0z2m8hp0")]
    code: Option<String>,
    /// How it begins.
    #[schema(example = "7k3w")]
    prefix: String,
    /// The role of those who join: member, viewer or guest.
    #[schema(example = "member")]
    role: &'static str,
    /// Whether an admin has to approve each.
    #[schema(example = false)]
    approval: bool,
    /// How often it can be used; null without a limit.
    #[schema(example = 25)]
    max_uses: Option<u32>,
    /// How often it was used.
    #[schema(example = 3)]
    uses: u32,
    /// When it was last used.
    last_used_at: Option<Timestamp>,
    /// Until when it can be used; null for ever.
    expires_at: Option<Timestamp>,
    /// In lists: whether it lets nobody in for now, since whoever stands for it (its maker, or who has kept or rotated it
    /// last) may not let people in any more. An admin may keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    suspended: Option<bool>,
    /// Who stands for it.
    kept_by: Uuid,
    /// When it was made.
    created_at: Timestamp,
    /// Who made it.
    created_by: Uuid,
    /// When it was last changed or used.
    updated_at: Timestamp,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    /// Counts its changes and uses; the `ETag` and `If-Match` of it.
    #[schema(example = 1)]
    version: u64,
}

impl From<Versioned<JoinCode>> for JoinCodeDto {
    fn from(code: Versioned<JoinCode>) -> Self {
        let (version, code) = (code.version, code.value);
        Self {
            suspended: None,
            kept_by: code.voucher().user.uuid(),
            id: code.id.uuid(),
            organization_id: code.org.uuid(),
            code: None,
            prefix: code.prefix,
            role: code.role.as_str(),
            approval: code.approval,
            max_uses: code.max_uses,
            uses: code.uses,
            last_used_at: code.used_at,
            expires_at: code.expires_at,
            created_at: code.created_at,
            created_by: code.created_by.uuid(),
            updated_at: code.updated_at,
            revoked_at: code.deleted_at,
            version,
        }
    }
}

impl From<ListedCode> for JoinCodeDto {
    fn from(listed: ListedCode) -> Self {
        Self {
            suspended: Some(listed.is_suspended),
            ..listed.row.into()
        }
    }
}

impl From<Made> for JoinCodeDto {
    fn from(made: Made) -> Self {
        Self {
            code: made.code.map(|code| code.as_str().to_owned()),
            ..made.kept.into()
        }
    }
}

/// A new code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateJoinCode {
    /// The role of those who join: member, viewer or guest.
    #[schema(example = "member")]
    role: String,
    /// Whether an admin has to approve each; false if absent.
    #[serde(default)]
    #[schema(example = false)]
    approval: bool,
    /// How often it can be used, 1 to 10,000; without a limit if absent.
    #[schema(example = 25, minimum = 1, maximum = 10000)]
    max_uses: Option<u32>,
    /// Until when it can be used (RFC 3339); for ever if absent.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl TryFrom<CreateJoinCode> for NewCode {
    type Error = Error;

    fn try_from(body: CreateJoinCode) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let role = faults.take("role", body.role.parse());
        if body
            .max_uses
            .is_some_and(|most| !(1..=JoinCode::MAX_USES).contains(&most))
        {
            faults.note(
                "max_uses",
                "range",
                format!("must be a number from 1 to {}", JoinCode::MAX_USES),
            );
        }
        let moment = |text: String| {
            let moment = text
                .parse::<Timestamp>()
                .ok()
                .filter(|at| Timestamp::UNIX_EPOCH < *at && text.len() <= 40);
            // Cut to what is stored.
            let moment =
                moment.and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok());
            moment.ok_or_else(|| {
                Fault::new("invalid", "must be a moment such as 2030-01-31T12:00:00Z")
            })
        };
        let expires_at = body
            .expires_at
            .and_then(|text| faults.take("expires_at", moment(text)));
        let (approval, max_uses) = (body.approval, body.max_uses);
        faults.finish(role.map(|role| Self {
            role,
            approval,
            max_uses,
            expires_at,
        }))
    }
}

/// Creates a join code.
///
/// For the organization's owners and admins who have shown their password in the last ten minutes. Whoever has the code can join with it, so the answer is the only place
/// where it stands; a lost code is rotated. Those who come in by it never run anything.
#[utoipa::path(post, path = "/organizations/{org}/join-codes", tag = "organizations", operation_id = "createJoinCode",
    params(("org" = String, Path, description = "The organization's id or slug.")),
    request_body = CreateJoinCode,
    responses((status = 201, description = "The code.", body = One<JoinCodeDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization, ProofRequired]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Body(body): Body<CreateJoinCode>,
) -> Result<Created<JoinCodeDto>, Problem> {
    let made = joining::create_join_code(&app, &call, &org, &body.try_into()?).await?;
    let (path, version) = (
        format!("/organizations/{}/join-codes", made.kept.value.org),
        made.kept.version,
    );
    Ok(Created::at(path, made.into(), version))
}

/// Which codes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListJoinCodes {
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists an organization's join codes.
///
/// For its owners and admins. The newest first, without the codes themselves; revoked ones are left out. The list may lag
/// behind a write by about a second.
#[utoipa::path(get, path = "/organizations/{org}/join-codes", tag = "organizations", operation_id = "listJoinCodes",
    params(("org" = String, Path, description = "The organization's id or slug."), ListJoinCodes),
    responses((status = 200, description = "A page of codes.", body = Many<JoinCodeDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Params(query): Params<ListJoinCodes>,
) -> Result<Listed<JoinCodeDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page = joining::list_join_codes(&app, &call, &org, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(JoinCodeDto::from)))
}

/// Replaces a join code by a new one.
///
/// The old one lets nobody in from then on; limit, uses and term stay as they are, and you stand for it from now on. The new code stands in this answer
/// only.
#[utoipa::path(post, path = "/organizations/{org}/join-codes/{code_id}/rotate", tag = "organizations",
    operation_id = "rotateJoinCode",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("code_id" = uuid::Uuid, Path, description = "The code's id."), IfMatch),
    responses((status = 200, description = "The new code.", body = One<JoinCodeDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization, ProofRequired]))))]
pub async fn rotate(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, JoinCodeId)>,
) -> Result<Data<JoinCodeDto>, Problem> {
    let made = joining::rotate_join_code(&app, &call, &org, id).await?;
    let version = made.kept.version;
    Ok(Data::versioned(made.into(), version))
}

/// Keeps a join code under one's own name.
///
/// A code counts as long as whoever stands for it may make codes: at first its maker. After this it is you, so a code of
/// somebody who was removed or has another role now lets people in again. It does not let in whoever was removed from the
/// organization.
#[utoipa::path(post, path = "/organizations/{org}/join-codes/{code_id}/keep", tag = "organizations",
    operation_id = "keepJoinCode",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("code_id" = uuid::Uuid, Path, description = "The code's id."), IfMatch),
    responses((status = 200, description = "The code.", body = One<JoinCodeDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization, ProofRequired]))))]
pub async fn keep(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, JoinCodeId)>,
) -> Result<Data<JoinCodeDto>, Problem> {
    let code = joining::keep_join_code(&app, &call, &org, id).await?;
    let version = code.version;
    Ok(Data::versioned(code.into(), version))
}

/// Revokes a join code.
///
/// It lets nobody in from then on. Those who have joined by it stay.
#[utoipa::path(delete, path = "/organizations/{org}/join-codes/{code_id}", tag = "organizations",
    operation_id = "revokeJoinCode",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("code_id" = uuid::Uuid, Path, description = "The code's id."), IfMatch),
    responses((status = 200, description = "The revoked code.", body = One<JoinCodeDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization]))))]
pub async fn revoke(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, JoinCodeId)>,
) -> Result<Data<JoinCodeDto>, Problem> {
    let code = joining::revoke_join_code(&app, &call, &org, id).await?;
    let version = code.version;
    Ok(Data::versioned(code.into(), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_member_is_named() {
        let json = r#"{"role":"admin","max_uses":0,"expires_at":"tomorrow"}"#;
        let Err(Error::Invalid(faults)) =
            NewCode::try_from(serde_json::from_str::<CreateJoinCode>(json).unwrap())
        else {
            panic!("taken")
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/role", "/max_uses", "/expires_at"]);
    }
}
