//! `GET /boards`.

use app::App;
use app::work::board::{self, Owner};
use axum::extract::State;
use domain::Error;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::BoardDto;

/// Which boards.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListBoards {
    /// Of this project; or else `team`.
    project: Option<String>,
    /// Of all projects of this team that you see, its default one included.
    team: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl ListBoards {
    fn owner(&self) -> Result<Option<Owner>, Error> {
        match (self.project.as_deref(), self.team.as_deref()) {
            (Some(project), None) => {
                let id = project
                    .parse()
                    .map_err(|_| Error::filter("project", "must be a project's id"))?;
                Ok(Some(Owner::Project(id)))
            }
            (None, Some(team)) => {
                Ok(Some(Owner::Team(team.parse().map_err(|_| {
                    Error::filter("team", "must be a team's id")
                })?)))
            }
            (Some(_), Some(_)) => Err(Error::filter("team", "cannot be given with project")),
            (None, None) => Ok(None),
        }
    }
}

/// Lists boards.
///
/// Of a project or of a team, oldest first. The list may lag behind a write by about a second.
#[utoipa::path(get, path = "/boards", tag = "boards", operation_id = "listBoards", params(ListBoards),
    responses((status = 200, description = "A page of boards.", body = Many<BoardDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListBoards>,
) -> Result<Listed<BoardDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page =
        board::list_boards(&app, &call, query.owner()?, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(BoardDto::from)))
}
