//! `GET /tasks`.

use app::App;
use app::task::{self, Include};
use axum::extract::State;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};

use crate::query::ListTasks;
use crate::view::TaskView;

/// Lists tasks.
///
/// With `project` those of a project, in the order in which they were made. Without it your own in all your
/// organizations, by due date: assigned to you, or made by you and assigned to nobody. The list may lag behind a
/// write by about a second.
#[utoipa::path(get, path = "/tasks", tag = "tasks", operation_id = "listTasks", params(ListTasks),
    responses((status = 200, description = "A page of tasks.", body = Many<TaskView>)))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListTasks>,
) -> Result<Listed<TaskView>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let include = Include::read(query.include.as_deref())?;
    let cursor = query.cursor.clone();
    let page = task::list(&app, &call, &query.try_into()?, limit, cursor.as_deref()).await?;
    let included = task::include(&app, page.rows.iter().map(|task| &task.thing.value), include).await?;
    Ok(Listed::page(page.map(|task| TaskView::listed(task, &included))))
}
