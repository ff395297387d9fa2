//! What is deleted and can still be brought back.

use std::collections::HashMap;

use domain::Error;
use domain::call::{Call, Page};
use domain::id::{OrgId, ProjectId};
use domain::retention::restore_until;
use domain::work::project::Project;
use domain::work::task::Task;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use paging::{Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Placed, several};
use serde::Serialize;
use store::Scope;
use store::keys;
use store::range::Range;
use store::record::Stored;
use store::table::Item;

use crate::App;
use crate::in_org::restricted;
use crate::tenant;

/// Which deleted things are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TrashFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Tasks only, or projects only.
    pub kind: Option<&'static str>,
}

/// A deleted thing.
#[derive(Debug, Clone)]
pub enum Trashed {
    /// A task.
    Task(OrgId, Task),
    /// A project.
    Project(OrgId, Project),
}

/// A page of what is deleted and the caller may see, latest first.
pub async fn list_trash(
    app: &App,
    call: &Call,
    filter: &TrashFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Trashed>, Error> {
    let only = tenant::named(app, call, filter.org.as_deref()).await?;
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let scopes = tenant::scopes(app, &me, only).await?;
    gather(app, call, filter, &scopes, limit, after)
        .await?
        .sealed(&cursors)
}

/// What is deleted in these organizations and the caller may see.
async fn gather(
    app: &App,
    call: &Call,
    filter: &TrashFilter,
    scopes: &[Scope],
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<Trashed>, Error> {
    let lane = |scope: &Scope| keys::trash_of(scope.tag());
    let lanes: Vec<Range> = scopes.iter().map(lane).collect();
    let all = several::all(scopes);
    let keep = |merged: Merged| async move {
        visible(app, scopes, read_all(scopes, filter, merged, call.at)?).await
    };
    let mut deleted = Merging::new(&app.store, &lanes, &all, false, after, keep);
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut deleted, LeftOut::Some)
        .await
}

/// The rows, each with its place.
fn read_all(
    scopes: &[Scope],
    filter: &TrashFilter,
    merged: Merged,
    now: Timestamp,
) -> Result<Placed<Trashed>, Error> {
    let row = |row: LaneRow| {
        let trashed = read(&scopes[row.lane], filter, &row.value, now)?;
        Ok((row.place, trashed))
    };
    merged.rows.into_iter().map(row).collect()
}

/// A row, if it is of the wanted kind and can still be restored.
fn read(
    scope: &Scope,
    filter: &TrashFilter,
    item: &Item,
    now: Timestamp,
) -> Result<Option<Trashed>, Error> {
    let kind = item
        .get("ev")
        .and_then(|kind| kind.as_s().ok())
        .map(String::as_str);
    if filter.kind.is_some_and(|wanted| kind != Some(wanted)) {
        return Ok(None);
    }
    let trashed = match kind {
        Some("task") => Trashed::Task(scope.org_id(), Stored::read(item)?.value),
        Some("project") => Trashed::Project(scope.org_id(), Stored::read(item)?.value),
        _ => return Ok(None),
    };
    // Nothing takes a task or project out of the index when its time is over.
    Ok(trashed
        .deleted_at()
        .is_some_and(|deleted| now < restore_until(deleted))
        .then_some(trashed))
}

impl Trashed {
    /// When it was deleted.
    pub fn deleted_at(&self) -> Option<Timestamp> {
        match self {
            Self::Task(_, task) => task.deleted_at,
            Self::Project(_, project) => project.deleted_at,
        }
    }

    fn org(&self) -> OrgId {
        match self {
            Self::Task(org, _) | Self::Project(org, _) => *org,
        }
    }
}

/// The projects of deleted tasks that must be read before it is known who sees them.
async fn restricted_of(
    app: &App,
    scopes: &[Scope],
    rows: &[(String, Option<Trashed>)],
) -> Result<HashMap<ProjectId, Project>, Error> {
    let lookups = scopes.iter().map(|scope| {
        let of_tasks = rows.iter().filter_map(|(_, row)| match row {
            Some(Trashed::Task(org, task)) if *org == scope.org_id() => Some(task.project),
            _ => None,
        });
        restricted(app, scope, of_tasks)
    });
    Ok(try_join_all(lookups).await?.into_iter().flatten().collect())
}

/// Leaves out what the caller does not see: tasks of projects that are hidden from them or deleted themselves, and
/// projects that they could not see before they were deleted.
async fn visible(
    app: &App,
    scopes: &[Scope],
    rows: Placed<Trashed>,
) -> Result<Placed<Trashed>, Error> {
    let projects = restricted_of(app, scopes, &rows).await?;
    let sees = |row: &Trashed| {
        let scope = scopes.iter().find(|scope| scope.org_id() == row.org());
        scope.is_some_and(|scope| match row {
            Trashed::Task(_, task) => scope.sees(task.project, projects.get(&task.project)),
            Trashed::Project(_, project) => scope.saw(project),
        })
    };
    Ok(rows
        .into_iter()
        .map(|(place, row)| (place, row.filter(sees)))
        .collect())
}
