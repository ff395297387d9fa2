//! Making a task.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::due::Due;
use domain::id::{ProjectId, TaskId, UserId};
use domain::rank;
use domain::task::{Priority, Task};
use domain::text::{Description, Title};
use domain::workflow::{Category, StatusDefinition, StatusKey, Workflow};
use runtime::meter;
use store::keys;
use store::record::Stored;

use crate::App;
use crate::project::{InOrg, eligible};
use crate::task::shown;

/// What a new task is to be.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// The project it goes to.
    pub project: ProjectId,
    /// What it is called.
    pub title: Title,
    /// What it is about.
    pub description: Option<Description>,
    /// Where it stands; without one, in the first status in which work has not begun.
    pub status: Option<StatusKey>,
    /// How much it matters.
    pub priority: Priority,
    /// Who does it.
    pub assignee: Option<UserId>,
    /// When it is due.
    pub due: Option<Due>,
}

/// Makes a task, behind the others of its status.
pub async fn create(app: &App, call: &Call, new: NewTask) -> Result<InOrg<Task>, Error> {
    let tag = new.project.tag();
    let operation = app.store.operation(call)?;
    let id = match operation.keyed {
        true => keys::derived::task(tag, &operation.id),
        false => TaskId::new(tag, app.entropy.bytes()),
    };
    let mut extra: Vec<_> = operation.keyed.then(|| keys::task(id)).into_iter().collect();
    extra.extend(new.assignee.map(|assignee| keys::card(tag, assignee)));
    let (scope, project) = app.store.open(call, new.project, &extra).await?.require(Action::TaskCreate).await?;
    if let Some(made) = scope.extra::<Task>(&keys::task(id))? {
        made.made_by(&operation)?;
        meter::note(|totals| totals.replayed = true);
        return if made.value.deleted_at.is_some() {
            Err(Error::IdempotencyTargetDeleted)
        } else {
            Ok(InOrg::of(&scope, made))
        };
    }
    if let Some(assignee) = new.assignee {
        scope.also(Action::TaskAssign)?;
        eligible(&scope, assignee, new.project, "assignee_id")?;
    }
    let workflow = project.value.workflow();
    let status = initial(&workflow, new.status.as_ref())?;
    let number = app.store.next_number(&scope, new.project).await?;
    let now = scope.at();
    let task = Task {
        id,
        project: new.project,
        prefix: project.value.key.clone(),
        number,
        title: new.title,
        description: new.description,
        status: status.key.clone(),
        category: status.category,
        priority: new.priority,
        assignee: new.assignee,
        due: new.due,
        rank: rank::first(number),
        completed_at: status.category.is_closed().then_some(now),
        created_at: now,
        created_by: scope.user(),
        updated_at: now,
        updated_by: scope.user(),
        deleted_at: None,
        deleted_by: None,
    };
    let made: Stored<Task> = app.store.create(&scope, task, Error::Conflict).await?;
    Ok(shown(&scope, made))
}

/// The status in which a task begins.
fn initial<'a>(workflow: &'a Workflow, wanted: Option<&StatusKey>) -> Result<&'a StatusDefinition, Error> {
    if let Some(wanted) = wanted {
        return workflow.status(wanted).ok_or_else(|| workflow.unknown(wanted));
    }
    let todo = workflow.statuses.iter().find(|status| status.category == Category::Todo);
    todo.ok_or_else(|| Error::Internal("a workflow in which nothing can begin".to_owned()))
}
