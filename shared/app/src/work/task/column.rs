//! The cards of a list, as the index has them.

use domain::Error;
use domain::id::ProjectId;
use domain::work::board::List;
use domain::work::workflow::{StatusId, Workflow};
use futures_util::future::try_join_all;
use paging::{Merged, merge};
use store::Scope;
use store::keys;
use store::range::Range;
use store::table::Rows;

use crate::App;

/// The first rows of a status, in their order. What was put into it under an earlier name stands in a stretch of its
/// own.
pub(crate) async fn first(
    app: &App,
    scope: &Scope,
    project: ProjectId,
    status: &StatusId,
    workflow: &Workflow,
    limit: usize,
) -> Result<Merged, Error> {
    let lane = |stored| keys::column(project, stored).limit(limit);
    let lanes: Vec<Range> = workflow
        .stored_as(workflow.present(status))
        .iter()
        .map(lane)
        .collect();
    let found: Vec<Rows> =
        try_join_all(lanes.iter().map(|lane| app.store.rows(scope, lane))).await?;
    merge(&lanes, found, true, limit)
}

/// Fails if a list has no room for so many cards more. It reads no more than one key above the limit, and what was put
/// into the list a moment ago may not count yet.
pub(crate) async fn check_room(
    app: &App,
    scope: &Scope,
    project: ProjectId,
    list: &List,
    coming: usize,
) -> Result<(), Error> {
    let Some(limit) = list.wip_limit else {
        return Ok(());
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let there = first(app, scope, project, &list.status, &scope.workflow(), most).await?;
    if there.rows.len() + coming > most {
        Err(Error::WipLimit { limit })
    } else {
        Ok(())
    }
}
