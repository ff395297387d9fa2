//! The boards of a project, or of all projects of a team.

use std::collections::HashMap;
use std::future::ready;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{ProjectId, TeamId};
use domain::membership::team::Team;
use domain::work::board::Board;
use domain::work::project::Project;
use paging::{Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Placed, Walk};
use store::range::Range;
use store::record::Stored;
use store::{Scope, keys};

use super::create::Owner;
use super::shown;
use crate::in_org::{InOrg, restricted};
use crate::{App, membership::team};

/// A page of the boards, oldest first. Whoever does not say whose is told so, if they are somebody.
pub async fn list_boards(
    app: &App,
    call: &Call,
    owner: Option<Owner>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Board>>, Error> {
    match owner {
        Some(Owner::Project(project)) => of_project(app, call, project, limit, cursor).await,
        Some(Owner::Team(team)) => of_team(app, call, team, limit, cursor).await,
        None => {
            app.store.open_me(call, &[]).await?;
            Err(Error::filter("project", "or team must be given"))
        }
    }
}

async fn of_project(
    app: &App,
    call: &Call,
    project: ProjectId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Board>>, Error> {
    let range = keys::boards_of(project).limit(limit);
    let walk = Walk::new(
        app.pager(),
        call,
        project.tag(),
        range,
        &project,
        limit,
        cursor,
    )
    .await?;
    let open = app.store.open(call, project, &[]);
    let keep = |scope: &Scope, board: Stored<Board>| Some(shown(scope, board));
    walk.page(open, Action::ProjectRead, |_| Ok(()), keep, false)
        .await
}

async fn of_team(
    app: &App,
    call: &Call,
    team: TeamId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Board>>, Error> {
    let (scope, team) = team::open_team(app, call, team, Action::TeamRead, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, &team.value.id).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let mut projects = projects_of(&team.value);
    let read: HashMap<ProjectId, Project> =
        restricted(app, &scope, projects.iter().copied()).await?;
    projects.retain(|project| scope.sees(*project, read.get(project)));
    gather(app, &scope, &read, &projects, limit, after)
        .await?
        .sealed(&cursors)
}

/// The projects whose boards are a team's.
fn projects_of(team: &Team) -> Vec<ProjectId> {
    let mut projects = team.all_projects();
    // The project that a team is inside of is not always one that it is attached to.
    let home = team.home().filter(|home| !projects.contains(home));
    projects.extend(home);
    projects
}

/// The boards of these projects behind a place, oldest first. `read` has the restricted ones.
async fn gather(
    app: &App,
    scope: &Scope,
    read: &HashMap<ProjectId, Project>,
    projects: &[ProjectId],
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Board>>, Error> {
    let lane = |project: &ProjectId| keys::boards_of(*project);
    let lanes: Vec<Range> = projects.iter().map(lane).collect();
    let scopes = vec![Some(scope); lanes.len()];
    let keep = |merged: Merged| ready(kept(scope, read, merged));
    let mut boards = Merging::new(&app.store, &lanes, &scopes, true, after, keep);
    // Deleted boards stand elsewhere in the index, so every row that is read is shown.
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut boards, LeftOut::Never)
        .await
}

/// These rows with their boards.
fn kept(
    scope: &Scope,
    read: &HashMap<ProjectId, Project>,
    merged: Merged,
) -> Result<Placed<InOrg<Board>>, Error> {
    let row = |LaneRow { place, value, .. }: LaneRow| {
        let board = Stored::<Board>::read(&value)?;
        Ok((place, Some(shown_in(scope, read, board))))
    };
    merged.rows.into_iter().map(row).collect()
}

/// A board by the workflow of its own project: the scope is the team's and knows of none.
fn shown_in(
    scope: &Scope,
    read: &HashMap<ProjectId, Project>,
    board: Stored<Board>,
) -> InOrg<Board> {
    let mut board = InOrg::of(scope, board);
    let workflow = read
        .get(&board.thing.value.project)
        .map(Project::workflow)
        .unwrap_or_default();
    board.thing.value = board.thing.value.presented(&workflow);
    board
}
