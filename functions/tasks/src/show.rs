//! `GET /tasks/{task_id}`.

use app::App;
use app::work::task::{self, Include, TaskRef};
use axum::extract::State;
use domain::Error;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::TaskDto;

/// Which organization a task key is looked for in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InOrganization {
    /// Look for the key in this organization only: id or slug.
    pub org: Option<String>,
}

/// How a task is shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShowTask {
    /// Look for the key in this organization only: id or slug.
    org: Option<String>,
    /// Some of project, assignee, creator, labels, counts.
    include: Option<String>,
}

/// Reads the parameter `org`.
pub fn organization(org: Option<&str>) -> Result<Option<app::tenant::OrgRef>, Error> {
    org.map(|org| {
        org.parse()
            .map_err(|_| Error::filter("org", "must be an organization's id or slug"))
    })
    .transpose()
}

/// Reads a task, by id or by key.
///
/// A key such as `WEB-12` is looked for in all your organizations, or in the one given by `org`. With `include` the
/// answer has a weak `ETag`; without, its version.
#[utoipa::path(get, path = "/tasks/{task_id}", tag = "tasks", operation_id = "getTask",
    params(("task_id" = String, Path, description = "The task's id, or its key."), ShowTask),
    responses((status = 200, description = "The task.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<ShowTask>,
) -> Result<Data<TaskDto>, Problem> {
    let include = Include::read(query.include.as_deref())?;
    let task = task::get_task(
        &app,
        &call,
        &task,
        organization(query.org.as_deref())?.as_ref(),
    )
    .await?;
    if include.is_empty() {
        let version = task.thing.version;
        return Ok(Data::versioned(task.into(), version));
    }
    let included = task::read_included(&app, std::iter::once(&task.thing.value), include).await?;
    Ok(Data::plain(TaskDto::with(task, &included)))
}
