//! `GET /teams/{team_id}`.

use app::App;
use app::membership::team;
use axum::extract::State;
use domain::id::TeamId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Problem, Segment};

use crate::dto::TeamDto;

/// Shows a team.
///
/// Of the projects that it is attached to you see those that you may know of.
#[utoipa::path(get, path = "/teams/{team_id}", tag = "teams", operation_id = "getTeam",
    params(("team_id" = Uuid, Path, description = "The team's id.")),
    responses((status = 200, description = "The team.", body = One<TeamDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<TeamId>,
) -> Result<Data<TeamDto>, Problem> {
    let team = team::get_team(&app, &call, id).await?;
    let version = team.thing.version;
    Ok(Data::versioned(team.into(), version))
}
