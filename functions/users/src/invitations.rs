//! `GET /users/me/invitations`.

use app::App;
use app::membership::invitation;
use axum::extract::State;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::WaitingInvitation;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMyInvitations {
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the invitations that wait for you.
///
/// Those to your address, once you have verified it; before, there are none.
#[utoipa::path(get, path = "/users/me/invitations", tag = "users", operation_id = "listMyInvitations",
    params(ListMyInvitations),
    responses((status = 200, description = "A page of invitations.", body = Many<WaitingInvitation>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListMyInvitations>,
) -> Result<Listed<WaitingInvitation>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let page = invitation::list_my_invitations(&app, &call, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(WaitingInvitation::from)))
}
