//! `GET /boards/{board_id}`.

use app::App;
use app::board;
use axum::extract::State;
use domain::id::BoardId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::view::BoardWithCardsView;

/// How much of a board.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShowBoard {
    /// How many cards of each list, 1 to 100; 20 if absent. A board with many lists shows fewer: 500 in all.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
}

/// Reads a board with the first cards of each list.
///
/// A list goes on with `GET /tasks?board=…&list=…&cursor=…`. A card that was moved a moment ago may be missing for about
/// a second.
#[utoipa::path(get, path = "/boards/{board_id}", tag = "boards", operation_id = "getBoard",
    params(("board_id" = Uuid, Path, description = "The board's id."), ShowBoard),
    responses((status = 200, description = "The board.", body = One<BoardWithCardsView>)))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<BoardId>,
    Params(query): Params<ShowBoard>,
) -> Result<Data<BoardWithCardsView>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    Ok(Data::plain(board::show(&app, &call, id, limit).await?.into()))
}
