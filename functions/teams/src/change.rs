//! `PATCH` and `DELETE /teams/{team_id}`.

use app::App;
use app::membership::team::{self, TeamChange};
use axum::extract::State;
use domain::id::TeamId;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::patch::Field;
use edge::reply::Data;
use edge::{Body, Caller, Problem, Segment};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::{metadata, person};
use crate::dto::TeamDto;

/// What to change. An absent member stays; null empties.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTeam {
    /// What it is called.
    #[schema(example = "Design and research")]
    name: Option<String>,
    /// What it is about (Markdown).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Field<String>,
    /// What clients keep for it: an object of at most 4 KB, replaced as a whole.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Field<Map<String, Value>>,
    /// Who it is handed over to: one of its people, who becomes an admin if they are none. For its owner, and for
    /// owners and admins of the organization.
    #[schema(format = Uuid)]
    owner_id: Option<String>,
}

impl TryFrom<UpdateTeam> for TeamChange {
    type Error = Error;

    fn try_from(body: UpdateTeam) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = body.name.and_then(|text| faults.take("name", text.parse()));
        let description = body
            .description
            .into_option()
            .map(|text| text.and_then(|text: String| faults.take("description", text.parse())));
        let metadata = body
            .metadata
            .into_option()
            .map(|map| map.and_then(|map| metadata(&mut faults, map)));
        let owner = body
            .owner_id
            .and_then(|text| person(&mut faults, "owner_id", text));
        faults.finish(Some(Self {
            name,
            description,
            metadata,
            owner,
        }))
    }
}

/// Changes a team.
///
/// For its admins, and for owners and admins of the organization.
#[utoipa::path(patch, path = "/teams/{team_id}", tag = "teams", operation_id = "updateTeam",
    params(("team_id" = Uuid, Path, description = "The team's id."), IfMatch),
    request_body = UpdateTeam,
    responses((status = 200, description = "The team.", body = One<TeamDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NameTaken, Conflict]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<TeamId>,
    Body(body): Body<UpdateTeam>,
) -> Result<Data<TeamDto>, Problem> {
    let team = team::update_team(&app, &call, id, &body.try_into()?).await?;
    let version = team.thing.version;
    Ok(Data::versioned(team.into(), version))
}

/// Deletes a team.
///
/// First detach it from its projects, by their `team_ids`. Its default project goes to the trash with its tasks, and
/// can be restored from there. For the team's owner, and for owners and admins of the organization.
#[utoipa::path(delete, path = "/teams/{team_id}", tag = "teams", operation_id = "deleteTeam",
    params(("team_id" = Uuid, Path, description = "The team's id."), IfMatch),
    responses((status = 200, description = "The deleted team.", body = One<TeamDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, HasProjects, Conflict]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<TeamId>,
) -> Result<Data<TeamDto>, Problem> {
    let team = team::delete_team(&app, &call, id).await?;
    let version = team.thing.version;
    Ok(Data::versioned(team.into(), version))
}
