//! Watching a task, and not wanting to hear of it.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::TaskId;
use domain::notices::watch::{Watch, WatchReason};
use store::record::Stored;
use store::{Scope, keys};

use crate::{App, retry};

/// The caller watches a task.
pub async fn watch_task(app: &App, call: &Call, task: TaskId) -> Result<(), Error> {
    say(app, call, task, WatchReason::Explicit).await
}

/// The caller does not want to be told of a task, whatever else would make them watch it.
pub async fn mute_task(app: &App, call: &Call, task: TaskId) -> Result<(), Error> {
    say(app, call, task, WatchReason::Muted).await
}

async fn say(app: &App, call: &Call, task: TaskId, reason: WatchReason) -> Result<(), Error> {
    let user = app.store.claimed(call)?;
    let key = keys::watch(task, user);
    retry::contended(|| async {
        let sealed = app
            .store
            .open(call, task, std::slice::from_ref(&key))
            .await?;
        let (scope, _) = sealed.require(Action::TaskRead).await?;
        let before: Option<Stored<Watch>> = scope.extra(&key)?;
        // Who watched already does so from when they began.
        let since = before
            .as_ref()
            .filter(|watch| !watch.value.is_muted())
            .map(|watch| watch.value.since);
        let next = Watch {
            task,
            user,
            reason,
            since: since.unwrap_or(scope.at()),
        };
        save(app, &scope, before.as_ref(), next).await
    })
    .await
}

async fn save(
    app: &App,
    scope: &Scope,
    before: Option<&Stored<Watch>>,
    next: Watch,
) -> Result<(), Error> {
    let Some(before) = before else {
        // Its key names task and person alone, so it is nothing that an idempotency key has made.
        let operation = scope.operation().unkeyed();
        let table = app
            .store
            .outside("their own word, which nothing but their id and the task's name");
        return table
            .create(next, &operation, Error::Conflict)
            .await
            .map(drop);
    };
    if before.value.reason == next.reason {
        return Ok(());
    }
    app.store.save(scope, before, next).await.map(drop)
}
