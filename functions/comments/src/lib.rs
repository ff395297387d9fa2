//! Comments on tasks.

mod change;
mod create;
mod html;
mod list;
mod markdown;
mod reactions;
mod show;
mod view;

use app::App;
use axum::Router;
use axum::routing::{get, put};
use edge::Code::{AmbiguousKey, Forbidden, LimitReached, ProjectArchived};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("comments", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/{task_id}/comments", get(list::list).post(create::create))
        .route("/tasks/{task_id}/comments/{comment_id}", get(show::show).patch(change::change).delete(change::remove))
        .route("/tasks/{task_id}/comments/{comment_id}/history", get(show::history))
        .route(
            "/tasks/{task_id}/comments/{comment_id}/reactions/{emoji}",
            put(reactions::add).delete(reactions::remove),
        )
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            list::list,
            create::create,
            show::show,
            show::history,
            change::change,
            change::remove,
            reactions::add,
            reactions::remove
        ),
        tags((name = "comments", description = "What people say about tasks."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listComments", &[AmbiguousKey]),
            ("createComment", &[Forbidden, ProjectArchived, AmbiguousKey]),
            ("getComment", &[AmbiguousKey]),
            ("getCommentHistory", &[AmbiguousKey]),
            ("updateComment", &[Forbidden, ProjectArchived, LimitReached, AmbiguousKey]),
            ("deleteComment", &[Forbidden, ProjectArchived, AmbiguousKey]),
            ("addReaction", &[Forbidden, ProjectArchived, LimitReached, AmbiguousKey]),
            ("removeReaction", &[Forbidden, ProjectArchived, AmbiguousKey]),
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
