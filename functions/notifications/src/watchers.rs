//! Who watches a task: `/tasks/{task_id}/watchers`.

use app::App;
use app::notices::watch::{self, Reason, Watcher};
use app::work::task::TaskRef;
use axum::extract::State;
use edge::openapi::Many;
use edge::reply::{Listed, NoContent};
use edge::{Caller, Params, Problem, Segment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Somebody who watches a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Watcher)]
pub struct WatcherDto {
    /// Their id.
    pub user_id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: String,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// Why: assignee, creator, explicit, commented, mentioned.
    #[schema(example = json!(["assignee", "explicit"]))]
    pub reasons: Vec<&'static str>,
}

impl From<Watcher> for WatcherDto {
    fn from(watcher: Watcher) -> Self {
        let word = |reason: &Reason| match reason {
            Reason::Assignee => "assignee",
            Reason::Creator => "creator",
            Reason::Said(reason) => reason.as_str(),
        };
        Self {
            user_id: watcher.card.user.uuid(),
            username: watcher.card.username.to_string(),
            full_name: watcher.card.full_name.map(Into::into),
            reasons: watcher.reasons.iter().map(word).collect(),
        }
    }
}

/// The list is given whole.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// Lists who watches a task.
///
/// The assignee, the creator, who has commented or was mentioned, and who wants to: those of them who still see the
/// task and have not muted it.
#[utoipa::path(get, path = "/tasks/{task_id}/watchers", tag = "notifications", operation_id = "listWatchers",
    params(("task_id" = String, Path, description = "The task's id, or its key.")),
    responses((status = 200, description = "All of them, up to 500.", body = Many<WatcherDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(NoParameters {}): Params<NoParameters>,
) -> Result<Listed<WatcherDto>, Problem> {
    let id = app::work::task::find_task(&app, &call, &task, None).await?;
    let watchers = watch::list_watchers(&app, &call, id).await?;
    Ok(Listed::all(
        watchers.into_iter().map(WatcherDto::from).collect(),
    ))
}

/// Watches a task.
///
/// You are told what happens to it from now on, also if you had muted it.
#[utoipa::path(put, path = "/tasks/{task_id}/watchers/me", tag = "notifications", operation_id = "watchTask",
    params(("task_id" = String, Path, description = "The task's id, or its key.")),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn watch(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
) -> Result<NoContent, Problem> {
    let id = app::work::task::find_task(&app, &call, &task, None).await?;
    watch::watch_task(&app, &call, id).await?;
    Ok(NoContent)
}

/// Mutes a task.
///
/// You do not watch it, even if it is yours or you comment on it, until you watch it again. Of what is meant for you
/// alone you are told all the same: that you are mentioned, and that it is given to you.
#[utoipa::path(delete, path = "/tasks/{task_id}/watchers/me", tag = "notifications", operation_id = "muteTask",
    params(("task_id" = String, Path, description = "The task's id, or its key.")),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn mute(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
) -> Result<NoContent, Problem> {
    let id = app::work::task::find_task(&app, &call, &task, None).await?;
    watch::mute_task(&app, &call, id).await?;
    Ok(NoContent)
}
