//! `POST /teams`.

use app::App;
use app::membership::team::{self, NewTeam};
use axum::extract::State;
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::metadata;
use crate::dto::TeamDto;

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTeam {
    /// The organization; without it the project's, or else your default one.
    #[schema(format = Uuid)]
    organization_id: Option<String>,
    /// What it is called: 1 to 80 characters, unique in the organization.
    #[schema(example = "Design")]
    name: String,
    /// What it is about (Markdown).
    description: Option<String>,
    /// A project that it is to be inside of: one that you run and have a role in.
    #[schema(format = Uuid)]
    project_id: Option<String>,
    /// What clients keep for it: an object of at most 4 KB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

impl TryFrom<CreateTeam> for NewTeam {
    type Error = Error;

    fn try_from(body: CreateTeam) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let org_id = |text: String| {
            text.parse()
                .map_err(|_| Fault::new("invalid", "must be an organization's id"))
        };
        let org = body
            .organization_id
            .and_then(|text| faults.take("organization_id", org_id(text)));
        let name = faults.take("name", body.name.parse());
        let description = body
            .description
            .and_then(|text| faults.take("description", text.parse()));
        let id = |text: String| {
            text.parse()
                .map_err(|_| Fault::new("invalid", "must be a project's id"))
        };
        let project = body
            .project_id
            .and_then(|text| faults.take("project_id", id(text)));
        let metadata = body.metadata.and_then(|map| metadata(&mut faults, map));
        faults.finish(name.map(|name| Self {
            org,
            name,
            description,
            project,
            metadata,
        }))
    }
}

/// Creates a team.
///
/// You become its owner and first admin. Attach it to projects by their `team_ids`: there its people's roles count. A
/// team inside a project is attached to it from the start.
#[utoipa::path(post, path = "/teams", tag = "teams", operation_id = "createTeam", request_body = CreateTeam,
    responses((status = 201, description = "The team.", body = One<TeamDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, NotFound, NameTaken, LimitReached, ProjectArchived, Conflict
    ]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateTeam>,
) -> Result<Created<TeamDto>, Problem> {
    let team = team::create_team(&app, &call, body.try_into()?).await?;
    let (id, version) = (team.thing.value.id, team.thing.version);
    Ok(Created::at(format!("/teams/{id}"), team.into(), version))
}
