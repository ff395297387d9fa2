//! Changing tasks.

use domain::Error;
use domain::access::{Action, OrgRole, ProjectRole, TeamRole};
use domain::call::Call;
use domain::id::{LabelId, ProjectId, Tag, TaskId, UserId};
use domain::membership::organization::Card;
use domain::prose::Prose;
use domain::text::{Description, Title};
use domain::work::due::Due;
use domain::work::project::Project;
use domain::work::task::{Priority, Task};
use domain::work::workflow::{StatusKey, StepContext};
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;

use crate::in_org::InOrg;
use crate::work::label::on_task;
use crate::work::project::{check_restorable, eligible};
use crate::work::task::shown;
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
    /// What it is marked with.
    pub labels: Option<Vec<LabelId>>,
}

/// What is to be done with a task that is there.
#[derive(Debug, Clone)]
pub enum Step {
    /// Change fields. Fields that are not named stay as others left them.
    Change(TaskChange),
    /// Move it along its workflow.
    Transition(StatusKey),
    /// Delete it; it can be restored for 30 days.
    Remove,
    /// Bring it back to where it was.
    Restore,
}

impl Step {
    /// What the caller must be allowed to do.
    pub(super) fn action(&self) -> Action {
        match self {
            Self::Change(_) => Action::TaskUpdate,
            Self::Transition(_) => Action::TaskTransition,
            Self::Remove => Action::TaskDelete,
            Self::Restore => Action::TaskRestore,
        }
    }

    /// What is read beside the task.
    pub(super) fn wanted(&self, tag: Tag) -> Vec<Key> {
        let Self::Change(TaskChange {
            assignee, labels, ..
        }) = self
        else {
            return vec![];
        };
        let assignee = assignee.flatten().map(|assignee| keys::card(tag, assignee));
        assignee
            .into_iter()
            .chain(on_task::keys_of(tag, labels.as_deref().unwrap_or_default()))
            .collect()
    }

    /// What the task becomes; none if this very request has done it before.
    pub(super) fn plan(&self, scope: &Scope, task: &Stored<Task>) -> Result<Option<Task>, Error> {
        // First: a repetition is answered even where the step could not be taken a second time.
        if scope.replays(task)? {
            return Ok(None);
        }
        let mut next = task.value.clone();
        match self {
            Self::Change(change) => change.apply(scope, &mut next)?,
            Self::Transition(to) => enter(scope, &mut next, to)?,
            Self::Remove => {
                (next.deleted_at, next.deleted_by) = (Some(scope.at()), Some(scope.user()))
            }
            Self::Restore => {
                check_restorable(next.deleted_at, scope.at())?;
                (next.deleted_at, next.deleted_by) = (None, None);
            }
        }
        store::prose::reuse(&task.value, &mut next);
        if next != task.value {
            (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        }
        Ok(Some(next))
    }
}

/// The scope, knowing the project if the task is given to a guest who is in teams: which of them count there only the
/// project says.
pub(super) async fn knowing_teams(
    app: &App,
    scope: Scope,
    step: &Step,
    project: ProjectId,
) -> Result<Scope, Error> {
    let Step::Change(TaskChange {
        assignee: Some(Some(user)),
        ..
    }) = step
    else {
        return Ok(scope);
    };
    let card = scope
        .extra::<Card>(&keys::card(scope.tag(), *user))?
        .map(|card| card.value);
    let by_team = card.is_some_and(|card| card.role == OrgRole::Guest && !card.teams.is_empty());
    if !by_team || scope.project().is_some() {
        return Ok(scope);
    }
    let found = app
        .store
        .outside("the project of a task that was opened")
        .get(&keys::project(project))
        .await?;
    let found = found.as_ref().map(Stored::<Project>::read).transpose()?;
    Ok(match found {
        Some(project) => scope.knowing(project.value),
        None => scope,
    })
}

/// Opens a task, takes the step, and saves it; again if somebody else was faster.
async fn take(app: &App, call: &Call, id: TaskId, step: Step) -> Result<InOrg<Task>, Error> {
    let extra = step.wanted(id.tag());
    retry::contended(|| async {
        let (scope, task) = app
            .store
            .open(call, id, &extra)
            .await?
            .require(step.action())
            .await?;
        let scope = knowing_teams(app, scope, &step, task.value.project).await?;
        let saved = match step.plan(&scope, &task)? {
            Some(next) => app.store.save(&scope, &task, next).await?,
            None => task,
        };
        shown(&scope, saved).whole(app, &scope).await
    })
    .await
}

/// Changes fields of a task. Fields that are not named stay as others left them.
pub async fn update_task(
    app: &App,
    call: &Call,
    id: TaskId,
    change: TaskChange,
) -> Result<InOrg<Task>, Error> {
    take(app, call, id, Step::Change(change)).await
}

/// Moves a task along its workflow.
pub async fn transition_task(
    app: &App,
    call: &Call,
    id: TaskId,
    to: StatusKey,
) -> Result<InOrg<Task>, Error> {
    take(app, call, id, Step::Transition(to)).await
}

/// Deletes a task; it can be restored for 30 days.
pub async fn delete_task(app: &App, call: &Call, id: TaskId) -> Result<InOrg<Task>, Error> {
    take(app, call, id, Step::Remove).await
}

/// Brings a deleted task back to where it was.
pub async fn restore_task(app: &App, call: &Call, id: TaskId) -> Result<InOrg<Task>, Error> {
    take(app, call, id, Step::Restore).await
}

impl TaskChange {
    fn apply(&self, scope: &Scope, task: &mut Task) -> Result<(), Error> {
        let Self {
            title,
            description,
            status,
            priority,
            assignee,
            due,
            labels,
        } = self.clone();
        task.title = title.unwrap_or_else(|| task.title.clone());
        task.description =
            description.map_or_else(|| task.description.clone(), |text| text.map(Prose::from));
        task.priority = priority.unwrap_or(task.priority);
        task.due = due.unwrap_or(task.due);
        if let Some(labels) = labels {
            task.labels = on_task::given(scope, task.project, &labels)?;
        }
        // Whoever names the one who has the task already assigns nothing, and needs no right to it.
        if let Some(assignee) = assignee.filter(|assignee| *assignee != task.assignee) {
            scope.also(Action::TaskAssign)?;
            if let Some(user) = assignee {
                eligible(scope, user, task.project, "assignee_id")?;
            }
            task.assignee = assignee;
        }
        // Last: the step may require fields that this very change fills.
        if let Some(status) = status {
            scope.also(Action::TaskTransition)?;
            enter(scope, task, &status)?;
        }
        Ok(())
    }
}

/// Moves a task to a status of its workflow, if that allows it.
pub(crate) fn enter(scope: &Scope, task: &mut Task, to: &StatusKey) -> Result<(), Error> {
    let workflow = scope.workflow();
    let given = StepContext {
        roles: &roles(scope),
        fields: &task.filled(),
    };
    let status = scope.audited(workflow.step(&task.status, to, given))?;
    // A task whose status was only renamed by a later workflow is not touched.
    if workflow.present(&task.status).id() != status.id() {
        *task = task.clone().presented(&workflow);
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
    let highest = [by_org, by_team, standing.project]
        .into_iter()
        .flatten()
        .min();
    // Whoever has a role may do what is left to a lower one.
    ProjectRole::ALL
        .iter()
        .copied()
        .filter(|role| highest.is_some_and(|highest| highest <= *role))
        .collect()
}
