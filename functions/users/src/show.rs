//! `GET /users/{user_id}`.

use app::{App, account::user};
use axum::extract::State;
use domain::id::UserId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Problem, Segment};

use crate::dto::PersonDto;

/// Shows a person.
///
/// Yourself, or somebody with whom you share an organization; guests see only people of their projects.
#[utoipa::path(get, path = "/users/{user_id}", tag = "users", operation_id = "getUser",
    params(("user_id" = uuid::Uuid, Path, description = "The person's id.")),
    responses((status = 200, description = "The person.", body = One<PersonDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<UserId>,
) -> Result<Data<PersonDto>, Problem> {
    Ok(Data::plain(user::get_user(&app, &call, id).await?.into()))
}
