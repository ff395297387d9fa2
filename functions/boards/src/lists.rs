//! The lists of a board: `/boards/{board_id}/lists`.

use app::App;
use app::work::board::{self, ListChange, NewList};
use axum::extract::State;
use domain::id::BoardId;
use domain::work::board::ListId;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::patch::Field;
use edge::reply::{Created, Data, NoContent};
use edge::{Body, Caller, Params, Problem, Segment, Segments};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::create::wip_limit;
use crate::dto::ListOfBoardDto;

/// A new list of a board.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AddTaskList)]
pub struct AddList {
    /// What it is called: 1 to 80 characters.
    #[schema(example = "In review")]
    name: String,
    /// The status whose tasks it shows; two lists of a board do not share one.
    #[schema(example = "in_review")]
    status: String,
    /// How many cards there may be, 1 to 500, before no more are moved into it.
    #[schema(example = 5)]
    wip_limit: Option<u32>,
    /// Its place among the lists, from 0; without it the last.
    #[schema(example = 2)]
    position: Option<u32>,
}

/// What to change of a list. An absent member stays; null empties.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateTaskList)]
pub struct UpdateList {
    /// What it is called.
    #[schema(example = "Under way")]
    name: Option<String>,
    /// The status whose tasks it shows; no task is moved.
    #[schema(example = "in_progress")]
    status: Option<String>,
    /// How many cards there may be, 1 to 500, before no more are moved into it.
    #[serde(default)]
    #[schema(value_type = Option<u32>, example = 5)]
    wip_limit: Field<u32>,
    /// Its place among the lists, from 0.
    #[schema(example = 0)]
    position: Option<u32>,
}

/// What becomes of the cards.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemoveList {
    /// The list of the same board to which they are moved.
    move_tasks_to: Option<String>,
}

fn place(position: Option<u32>) -> Option<usize> {
    position.map(|position| usize::try_from(position).unwrap_or(usize::MAX))
}

impl TryFrom<AddList> for NewList {
    type Error = Error;

    fn try_from(body: AddList) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = faults.take("name", body.name.parse());
        let status = faults.take("status", body.status.parse());
        let limit = body
            .wip_limit
            .and_then(|limit| faults.take("wip_limit", wip_limit(limit)));
        faults.finish(name.zip(status).map(|(name, status)| Self {
            name,
            status,
            wip_limit: limit,
        }))
    }
}

impl TryFrom<UpdateList> for ListChange {
    type Error = Error;

    fn try_from(body: UpdateList) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = body.name.and_then(|text| faults.take("name", text.parse()));
        let status = body
            .status
            .and_then(|text| faults.take("status", text.parse()));
        let limit = body.wip_limit.into_option();
        let wip_limit =
            limit.map(|limit| limit.and_then(|limit| faults.take("wip_limit", wip_limit(limit))));
        faults.finish(Some(Self {
            name,
            status,
            wip_limit,
            position: place(body.position),
        }))
    }
}

/// Adds a list to a board.
///
/// It shows the tasks of one status, which no other list of the board may show.
#[utoipa::path(post, path = "/boards/{board_id}/lists", tag = "boards", operation_id = "addBoardList",
    params(("board_id" = Uuid, Path, description = "The board's id."), IfMatch),
    request_body = AddList,
    responses((status = 201, description = "The list.", body = One<ListOfBoardDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, StatusTaken, LimitReached
    ]))))]
pub async fn add(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<BoardId>,
    Body(body): Body<AddList>,
) -> Result<Created<ListOfBoardDto>, Problem> {
    let position = place(body.position);
    let list = board::add_board_list(&app, &call, id, body.try_into()?, position).await?;
    Ok(Created::plain(list.into()))
}

/// Changes a list of a board.
///
/// Another status shows other tasks; none is moved. A limit counts for moves into the list that name it; tasks that are
/// made or restored there are never refused.
#[utoipa::path(patch, path = "/boards/{board_id}/lists/{list_id}", tag = "boards", operation_id = "updateBoardList",
    params(("board_id" = Uuid, Path, description = "The board's id."),
        ("list_id" = String, Path, description = "The list's id.", example = "3f1c9a0b7d25e864"), IfMatch),
    request_body = UpdateList,
    responses((status = 200, description = "The list; the `ETag` is the board's.", body = One<ListOfBoardDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived, StatusTaken]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((id, list)): Segments<(BoardId, ListId)>,
    Body(body): Body<UpdateList>,
) -> Result<Data<ListOfBoardDto>, Problem> {
    let list = board::update_board_list(&app, &call, id, list, body.try_into()?).await?;
    let version = list.board.thing.version;
    Ok(Data::versioned(list.into(), version))
}

/// Removes a list from a board.
///
/// Its cards, at most 100, move to the list `move_tasks_to` by the steps of the workflow: all of them, or the list stays.
#[utoipa::path(delete, path = "/boards/{board_id}/lists/{list_id}", tag = "boards", operation_id = "removeBoardList",
    params(("board_id" = Uuid, Path, description = "The board's id."),
        ("list_id" = String, Path, description = "The list's id.", example = "3f1c9a0b7d25e864"), RemoveList, IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, NotEmpty, LimitReached, WipLimit, InvalidTransition,
        ValidationFailed, Conflict
    ]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segments((id, list)): Segments<(BoardId, ListId)>,
    Params(query): Params<RemoveList>,
) -> Result<NoContent, Problem> {
    let to = query.move_tasks_to.as_deref().map(|text| text.parse());
    let to = to
        .transpose()
        .map_err(|_| Error::filter("move_tasks_to", "must be a list's id"))?;
    board::remove_board_list(&app, &call, id, list, to).await?;
    Ok(NoContent)
}
