//! The tasks in a list of a board.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::work::task::Task;
use paging::Gathering;

use super::filter::TaskFilter;
use super::list::{Start, TaskList, in_project};
use super::plan::{Ordering, Plan};
use crate::App;
use crate::in_org::InOrg;

/// The tasks in a list: those of its project that are in its status, in their order unless another is asked for.
// In one piece: only the board knows the list, only the list its status, and that makes the plan.
pub(super) async fn of_list(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Task>>, Error> {
    let (board, list) = wanted
        .list
        .ok_or_else(|| Error::Internal("a list of tasks without a list".to_owned()))?;
    let labels = wanted.filter.label_keys(Some(board.tag()));
    let (scope, board) = app
        .store
        .open(call, board, &labels)
        .await?
        .require(Action::TaskRead)
        .await?;
    let filter = wanted
        .filter
        .with_aliases(app, |key| scope.extra(key))
        .await?;
    let workflow = scope.workflow();
    let board = board.value.presented(&workflow);
    let list = board.list(list).ok_or(Error::NotFound)?;
    let filter = TaskFilter {
        status: Some(list.status.key().clone()),
        ..filter
    };
    let ordering = wanted.ordering.unwrap_or(Ordering::Position);
    let plan = Plan::project(board.project, ordering, &filter, &workflow)?;
    // Nothing is read beside the authorizing read: only the board says which status the list is of.
    let start = Start::new(wanted, &plan, limit, after);
    in_project(app, &scope, board.project, &plan, &filter, start).await
}
