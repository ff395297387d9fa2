//! The tasks in a list of a board.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::task::Task;
use store::table::Rows;

use super::filter::TaskFilter;
use super::list::{TaskList, ask, tasks};
use super::plan::{Ordering, Plan};
use super::shown;
use crate::App;
use crate::listing::{Gathering, merge};
use crate::project::InOrg;

/// The tasks in a list: those of its project that are in its status, in their order unless another is asked for.
pub(super) async fn of_list(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    limit: usize,
    mut after: Option<String>,
) -> Result<Gathering<InOrg<Task>>, Error> {
    let (board, list) = wanted.list.ok_or_else(|| Error::Internal("a list of tasks without a list".to_owned()))?;
    let labels = wanted.filter.label_keys(Some(board.tag()));
    let (scope, board) = app.store.open(call, board, &labels).await?.require(Action::TaskRead).await?;
    let filter = wanted.filter.with_aliases(app, |key| scope.extra(key)).await?;
    let workflow = scope.workflow();
    let board = board.value.presented(&workflow);
    let list = board.list(list).ok_or(Error::NotFound)?;
    let filter = TaskFilter { status: Some(list.status.key().clone()), ..filter };
    let ordering = wanted.ordering.unwrap_or(Ordering::Position);
    let plan = Plan::project(board.project, ordering, &filter, &workflow)?;
    let (tags, scopes) = (vec![scope.tag(); plan.lanes.len()], vec![Some(&scope); plan.lanes.len()]);
    let forward = !wanted.descending;
    let mut page = Gathering::new(limit, plan.most());
    loop {
        let asked = page.stride(!plan.exact);
        let found = ask(app, &plan, &tags, forward, after.as_deref(), asked).await?;
        let rows = found.into_iter().map(|rows| rows.unseal(&scope)).collect::<Result<Vec<Rows>, _>>()?;
        let merged = merge(&plan.lanes, rows, forward, asked)?;
        let tasks = tasks(app, &scopes, &plan, &merged).await?;
        let fits = |task: &InOrg<Task>| {
            let task = &task.thing.value;
            task.project == board.project && filter.matches(task, scope.user())
        };
        after = merged.rows.last().map(|(place, ..)| place.clone());
        let rows =
            merged.rows.iter().zip(tasks).map(|((place, ..), task)| {
                (place.clone(), task.map(|task| shown(&scope, task)).filter(|task| fits(task)))
            });
        if page.take(rows, merged.more) {
            return Ok(page);
        }
    }
}
