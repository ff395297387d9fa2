//! `GET /users/me`.

use app::{App, account::user};
use axum::extract::State;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Problem};

use crate::dto::MeDto;

/// Shows yourself.
///
/// Your account, your profile, your organizations with your roles, and the session in which you call. It is made of
/// several things, so its `ETag` is a weak one; `version` counts the changes of your profile.
#[utoipa::path(get, path = "/users/me", tag = "users", operation_id = "getMe",
    responses((status = 200, description = "You.", body = One<MeDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(State(app): State<App>, Caller(call): Caller) -> Result<Data<MeDto>, Problem> {
    Ok(Data::plain(user::get_me(&app, &call).await?.into()))
}
