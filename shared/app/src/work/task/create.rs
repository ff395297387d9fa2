//! Making a task.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{LabelId, ProjectId, TaskId, TeamId, UserId};
use domain::prose::Prose;
use domain::text::{Description, Title};
use domain::work::due::Due;
use domain::work::project::Project;
use domain::work::rank;
use domain::work::task::{Priority, Task};
use domain::work::workflow::{Category, StatusDefinition, StatusKey, Workflow};
use runtime::meter;
use store::Scope;
use store::keys::{self, Key};
use store::record::{Operation, Stored};

use crate::App;
use crate::in_org::InOrg;
use crate::membership::team;
use crate::work::label::on_task;
use crate::work::project::eligible;
use crate::work::task::shown;

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
    /// What it is marked with.
    pub labels: Vec<LabelId>,
}

impl NewTask {
    /// The id that the task gets from an operation.
    pub(super) fn id(&self, app: &App, operation: &Operation) -> TaskId {
        app.new_id(self.project.tag(), operation)
    }

    /// What is read beside the project.
    pub(super) fn wanted(&self, id: TaskId, operation: &Operation) -> Vec<Key> {
        // Without an idempotency key the id is a new one, under which nothing can stand.
        let made = operation.keyed.then(|| keys::task(id));
        let assignee = self.assignee.map(|assignee| keys::card(id.tag(), assignee));
        made.into_iter()
            .chain(assignee)
            .chain(on_task::keys_of(id.tag(), &self.labels))
            .collect()
    }

    /// The task that it would be, but for its number.
    // In one piece: the list of a task's fields, with what must be asked before some are filled.
    pub(super) fn plan(
        self,
        scope: &Scope,
        project: &Project,
        id: TaskId,
    ) -> Result<Unnumbered, Error> {
        if let Some(assignee) = self.assignee {
            scope.also(Action::TaskAssign)?;
            eligible(scope, assignee, self.project, "assignee_id")?;
        }
        let workflow = project.workflow();
        let status = initial(&workflow, self.status.as_ref())?;
        let now = scope.at();
        Ok(Unnumbered(Task {
            id,
            project: self.project,
            prefix: project.key.clone(),
            number: 0,
            title: self.title,
            description: self.description.map(Prose::from),
            status: status.id(),
            category: status.category,
            priority: self.priority,
            assignee: self.assignee,
            due: self.due,
            rank: String::new(),
            labels: on_task::given(scope, self.project, &self.labels)?,
            completed_at: status.category.is_closed().then_some(now),
            created_at: now,
            created_by: scope.user(),
            updated_at: now,
            updated_by: scope.user(),
            deleted_at: None,
            deleted_by: None,
        }))
    }
}

/// A new task that has no number yet, and no place behind the others.
#[derive(Debug, Clone)]
pub(super) struct Unnumbered(Task);

impl Unnumbered {
    /// The project whose number it needs.
    pub(super) fn project(&self) -> ProjectId {
        self.0.project
    }

    /// The task.
    pub(super) fn numbered(self, number: u64) -> Task {
        Task {
            number,
            rank: rank::first(number),
            ..self.0
        }
    }
}

/// The task of this id, if this very request has made it before.
pub(super) fn made(scope: &Scope, id: TaskId) -> Result<Option<Stored<Task>>, Error> {
    let Some(made) = scope.extra::<Task>(&keys::task(id))? else {
        return Ok(None);
    };
    made.made_by(scope.operation())?;
    meter::note(|totals| totals.replayed = true);
    if made.value.deleted_at.is_some() {
        Err(Error::IdempotencyTargetDeleted)
    } else {
        Ok(Some(made))
    }
}

/// Where a new task goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Into this project.
    Project(ProjectId),
    /// Into the default project of this team.
    Team(TeamId),
}

/// Makes a task in a project, or in a team's default one, which is made if need be.
pub async fn create_task_at(
    app: &App,
    call: &Call,
    home: Home,
    new: impl FnOnce(ProjectId) -> NewTask,
) -> Result<InOrg<Task>, Error> {
    let project = match home {
        Home::Project(project) => project,
        Home::Team(team) => team::default_project(app, call, team).await?,
    };
    create_task(app, call, new(project)).await
}

/// Makes a task, behind the others of its status.
pub async fn create_task(app: &App, call: &Call, new: NewTask) -> Result<InOrg<Task>, Error> {
    let operation = app.store.operation(call)?;
    let id = new.id(app, &operation);
    let extra = new.wanted(id, &operation);
    let (scope, project) = app
        .store
        .open(call, new.project, &extra)
        .await?
        .require(Action::TaskCreate)
        .await?;
    if let Some(made) = made(&scope, id)? {
        return match made.value.project == project.value.id {
            true => shown(&scope, made).whole(app, &scope).await,
            false => show_moved(app, call, id).await,
        };
    }
    let planned = new.plan(&scope, &project.value, id)?;
    // Drawn after all that may be refused: a number is never given back.
    let number = app.store.next_number(&scope, planned.project()).await?;
    let made = app
        .store
        .create(&scope, planned.numbered(number), Error::Conflict)
        .await?;
    shown(&scope, made).whole(app, &scope).await
}

/// A task that this very request has made, and that has moved to another project since: whether the caller may see it
/// there is asked anew.
async fn show_moved(app: &App, call: &Call, id: TaskId) -> Result<InOrg<Task>, Error> {
    let open = app.store.open(call, id, &[]).await?;
    let (scope, moved) = open.require(Action::TaskRead).await?;
    shown(&scope, moved).whole(app, &scope).await
}

/// The status in which a task begins.
fn initial<'a>(
    workflow: &'a Workflow,
    wanted: Option<&StatusKey>,
) -> Result<&'a StatusDefinition, Error> {
    if let Some(wanted) = wanted {
        return workflow.named(wanted);
    }
    let todo = workflow
        .statuses
        .iter()
        .find(|status| status.category == Category::Todo);
    todo.ok_or_else(|| Error::Internal("a workflow in which nothing can begin".to_owned()))
}
