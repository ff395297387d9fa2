//! `GET /users`.

use app::App;
use app::account::user::{self, PeopleFilter};
use axum::extract::State;
use domain::Error;
use domain::text::Needle;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::UserDto;

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUsers {
    /// Of this organization only: id or slug.
    org: Option<String>,
    /// In this team only.
    team: Option<String>,
    /// Whose username or name contains this.
    q: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the people in your organizations.
///
/// Each once, organization by organization, in the order in which they joined. Where you are a guest you find only the
/// people of your projects. The list may lag behind a write by about a second.
#[utoipa::path(get, path = "/users", tag = "users", operation_id = "listUsers", params(ListUsers),
    responses((status = 200, description = "A page of people.", body = Many<UserDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListUsers>,
) -> Result<Listed<UserDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let team = query.team.as_deref().map(str::parse).transpose();
    let team = team.map_err(|_| Error::filter("team", "must be a team's id"))?;
    let filter = PeopleFilter {
        org: query.org,
        q: query.q.as_deref().map(Needle::new),
        team,
    };
    let page = user::list_users(&app, &call, &filter, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(UserDto::from)))
}
