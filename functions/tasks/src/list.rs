//! `GET /tasks`.

use app::App;
use app::work::task::{self, Include};
use axum::extract::State;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};

use crate::dto::TaskDto;
use crate::query::ListTasks;

/// Lists tasks.
///
/// With `project` those of a project, with `team` those of all projects of a team, in the order in which they were made.
/// With neither your own in all your organizations, by due date: assigned to you, or made by you and assigned to nobody. With `board` and `list` those that
/// stand in a list of a board, in their order. With `view` what the
/// saved view lists. The list may lag behind a
/// write by about a second.
#[utoipa::path(get, path = "/tasks", tag = "tasks", operation_id = "listTasks", params(ListTasks),
    responses((status = 200, description = "A page of tasks.", body = Many<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListTasks>,
) -> Result<Listed<TaskDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let include = Include::read(query.include.as_deref())?;
    let cursor = query.cursor.clone();
    let wanted = match query.view()? {
        Some(view) => saved_views::get_view(&app, &call, view)
            .await?
            .value
            .list()?,
        None => query.try_into()?,
    };
    let page = task::list_tasks(&app, &call, &wanted, limit, cursor.as_deref()).await?;
    let included = task::read_included(
        &app,
        page.rows.iter().map(|task| &task.thing.value),
        include,
    )
    .await?;
    Ok(Listed::page(
        page.map(|task| TaskDto::listed(task, &included)),
    ))
}
