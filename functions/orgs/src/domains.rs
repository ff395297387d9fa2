//! E-mail domains by which people join.

use app::App;
use app::membership::joining::{self, NewDomain};
use app::tenant::OrgRef;
use axum::extract::State;
use domain::call::Versioned;
use domain::id::DomainId;
use domain::membership::joining::OrgDomain;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Created, Data, Listed};
use edge::{Body, Caller, Params, Problem, Segment, Segments};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::state::Orgs;

/// An e-mail domain of an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationDomain)]
pub struct DomainDto {
    /// Its id.
    id: Uuid,
    /// The organization.
    organization_id: Uuid,
    /// The domain.
    #[schema(example = "acme.example")]
    domain: String,
    /// The role of those who join: member, viewer or guest.
    #[schema(example = "member")]
    role: &'static str,
    /// Whether an admin has to approve each.
    #[schema(example = true)]
    approval: bool,
    /// What to publish in the DNS to show that the domain is yours.
    record: RecordDto,
    /// When that was seen; null until then, and nobody joins by the domain.
    verified_at: Option<Timestamp>,
    /// When it was named.
    created_at: Timestamp,
    /// Who named it.
    created_by: Uuid,
    /// When it was last changed.
    updated_at: Timestamp,
    /// When it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 1)]
    version: u64,
}

/// A record of the DNS.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DnsRecord)]
pub struct RecordDto {
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "TXT")]
    kind: &'static str,
    /// Its name. It may stand at the domain itself too.
    #[schema(example = "_elevanalog.acme.example")]
    name: String,
    /// Its value.
    #[schema(example = "elevanalog-verification=2v8k1m4q7x0c3b6n9d5f2h8j4w")]
    value: String,
}

impl From<Versioned<OrgDomain>> for DomainDto {
    fn from(named: Versioned<OrgDomain>) -> Self {
        let (version, named) = (named.version, named.value);
        Self {
            id: named.id.uuid(),
            organization_id: named.org.uuid(),
            record: RecordDto {
                kind: "TXT",
                name: named.record_name(),
                value: named.record_value(),
            },
            domain: named.domain.to_string(),
            role: named.role.as_str(),
            approval: named.approval,
            verified_at: named.verified_at,
            created_at: named.created_at,
            created_by: named.created_by.uuid(),
            updated_at: named.updated_at,
            deleted_at: named.deleted_at,
            version,
        }
    }
}

/// A domain.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimDomain {
    /// The domain. Addresses of its subdomains do not count.
    #[schema(example = "acme.example")]
    domain: String,
    /// The role of those who join: member, viewer or guest.
    #[schema(example = "member")]
    role: String,
    /// Whether an admin has to approve each; false if absent.
    #[serde(default)]
    #[schema(example = true)]
    approval: bool,
}

impl TryFrom<ClaimDomain> for NewDomain {
    type Error = Error;

    fn try_from(body: ClaimDomain) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let domain = faults.take("domain", body.domain.parse());
        let role = faults.take("role", body.role.parse());
        let new = domain.zip(role).map(|(domain, role)| Self {
            domain,
            role,
            approval: body.approval,
        });
        faults.finish(new)
    }
}

/// Names an e-mail domain of the organization.
///
/// For its owners and admins. Publish the record of the answer in the domain's DNS, then verify it: from then on whoever
/// has a verified address of the domain may join. Domains of public mail services are refused.
#[utoipa::path(post, path = "/organizations/{org}/domains", tag = "organizations", operation_id = "claimDomain",
    params(("org" = String, Path, description = "The organization's id or slug.")),
    request_body = ClaimDomain,
    responses((status = 201, description = "The domain, to be verified.", body = One<DomainDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization, DomainTaken]))))]
pub async fn claim(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Body(body): Body<ClaimDomain>,
) -> Result<Created<DomainDto>, Problem> {
    let named = joining::claim_domain(&app, &call, &org, &body.try_into()?).await?;
    let (path, version) = (
        format!("/organizations/{}/domains", named.value.org),
        named.version,
    );
    Ok(Created::at(path, named.into(), version))
}

/// Which domains.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDomains {
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists an organization's e-mail domains.
///
/// For its owners and admins. The newest first. The list may lag behind a write by about a second.
#[utoipa::path(get, path = "/organizations/{org}/domains", tag = "organizations", operation_id = "listDomains",
    params(("org" = String, Path, description = "The organization's id or slug."), ListDomains),
    responses((status = 200, description = "A page of domains.", body = Many<DomainDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Params(query): Params<ListDomains>,
) -> Result<Listed<DomainDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page = joining::list_domains(&app, &call, &org, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(DomainDto::from)))
}

/// Verifies an e-mail domain.
///
/// Looks for the record in the DNS, under its name and at the domain itself. A domain is one organization's at a time: who
/// verifies it first has it. Verifying it again changes nothing.
#[utoipa::path(post, path = "/organizations/{org}/domains/{domain_id}/verify", tag = "organizations",
    operation_id = "verifyDomain",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("domain_id" = uuid::Uuid, Path, description = "The domain's id."), IfMatch),
    responses((status = 200, description = "The domain.", body = One<DomainDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, PersonalOrganization, DomainTaken, DomainUnverified
    ]))))]
pub async fn verify(
    State(orgs): State<Orgs>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, DomainId)>,
) -> Result<Data<DomainDto>, Problem> {
    let named = joining::verify_domain(&orgs.app, &call, &org, id, &orgs.resolver).await?;
    let version = named.version;
    Ok(Data::versioned(named.into(), version))
}

/// Takes an e-mail domain away.
///
/// Nobody joins by it from then on, and another organization can verify it. Those who have joined by it stay.
#[utoipa::path(delete, path = "/organizations/{org}/domains/{domain_id}", tag = "organizations",
    operation_id = "removeDomain",
    params(("org" = String, Path, description = "The organization's id or slug."),
        ("domain_id" = uuid::Uuid, Path, description = "The domain's id."), IfMatch),
    responses((status = 200, description = "The domain that was.", body = One<DomainDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((org, id)): Segments<(OrgRef, DomainId)>,
) -> Result<Data<DomainDto>, Problem> {
    let named = joining::remove_domain(&app, &call, &org, id).await?;
    let version = named.version;
    Ok(Data::versioned(named.into(), version))
}
