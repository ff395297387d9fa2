//! `GET /teams`.

use app::App;
use app::membership::team::{self, TeamFilter};
use axum::extract::State;
use domain::Error;
use domain::text::Needle;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::TeamDto;

/// Which teams.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTeams {
    /// Of this organization only: id or slug.
    org: Option<String>,
    /// Only those that are attached to this project, or inside it.
    project: Option<String>,
    /// Only those of this person: an id, or `me`.
    member: Option<String>,
    /// Whose name contains this.
    q: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TryFrom<&ListTeams> for TeamFilter {
    type Error = Error;

    fn try_from(query: &ListTeams) -> Result<Self, Error> {
        let project = query.project.as_deref().map(str::parse).transpose();
        let project = project.map_err(|_| Error::filter("project", "must be a project's id"))?;
        let mine = query.member.as_deref() == Some("me");
        let member = query
            .member
            .as_deref()
            .filter(|_| !mine)
            .map(str::parse)
            .transpose();
        let member = member.map_err(|_| Error::filter("member", "must be a person's id or me"))?;
        Ok(Self {
            org: query.org.clone(),
            project,
            member,
            mine,
            q: query.q.as_deref().map(Needle::new),
        })
    }
}

/// Lists the teams that you see.
///
/// In all your organizations, or in one; oldest first. A guest sees those that they are in. The list may lag behind a
/// write by about a second.
#[utoipa::path(get, path = "/teams", tag = "teams", operation_id = "listTeams", params(ListTeams),
    responses((status = 200, description = "A page of teams.", body = Many<TeamDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound, CrossOrganization]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListTeams>,
) -> Result<Listed<TeamDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let filter = TeamFilter::try_from(&query)?;
    let page = team::list_teams(&app, &call, &filter, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(TeamDto::listed)))
}
