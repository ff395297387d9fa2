//! `POST /boards`.

use app::App;
use app::work::board::{self, NewBoard, NewList, Owner};
use axum::extract::State;
use domain::text::Fault;
use domain::work::board::Board;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::BoardDto;

/// A new board.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "project_id": "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031",
    "name": "Development",
    "lists": [
        { "name": "Under way", "status": "in_progress", "wip_limit": 5 },
        { "name": "Finished", "status": "done" },
    ],
}))]
pub struct CreateBoard {
    /// The project whose tasks it shows; or else `team_id`.
    #[schema(format = Uuid)]
    project_id: Option<String>,
    /// Without a project: the team whose default project's tasks it shows.
    #[schema(format = Uuid)]
    team_id: Option<String>,
    /// What it is called: 1 to 80 characters.
    #[schema(example = "Development")]
    name: String,
    /// Its lists, from left to right, at most 50; without them To Do, In Progress and Done, or one for every status of
    /// the project's own workflow.
    lists: Option<Vec<CreateList>>,
}

/// A new list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTaskList)]
pub struct CreateList {
    /// What it is called: 1 to 80 characters.
    #[schema(example = "In Progress")]
    name: String,
    /// The status whose tasks it shows; two lists of a board do not share one.
    #[schema(example = "in_progress")]
    status: String,
    /// How many cards there may be, 1 to 500, before no more are moved into it.
    #[schema(example = 5)]
    wip_limit: Option<u32>,
}

/// A limit of cards in a body.
pub fn wip_limit(limit: u32) -> Result<u32, Fault> {
    let right = (1..=Board::MAX_WIP).contains(&limit);
    right
        .then_some(limit)
        .ok_or_else(|| Fault::new("out_of_range", format!("must be 1 to {}", Board::MAX_WIP)))
}

impl CreateList {
    fn read(self, faults: &mut Faults, n: usize) -> Option<NewList> {
        let at = |member: &str| format!("/lists/{n}/{member}");
        let name = faults.take(&at("name"), self.name.parse());
        let status = faults.take(&at("status"), self.status.parse());
        let limit = self
            .wip_limit
            .and_then(|limit| faults.take(&at("wip_limit"), wip_limit(limit)));
        name.zip(status).map(|(name, status)| NewList {
            name,
            status,
            wip_limit: limit,
        })
    }
}

/// Whose board it is to be.
fn owner(faults: &mut Faults, project: Option<String>, team: Option<String>) -> Option<Owner> {
    match (project, team) {
        (Some(text), None) => {
            let id = text
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a project's id"));
            faults.take("project_id", id).map(Owner::Project)
        }
        (None, Some(text)) => {
            let id = text
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a team's id"));
            faults.take("team_id", id).map(Owner::Team)
        }
        (Some(_), Some(_)) => {
            faults.note("team_id", "excluded", "cannot be given with project_id");
            None
        }
        (None, None) => {
            faults.note("project_id", "required", "or team_id must be given");
            None
        }
    }
}

fn read_lists(faults: &mut Faults, lists: Vec<CreateList>) -> Vec<NewList> {
    if lists.len() > Board::MAX_LISTS {
        faults.note(
            "lists",
            "too_many",
            format!("must be at most {}", Board::MAX_LISTS),
        );
    }
    lists
        .into_iter()
        .enumerate()
        .filter_map(|(n, list)| list.read(faults, n))
        .collect()
}

impl TryFrom<CreateBoard> for NewBoard {
    type Error = Error;

    fn try_from(body: CreateBoard) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let owner = owner(&mut faults, body.project_id, body.team_id);
        let name = faults.take("name", body.name.parse());
        let lists = body.lists.map(|lists| read_lists(&mut faults, lists));
        faults.finish(
            owner
                .zip(name)
                .map(|(owner, name)| Self { owner, name, lists }),
        )
    }
}

/// Creates a board.
///
/// A board shows the tasks of its project; several boards may show the same ones.
#[utoipa::path(post, path = "/boards", tag = "boards", operation_id = "createBoard", request_body = CreateBoard,
    responses((status = 201, description = "The board.", body = One<BoardDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, NotFound, ProjectArchived, StatusTaken, LimitReached
    ]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateBoard>,
) -> Result<Created<BoardDto>, Problem> {
    let board = board::create_board(&app, &call, body.try_into()?).await?;
    let (id, version) = (board.thing.value.id, board.thing.version);
    Ok(Created::at(format!("/boards/{id}"), board.into(), version))
}
