//! What of their notifications a person may see now: those about tasks that are there, in projects that they see.

use std::collections::HashMap;

use domain::Error;
use domain::id::{ProjectId, TaskId};
use domain::notices::notification::Notification;
use domain::work::project::Project;
use domain::work::task::Task;
use futures_util::future::try_join;
use store::Scope;
use store::keys::{self, Key};

use crate::App;
use crate::in_org::restricted;

/// What must be known to decide what somebody sees of one organization.
#[derive(Debug, Default)]
pub struct Sight {
    tasks: HashMap<TaskId, Task>,
    restricted: HashMap<ProjectId, Project>,
}

impl Sight {
    /// Reads what these notifications are about.
    pub async fn of<'a>(
        app: &App,
        scope: &Scope,
        notifications: impl Iterator<Item = &'a Notification> + Clone,
    ) -> Result<Self, Error> {
        let wanted: Vec<_> = notifications
            .clone()
            .filter_map(|one| one.task)
            .map(keys::task)
            .collect();
        let named = notifications.filter_map(|one| one.project);
        let (tasks, mut known) = try_join(
            read_tasks(app, scope, &wanted),
            restricted(app, scope, named),
        )
        .await?;
        // A task may have moved to another project since.
        let elsewhere = tasks
            .values()
            .map(|task| task.project)
            .filter(|project| !known.contains_key(project));
        let elsewhere = restricted(app, scope, elsewhere).await?;
        known.extend(elsewhere);
        Ok(Self {
            tasks,
            restricted: known,
        })
    }

    /// Whether the person of the scope may see what the notification is about.
    pub fn sees(&self, scope: &Scope, notification: &Notification) -> bool {
        let project = match notification.task {
            Some(id) => match self.tasks.get(&id).filter(|task| notification.fits(task)) {
                Some(task) => Some(task.project),
                None => return false,
            },
            None => notification.project,
        };
        project.is_none_or(|project| scope.sees(project, self.restricted.get(&project)))
    }

    /// The task that the notification is about.
    pub fn task(&self, notification: &Notification) -> Option<&Task> {
        self.tasks.get(&notification.task?)
    }
}

async fn read_tasks(
    app: &App,
    scope: &Scope,
    wanted: &[Key],
) -> Result<HashMap<TaskId, Task>, Error> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = app.store.fetch::<Task>(scope, wanted).await?;
    Ok(found
        .into_values()
        .map(|task| (task.value.id, task.value))
        .collect())
}
