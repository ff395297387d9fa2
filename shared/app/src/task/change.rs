//! Changing tasks.

use domain::Error;
use domain::access::{Action, OrgRole, ProjectRole, TeamRole};
use domain::call::Call;
use domain::due::Due;
use domain::id::{TaskId, UserId};
use domain::task::{Priority, Task};
use domain::text::{Description, Title};
use domain::workflow::{Circumstance, StatusKey};
use store::{Scope, keys};

use crate::project::{InOrg, check_restorable, eligible};
use crate::task::shown;
use crate::{App, retry};

/// What is to change; outer `None` leaves a field as it is, inner `None` empties it.
#[derive(Debug, Clone, Default)]
pub struct TaskChange {
    /// What it is called.
    pub title: Option<Title>,
    /// What it is about.
    pub description: Option<Option<Description>>,
    /// Where it stands: the same step as a transition.
    pub status: Option<StatusKey>,
    /// How much it matters.
    pub priority: Option<Priority>,
    /// Who does it.
    pub assignee: Option<Option<UserId>>,
    /// When it is due.
    pub due: Option<Option<Due>>,
}

/// Opens a task for an action, steps it, and saves it; again if somebody else was faster.
async fn step<F>(
    app: &App,
    call: &Call,
    id: TaskId,
    action: Action,
    assignee: Option<UserId>,
    step: F,
) -> Result<InOrg<Task>, Error>
where
    F: Fn(&Scope, &mut Task) -> Result<(), Error>,
{
    let extra: Vec<_> = assignee.map(|assignee| keys::card(id.tag(), assignee)).into_iter().collect();
    retry::contended(|| async {
        let (scope, task) = app.store.open(call, id, &extra).await?.require(action).await?;
        if scope.replays(&task)? {
            return Ok(shown(&scope, task));
        }
        let mut next = task.value.clone();
        step(&scope, &mut next)?;
        if next != task.value {
            (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        }
        let saved = app.store.save(&scope, &task, next).await?;
        Ok(shown(&scope, saved))
    })
    .await
}

/// Changes fields of a task. Fields that are not named stay as others left them.
pub async fn change(app: &App, call: &Call, id: TaskId, change: TaskChange) -> Result<InOrg<Task>, Error> {
    step(app, call, id, Action::TaskUpdate, change.assignee.flatten(), |scope, task| change.apply(scope, task)).await
}

/// Moves a task along its workflow.
pub async fn transition(app: &App, call: &Call, id: TaskId, to: StatusKey) -> Result<InOrg<Task>, Error> {
    step(app, call, id, Action::TaskTransition, None, |scope, task| enter(scope, task, &to)).await
}

/// Deletes a task; it can be restored for 30 days.
pub async fn remove(app: &App, call: &Call, id: TaskId) -> Result<InOrg<Task>, Error> {
    step(app, call, id, Action::TaskDelete, None, |scope, task| {
        (task.deleted_at, task.deleted_by) = (Some(scope.at()), Some(scope.user()));
        Ok(())
    })
    .await
}

/// Brings a deleted task back to where it was.
pub async fn restore(app: &App, call: &Call, id: TaskId) -> Result<InOrg<Task>, Error> {
    step(app, call, id, Action::TaskRestore, None, |scope, task| {
        check_restorable(task.deleted_at, scope.at())?;
        (task.deleted_at, task.deleted_by) = (None, None);
        Ok(())
    })
    .await
}

impl TaskChange {
    fn apply(&self, scope: &Scope, task: &mut Task) -> Result<(), Error> {
        let Self { title, description, status, priority, assignee, due } = self.clone();
        task.title = title.unwrap_or_else(|| task.title.clone());
        task.description = description.unwrap_or_else(|| task.description.clone());
        task.priority = priority.unwrap_or(task.priority);
        task.due = due.unwrap_or(task.due);
        if let Some(assignee) = assignee.filter(|assignee| *assignee != task.assignee) {
            scope.also(Action::TaskAssign)?;
            if let Some(user) = assignee {
                eligible(scope, user, task.project, "assignee_id")?;
            }
            task.assignee = assignee;
        }
        if let Some(status) = status {
            scope.also(Action::TaskTransition)?;
            enter(scope, task, &status)?;
        }
        Ok(())
    }
}

/// Moves a task to a status of its workflow, if that allows it.
pub(super) fn enter(scope: &Scope, task: &mut Task, to: &StatusKey) -> Result<(), Error> {
    let workflow = scope.workflow();
    let given = Circumstance { roles: &roles(scope), fields: &task.filled() };
    let status = workflow.step(&task.status, to, given)?;
    // A task whose status was only renamed by a later workflow is not touched.
    if workflow.present(&task.status).key != status.key {
        task.enter(status, scope.at());
    }
    Ok(())
}

/// The roles in the project that the caller counts as having.
fn roles(scope: &Scope) -> Vec<ProjectRole> {
    let standing = scope.standing();
    let by_org = match standing.org {
        OrgRole::Owner | OrgRole::Admin => Some(ProjectRole::Owner),
        OrgRole::Manager => Some(ProjectRole::Manager),
        OrgRole::Member => Some(ProjectRole::Member),
        OrgRole::Viewer | OrgRole::Guest => None,
    };
    let by_team = standing.team.map(|role| match role {
        TeamRole::Admin => ProjectRole::Manager,
        TeamRole::Member => ProjectRole::Member,
        TeamRole::Viewer => ProjectRole::Viewer,
    });
    let highest = [by_org, by_team, standing.project].into_iter().flatten().min();
    // Whoever has a role may do what is left to a lower one.
    ProjectRole::ALL.iter().copied().filter(|role| highest.is_some_and(|highest| highest <= *role)).collect()
}
