//! Teams and their people.

mod body;
mod change;
mod create;
mod list;
mod members;
mod show;
mod view;

use app::App;
use axum::Router;
use axum::routing::{get, patch};
use edge::Code::{
    AlreadyMember, Conflict, CrossOrganization, Forbidden, HasProjects, LastAdmin, LastOwner, LimitReached, NameTaken,
    NotFound, PersonalOrganization, ProjectArchived, RoleTooHigh,
};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("teams", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/teams", get(list::list).post(create::create))
        .route("/teams/{team_id}", get(show::show).patch(change::change).delete(change::remove))
        .route("/teams/{team_id}/members", get(members::list).post(members::add))
        .route("/teams/{team_id}/members/{user_id}", patch(members::change).delete(members::remove))
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
            members::list,
            members::add,
            members::change,
            members::remove
        ),
        tags((name = "teams", description = "People who work together, across projects or inside one."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listTeams", &[NotFound, CrossOrganization]),
            ("createTeam", &[Forbidden, NotFound, NameTaken, LimitReached, ProjectArchived, Conflict]),
            ("getTeam", &[]),
            ("updateTeam", &[Forbidden, NameTaken, Conflict]),
            ("deleteTeam", &[Forbidden, HasProjects, Conflict]),
            ("listTeamMembers", &[]),
            ("addTeamMember", &[Forbidden, RoleTooHigh, AlreadyMember, LimitReached, PersonalOrganization, Conflict]),
            ("changeTeamMemberRole", &[Forbidden, LastAdmin, LastOwner, Conflict]),
            ("removeTeamMember", &[Forbidden, LastAdmin, LastOwner, Conflict]),
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
