//! `GET /activity` and `GET /tasks/{task_id}/activity`.

use app::App;
use app::feed::activity::{self, ActivityFilter, ActivityRow};
use app::tenant::OrgRef;
use app::work::task::TaskRef;
use axum::extract::State;
use domain::Error;
use domain::text::Fault;
use edge::event::EventDto;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListActivity {
    /// In this organization: id or slug. Give it or `project`.
    org: Option<String>,
    /// In this project: its id.
    project: Option<String>,
    /// What this person did: an id.
    user: Option<String>,
    /// Of this type, such as task.transitioned; or of all types that begin with this word, such as comment.
    r#type: Option<String>,
    /// Only what came after this position: of an event of this list, or of the live topic of the same organization or
    /// project.
    after: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl ListActivity {
    fn filter(&self) -> Result<ActivityFilter, Error> {
        let id = |name, what| move |_| Error::filter(name, format!("must be a {what}'s id"));
        Ok(ActivityFilter {
            org: self.org.clone(),
            after: self.after.clone(),
            project: self
                .project
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(id("project", "project"))?,
            user: self
                .user
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(id("user", "person"))?,
            kinds: self
                .r#type
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|fault: Fault| Error::filter("type", fault.message))?,
        })
    }
}

/// Lists what has happened in an organization or a project.
///
/// The latest first; of what is in projects, only what is in those that you see. An event shows here a moment after the
/// change. Events stand in the order in which they arrived: of two about one thing, the one with the higher
/// version is the later. What is about security stands in the audit trail. A page may have fewer events than asked for,
/// even none, although more follow: `has_more` tells.
#[utoipa::path(get, path = "/activity", tag = "notifications", operation_id = "listActivity", params(ListActivity),
    responses((status = 200, description = "A page of events.", body = Many<EventDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListActivity>,
) -> Result<Listed<EventDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref())?;
    let page = activity::list_activity(
        &app,
        &call,
        &query.filter()?,
        limit,
        query.cursor.as_deref(),
    )
    .await?;
    Ok(Listed::page(page.map(view)))
}

/// How much of a task's history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTaskActivity {
    /// Look for the key in this organization only: id or slug.
    org: Option<String>,
    /// Only what came after this position: of an event of this list, or of the task's live topic.
    after: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what has happened to a task, field by field.
///
/// The latest first: the task's own changes, its comments and its files. What happened while it was in a project that
/// you do not see is left out.
#[utoipa::path(get, path = "/tasks/{task_id}/activity", tag = "notifications", operation_id = "listTaskActivity",
    params(("task_id" = String, Path, description = "The task's id, or its key."), ListTaskActivity),
    responses((status = 200, description = "A page of events.", body = Many<EventDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn of_task(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<ListTaskActivity>,
) -> Result<Listed<EventDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref())?;
    let org: Option<OrgRef> = query
        .org
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| unknown())?;
    let page = activity::list_task_activity(
        &app,
        &call,
        (&task, org.as_ref()),
        query.after,
        limit,
        query.cursor.as_deref(),
    )
    .await?;
    Ok(Listed::page(page.map(view)))
}

fn view(ActivityRow { position, event }: ActivityRow) -> EventDto {
    EventDto::from(event).at(position)
}

fn unknown() -> Error {
    Error::filter("org", "must be an organization's id or slug")
}
