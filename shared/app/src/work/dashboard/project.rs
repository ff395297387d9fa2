//! A project in numbers.
//!
//! What is open is known by rank, what is due by urgency, and neither index knows both: so the keys of the open tasks
//! are matched with the keys of those that are due, and no task is read.

use std::collections::HashSet;

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::ProjectId;
use domain::work::dashboard::{Count, Now, Work};
use domain::work::due::Due;
use domain::work::task::Priority;
use domain::work::workflow::{StatusDefinition, Workflow};
use futures_util::future::try_join_all;
use store::Scope;
use store::keys::{self, Key};
use store::range::Range;
use store::table::{Rows, key_of};

use super::{Dashboard, MOST_COUNTED, count, counted, mine, now, unread};
use crate::App;

/// How many keys are looked at for the statuses of one project, however many it has.
const MOST_KEYS: usize = 4 * MOST_COUNTED;

/// The numbers of a project.
// In one piece: four reads side by side, and the members of the answer, each out of one of them.
pub async fn get_project_dashboard(
    app: &App,
    call: &Call,
    id: ProjectId,
) -> Result<Dashboard, Error> {
    let profile = keys::profile(app.store.claimed(call)?);
    let opened = app
        .store
        .open(call, id, std::slice::from_ref(&profile))
        .await?;
    let (scope, _) = opened.require(Action::ProjectRead).await?;
    let now = now(&scope, &profile)?;
    let (columns, due, mine, unread) = tokio::try_join!(
        columns(app, &scope, id),
        due(app, &scope, id, now),
        mine::open(app, &scope),
        unread(app, &scope)
    )?;
    let mine = mine::work(&mine, now, |project| project == id);
    let work = work(&columns, due, now);
    let statuses = columns
        .into_iter()
        .map(|column| (column.status, column.count))
        .collect();
    let (user, org) = (scope.user(), scope.org_id());
    Ok(Dashboard {
        user,
        org,
        project: Some(id),
        tasks: Some((work, statuses)),
        mine,
        projects: None,
        unread,
    })
}

/// The tasks of one status.
struct Column {
    status: StatusDefinition,
    count: Count,
    /// Their keys, if they are open.
    open: Vec<Key>,
}

/// The statuses of the workflow with their tasks.
async fn columns(app: &App, scope: &Scope, id: ProjectId) -> Result<Vec<Column>, Error> {
    let workflow = scope.workflow();
    // What was put into a status under an earlier name stands in a stretch of its own.
    let lanes: usize = workflow
        .statuses
        .iter()
        .map(|status| workflow.stored_as(status).len())
        .sum();
    let limit = (MOST_KEYS / lanes.max(1)).min(MOST_COUNTED);
    try_join_all(
        workflow
            .statuses
            .iter()
            .map(|status| column(app, scope, id, &workflow, status, limit)),
    )
    .await
}

async fn column(
    app: &App,
    scope: &Scope,
    id: ProjectId,
    workflow: &Workflow,
    status: &StatusDefinition,
    limit: usize,
) -> Result<Column, Error> {
    let stored = workflow.stored_as(status);
    let lanes = stored
        .iter()
        .map(|stored| keys::column(id, stored).limit(limit));
    // What is closed is never late, so its keys are of no use: the table counts it and sends none.
    if status.category.is_closed() {
        let counts = try_join_all(lanes.map(|lane| count(app, scope, lane))).await?;
        return Ok(Column {
            status: status.clone(),
            count: counts.into_iter().sum(),
            open: vec![],
        });
    }
    let lanes: Vec<Range> = lanes.collect();
    let found = rows(app, scope, &lanes).await?;
    let items = found.iter().flat_map(|rows| &rows.items);
    Ok(Column {
        status: status.clone(),
        count: found.iter().map(counted).sum(),
        open: items.filter_map(key_of).collect(),
    })
}

/// The rows of each range.
async fn rows(app: &App, scope: &Scope, ranges: &[Range]) -> Result<Vec<Rows>, Error> {
    try_join_all(ranges.iter().map(|range| app.store.rows(scope, range))).await
}

/// The tasks that are overdue or due soon, open or not: the latest of each priority, and whether there are more.
async fn due(
    app: &App,
    scope: &Scope,
    id: ProjectId,
    now: Now,
) -> Result<(Vec<(Key, Due)>, bool), Error> {
    let horizon = now.horizon();
    let lane = |priority: &Priority| keys::due_until(id, *priority, &horizon).limit(MOST_COUNTED);
    let lanes: Vec<Range> = Priority::ALL.iter().map(lane).collect();
    let found = rows(app, scope, &lanes).await?;
    let due = found.iter().flat_map(|rows| &rows.items);
    let due = due.filter_map(|item| Some((key_of(item)?, keys::due_of(item)?)));
    Ok((due.collect(), found.iter().any(|rows| rows.more)))
}

/// What is open, and how much of it is late or soon is.
fn work(columns: &[Column], (due, capped): (Vec<(Key, Due)>, bool), now: Now) -> Work {
    let open: HashSet<&Key> = columns.iter().flat_map(|column| &column.open).collect();
    let sum = columns
        .iter()
        .filter(|column| !column.status.category.is_closed())
        .map(|column| column.count)
        .sum();
    let due = due
        .iter()
        .filter(|(key, _)| open.contains(key))
        .map(|(_, due)| *due);
    Work::of(sum, due, capped, now)
}
