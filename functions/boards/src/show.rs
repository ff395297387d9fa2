//! `GET /boards/{board_id}`.

use app::App;
use app::work::board;
use app::work::task::{self, Include};
use axum::extract::State;
use domain::Error;
use domain::id::BoardId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::BoardWithCardsDto;

/// How much of a board.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShowBoard {
    /// How many cards of each list, 1 to 100; 20 if absent. A board with many lists shows fewer: 500 in all.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// `counts`: how many comments and files each card has.
    include: Option<String>,
}

impl ShowBoard {
    fn counts(&self) -> Result<bool, Error> {
        match self.include.as_deref() {
            None => Ok(false),
            Some("counts") => Ok(true),
            Some(_) => Err(Error::filter("include", "must be counts")),
        }
    }
}

/// Reads a board with the first cards of each list.
///
/// A list goes on with `GET /tasks?board=…&list=…&cursor=…`. A card that was moved a moment ago may be missing for about
/// a second.
#[utoipa::path(get, path = "/boards/{board_id}", tag = "boards", operation_id = "getBoard",
    params(("board_id" = Uuid, Path, description = "The board's id."), ShowBoard),
    responses((status = 200, description = "The board.", body = One<BoardWithCardsDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<BoardId>,
    Params(query): Params<ShowBoard>,
) -> Result<Data<BoardWithCardsDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let counts = query.counts()?;
    let board = board::get_board(&app, &call, id, limit).await?;
    let cards = board
        .columns
        .iter()
        .flat_map(|column| &column.cards)
        .map(|card| &card.value);
    let included = task::read_included(
        &app,
        cards,
        Include {
            counts,
            ..Include::default()
        },
    )
    .await?;
    let mut view = BoardWithCardsDto::from(board);
    if let Some(counts) = &included.counts {
        view.count(counts);
    }
    Ok(Data::plain(view))
}
