//! The boards of a project, or of all projects of a team.

use std::collections::HashMap;
use std::future::ready;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{ProjectId, TeamId};
use domain::work::board::Board;
use domain::work::project::Project;
use paging::{Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Walk};
use store::keys;
use store::range::Range;
use store::record::Stored;

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
    let keep = |scope: &store::Scope, board: Stored<Board>| Some(shown(scope, board));
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
    let mut projects = team.value.all_projects();
    projects.extend(
        team.value
            .home()
            .filter(|home| !team.value.all_projects().contains(home)),
    );
    let read: HashMap<ProjectId, Project> =
        restricted(app, &scope, projects.iter().copied()).await?;
    projects.retain(|project| scope.sees(*project, read.get(project)));
    let lane = |project: &ProjectId| keys::boards_of(*project);
    let lanes: Vec<Range> = projects.iter().map(lane).collect();
    let (scope, read) = (&scope, &read);
    let scopes = vec![Some(scope); lanes.len()];
    let keep = |merged: Merged| {
        let row = |LaneRow { place, value, .. }| {
            let mut board = InOrg::of(scope, Stored::<Board>::read(&value)?);
            let workflow = read
                .get(&board.thing.value.project)
                .map(Project::workflow)
                .unwrap_or_default();
            board.thing.value = board.thing.value.presented(&workflow);
            Ok((place, Some(board)))
        };
        ready(
            merged
                .rows
                .into_iter()
                .map(row)
                .collect::<Result<Vec<_>, Error>>(),
        )
    };
    let mut boards = Merging::new(&app.store, &lanes, &scopes, true, after, keep);
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut boards, LeftOut::Never)
        .await?
        .sealed(&cursors)
}
