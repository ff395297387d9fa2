//! `PATCH` and `DELETE /boards/{board_id}`.

use app::App;
use app::work::board::{self, BoardChange};
use axum::extract::State;
use domain::id::BoardId;
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::reply::{Data, NoContent};
use edge::{Body, Caller, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::BoardDto;

/// What to change. An absent member stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBoard {
    /// What it is called.
    #[schema(example = "Development")]
    name: Option<String>,
    /// The ids of all its lists, from left to right.
    #[schema(example = json!(["3f1c9a0b7d25e864", "3f1c9a0b7d25e865"]))]
    list_order: Option<Vec<String>>,
}

impl TryFrom<UpdateBoard> for BoardChange {
    type Error = Error;

    fn try_from(body: UpdateBoard) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = body.name.and_then(|text| faults.take("name", text.parse()));
        let list = |(n, text): (usize, String)| {
            let id = text
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a list's id"));
            faults.take(&format!("/list_order/{n}"), id)
        };
        let list_order = body
            .list_order
            .map(|order| order.into_iter().enumerate().filter_map(list).collect());
        faults.finish(Some(Self { name, list_order }))
    }
}

/// Changes a board.
///
/// Its name, and the order of its lists.
#[utoipa::path(patch, path = "/boards/{board_id}", tag = "boards", operation_id = "updateBoard",
    params(("board_id" = Uuid, Path, description = "The board's id."), IfMatch),
    request_body = UpdateBoard,
    responses((status = 200, description = "The board.", body = One<BoardDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<BoardId>,
    Body(body): Body<UpdateBoard>,
) -> Result<Data<BoardDto>, Problem> {
    let board = board::update_board(&app, &call, id, body.try_into()?).await?;
    let version = board.thing.version;
    Ok(Data::versioned(board.into(), version))
}

/// Deletes a board.
///
/// Its tasks stay where they are.
#[utoipa::path(delete, path = "/boards/{board_id}", tag = "boards", operation_id = "deleteBoard",
    params(("board_id" = Uuid, Path, description = "The board's id."), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<BoardId>,
) -> Result<NoContent, Problem> {
    board::delete_board(&app, &call, id).await?;
    Ok(NoContent)
}
