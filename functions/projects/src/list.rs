//! `GET /projects`.

use app::App;
use app::work::project::{self, ProjectFilter};
use axum::extract::State;
use domain::Error;
use domain::text::Needle;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::ProjectDto;

/// Which projects.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListProjects {
    /// Of this organization only: id or slug.
    org: Option<String>,
    /// Only those that this team is attached to.
    team: Option<String>,
    /// Of this status only.
    status: Option<String>,
    /// true for archived ones only, false for none of them.
    archived: Option<String>,
    /// Whose name or key contains this.
    q: Option<String>,
    /// created_at or -created_at (the default).
    ordering: Option<String>,
    /// The same as `ordering`.
    sort: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TryFrom<&ListProjects> for ProjectFilter {
    type Error = Error;

    // In one piece: a list of parameters; the first of them that is wrong is the one that is told.
    fn try_from(query: &ListProjects) -> Result<Self, Error> {
        let team = query.team.as_deref().map(str::parse).transpose();
        let team = team.map_err(|_| Error::filter("team", "must be a team's id"))?;
        let status = query.status.as_deref().map(str::parse).transpose();
        let status =
            status.map_err(|fault: domain::text::Fault| Error::filter("status", fault.message))?;
        let archived = match query.archived.as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(Error::filter("archived", "must be true or false")),
        };
        let ascending = match query.ordering.as_deref().or(query.sort.as_deref()) {
            None | Some("-created_at") => false,
            Some("created_at") => true,
            Some(_) => {
                return Err(Error::filter(
                    "ordering",
                    "must be created_at or -created_at",
                ));
            }
        };
        Ok(Self {
            org: query.org.clone(),
            team,
            status,
            archived,
            q: query.q.as_deref().map(Needle::new),
            ascending,
        })
    }
}

/// Lists the projects that you see.
///
/// In all your organizations, or in one; latest first. The list may lag behind a write by about a second.
#[utoipa::path(get, path = "/projects", tag = "projects", operation_id = "listProjects", params(ListProjects),
    responses((status = 200, description = "A page of projects.", body = Many<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound, CrossOrganization]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListProjects>,
) -> Result<Listed<ProjectDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let filter = ProjectFilter::try_from(&query)?;
    let page = project::list_projects(&app, &call, &filter, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(ProjectDto::from)))
}
