//! `GET /permissions/explain`.

use app::App;
use app::explain::{self, AccessAnswer, Resource};
use app::tenant::OrgRef;
use axum::extract::State;
use domain::Error;
use domain::access::Action;
use domain::id::UserId;
use domain::text::Fault;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Code, Params, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExplainPermission {
    /// The permission, as errors name it: `task.update`.
    #[param(required, example = "task.update")]
    action: Option<String>,
    /// The id of an organization, team, project, board or task; the slug of an organization; or the key of a task.
    #[param(required, example = "WEB-12")]
    resource: Option<String>,
    /// The id of a person; you, if absent.
    #[param(format = Uuid)]
    user: Option<String>,
    /// Where to look for the key of a task: the id or slug of one of your organizations.
    org: Option<String>,
}

/// Why a decision is as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PermissionExplanation)]
pub struct ExplanationDto {
    /// The permission.
    #[schema(example = "task.delete")]
    action: &'static str,
    /// The thing.
    resource: ResourceDto,
    /// The person.
    user_id: Uuid,
    /// Whether they may.
    #[schema(example = false)]
    allowed: bool,
    /// allowed, or the code that they would be answered: forbidden, not_found, project_archived or parent_deleted.
    #[schema(example = "forbidden")]
    decision: &'static str,
    /// The source in the trace that decided.
    #[schema(example = "own")]
    rule: String,
    /// All that counts, in the order in which it does.
    trace: Vec<GroundDto>,
    /// What would grant it, each by itself.
    #[schema(example = json!(["organization role manager or above", "project role manager or above", "own"]))]
    missing: Vec<String>,
}

/// A thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedResource)]
pub struct ResourceDto {
    /// organization, team, project, board or task.
    #[serde(rename = "type")]
    #[schema(example = "task")]
    kind: &'static str,
    /// Its id.
    id: Uuid,
}

/// Something that counts for a decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PermissionGround)]
pub struct GroundDto {
    /// A role (`organization role member`), a circumstance (`own`, `private project`, `archived`), a setting or a cap.
    #[schema(example = "organization role member")]
    source: String,
    /// Whether it speaks for it.
    #[schema(example = false)]
    grants: bool,
    /// Why.
    #[schema(example = "the role has task.delete on a condition")]
    reason: String,
}

impl ExplanationDto {
    fn new(action: Action, answer: AccessAnswer) -> Self {
        let explanation = answer.explanation;
        let ground = |ground: domain::access::explain::Ground| GroundDto {
            source: ground.source,
            grants: ground.grants,
            reason: ground.reason,
        };
        Self {
            action: action.as_str(),
            resource: ResourceDto {
                kind: answer.kind.as_str(),
                id: answer.id,
            },
            user_id: answer.user.uuid(),
            allowed: answer.verdict.is_ok(),
            decision: answer
                .verdict
                .as_ref()
                .err()
                .map_or("allowed", |error| Code::from(error).as_str()),
            rule: explanation.rule,
            trace: explanation.trace.into_iter().map(ground).collect(),
            missing: explanation.missing,
        }
    }
}

/// What is asked, once it was read.
struct Question {
    action: Action,
    resource: Resource,
    user: Option<UserId>,
    org: Option<OrgRef>,
}

impl TryFrom<ExplainPermission> for Question {
    type Error = Error;

    fn try_from(query: ExplainPermission) -> Result<Self, Error> {
        let needed = |name: &str, text: Option<String>| {
            text.ok_or_else(|| Error::filter(name, "is required"))
        };
        let action: Action = needed("action", query.action)?
            .parse()
            .map_err(|_: Fault| Error::filter("action", "is no permission"))?;
        let resource = needed("resource", query.resource)?.parse();
        let resource = resource
            .map_err(|_| Error::filter("resource", "must be an id, a slug or the key of a task"))?;
        let user = query.user.map(|text| text.parse::<UserId>()).transpose();
        let user = user.map_err(|_| Error::filter("user", "must be a person's id"))?;
        let org = query.org.map(|text| text.parse::<OrgRef>()).transpose();
        let org = org.map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
        Ok(Self {
            action,
            resource,
            user,
            org,
        })
    }
}

/// Explains why somebody may do something, or may not.
///
/// By the very table that decides: which role, condition or cap it was, and what is missing. About yourself you may
/// always ask, about others if you own or administer the organization or run the project. A request may still be
/// refused for what it contains, such as a role above your own.
#[utoipa::path(get, path = "/permissions/explain", tag = "permissions", operation_id = "explainPermission",
    params(ExplainPermission),
    responses((status = 200, description = "The explanation.", body = One<ExplanationDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotFound, AmbiguousKey]))))]
pub async fn explain(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ExplainPermission>,
) -> Result<Data<ExplanationDto>, Problem> {
    let Question {
        action,
        resource,
        user,
        org,
    } = query.try_into()?;
    let answer =
        explain::explain_permission(&app, &call, action, &resource, user, org.as_ref()).await?;
    Ok(Data::plain(ExplanationDto::new(action, answer)))
}
