//! The views that a caller sees.

use std::collections::HashMap;

use domain::Error;
use domain::call::{Call, Page, Versioned};
use domain::id::ProjectId;
use domain::work::project::Project;
use futures_util::future::try_join_all;
use paging::{Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Placed, several};
use serde::Serialize;
use store::Scope;
use store::range::Range;
use store::record::Stored;

use crate::model::SavedView;
use crate::{sees, table};
use app::App;
use app::in_org::restricted;
use app::tenant::{self};

/// Which views are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ViewFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// About this project only.
    pub project: Option<ProjectId>,
}

/// A page of the views that the caller sees in their organizations, oldest first: their own, and those that are shared.
// In one piece: the rows borrow lanes and scopes, which must outlive the page.
pub async fn list_views(
    app: &App,
    call: &Call,
    filter: &ViewFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Versioned<SavedView>>, Error> {
    let only = tenant::named(app, call, filter.org.as_deref()).await?;
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let scopes = tenant::scopes(app, &me, only).await?;
    let lane = |scope: &Scope| table::views_of(scope.tag());
    let lanes: Vec<Range> = scopes.iter().map(lane).collect();
    let scopes = &several::all(&scopes);
    let keep = |merged: Merged| visible(app, scopes, filter, merged);
    let mut views = Merging::new(&app.store, &lanes, scopes, true, after, keep);
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut views, LeftOut::Some)
        .await?
        .sealed(&cursors)
}

/// The rows as views, without those that are not wanted or not the caller's to see.
async fn visible(
    app: &App,
    scopes: &[Option<&Scope>],
    filter: &ViewFilter,
    merged: Merged,
) -> Result<Placed<Versioned<SavedView>>, Error> {
    let read = |row: LaneRow| row.read(|item| Stored::<SavedView>::read(&item));
    let rows = merged
        .rows
        .into_iter()
        .map(read)
        .collect::<Result<Vec<_>, Error>>()?;
    let projects = read_projects(app, scopes, &rows).await?;
    let row = |LaneRow {
                   place,
                   lane,
                   value: view,
               }: LaneRow<Stored<SavedView>>| {
        let seen = is_wanted(filter, &view.value)
            && scopes[lane].is_some_and(|scope| is_seen(scope, &view.value, &projects));
        (place, seen.then(|| view.versioned()))
    };
    Ok(rows.into_iter().map(row).collect())
}

fn is_wanted(filter: &ViewFilter, view: &SavedView) -> bool {
    filter.project.is_none() || filter.project == view.project()
}

fn is_seen(scope: &Scope, view: &SavedView, projects: &HashMap<ProjectId, Project>) -> bool {
    let around = view.project().and_then(|project| projects.get(&project));
    sees(scope, view, around)
}

/// The projects of what others share: those that must be read before it is known who sees them.
async fn read_projects(
    app: &App,
    scopes: &[Option<&Scope>],
    rows: &[LaneRow<Stored<SavedView>>],
) -> Result<HashMap<ProjectId, Project>, Error> {
    let lookups = scopes.iter().enumerate().filter_map(|(lane, scope)| {
        let scope = (*scope)?;
        let of_lane = rows
            .iter()
            .filter(move |row| row.lane == lane)
            .map(|row| &row.value.value);
        let others = of_lane.filter(move |view| view.shared && view.created_by != scope.user());
        Some(restricted(
            app,
            scope,
            others.filter_map(SavedView::project),
        ))
    });
    Ok(try_join_all(lookups).await?.into_iter().flatten().collect())
}
