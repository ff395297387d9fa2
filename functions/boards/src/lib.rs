//! Boards and their lists.

mod change;
mod create;
mod list;
mod lists;
mod show;
mod view;

use app::App;
use axum::Router;
use axum::routing::{get, patch, post};
use edge::Code::{
    Conflict, Forbidden, InvalidTransition, LimitReached, NotEmpty, NotFound, ProjectArchived, StatusTaken,
    ValidationFailed, WipLimit,
};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("boards", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/boards", get(list::list).post(create::create))
        .route("/boards/{board_id}", get(show::show).patch(change::change).delete(change::remove))
        .route("/boards/{board_id}/lists", post(lists::add))
        .route("/boards/{board_id}/lists/{list_id}", patch(lists::change).delete(lists::remove))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            list::list,
            create::create,
            show::show,
            change::change,
            change::remove,
            lists::add,
            lists::change,
            lists::remove
        ),
        tags((name = "boards", description = "Ways to look at a project's tasks, status by status."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listBoards", &[NotFound]),
            ("createBoard", &[Forbidden, NotFound, ProjectArchived, StatusTaken, LimitReached]),
            ("getBoard", &[]),
            ("updateBoard", &[Forbidden, ProjectArchived]),
            ("deleteBoard", &[Forbidden, ProjectArchived]),
            ("addBoardList", &[Forbidden, ProjectArchived, StatusTaken, LimitReached]),
            ("updateBoardList", &[Forbidden, ProjectArchived, StatusTaken]),
            (
                "removeBoardList",
                &[
                    Forbidden,
                    ProjectArchived,
                    NotEmpty,
                    LimitReached,
                    WipLimit,
                    InvalidTransition,
                    ValidationFailed,
                    Conflict,
                ],
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 4);
    }
}
