//! Moving tasks: in their column, to another list, to another project.

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::call::Call;
use domain::id::{BoardId, ProjectId, Tag, TaskId, UserId};
use domain::membership::organization::Card;
use domain::work::board::{Board, List, ListId};
use domain::work::project::Project;
use domain::work::rank::{self, NoRank};
use domain::work::task::Task;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::transaction::Transaction;

use super::change::enter;
use super::column::check_room;
use super::make_room::make_room;
use super::shown;
use crate::in_org::InOrg;
use crate::work::label::on_task;
use crate::{App, retry};

/// How often neighbours are looked at: once more if they were out of order, and once more when room was made.
const LOOKS: usize = 3;

/// Where a task shall stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskPlace {
    /// In this list: that is the step to its status. Without it, in the column where it is.
    pub list: Option<(BoardId, ListId)>,
    /// In front of this task; alone, at the beginning.
    pub before: Option<TaskId>,
    /// Behind this task; alone, at the end.
    pub after: Option<TaskId>,
}

impl TaskPlace {
    /// What is read beside the task, in its tenant.
    fn wanted(&self, tag: Tag) -> Vec<Key> {
        // As many whatever they name: how many are read may not tell where the task was found.
        let neighbours = self
            .before
            .into_iter()
            .chain(self.after)
            .map(|neighbour| keys::task(neighbour.in_tenant(tag)));
        let board = self
            .list
            .map(|(board, _)| keys::board(board.in_tenant(tag)));
        neighbours.chain(board).collect()
    }
}

/// Moves a task to a place. Only the task is written: whoever moves a neighbour at the same moment moves it away from
/// where this one goes.
pub async fn move_task(
    app: &App,
    call: &Call,
    id: TaskId,
    place: TaskPlace,
) -> Result<InOrg<Task>, Error> {
    for _ in 0..LOOKS {
        if let Some(moved) = retry::contended(|| attempt(app, call, id, &place)).await? {
            return Ok(moved);
        }
    }
    Err(Error::Conflict)
}

/// None if there is no place between the neighbours, as they stand at this moment.
async fn attempt(
    app: &App,
    call: &Call,
    id: TaskId,
    place: &TaskPlace,
) -> Result<Option<InOrg<Task>>, Error> {
    let (scope, task) = app
        .store
        .open(call, id, &place.wanted(id.tag()))
        .await?
        .require(Action::TaskUpdate)
        .await?;
    if scope.replays(&task)? {
        return shown(&scope, task).whole(app, &scope).await.map(Some);
    }
    let mut next = task.value.clone();
    enter_list(app, &scope, &mut next, place).await?;
    if !rank_between(app, &scope, &mut next, place).await? {
        return Ok(None);
    }
    if next != task.value {
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
    }
    let saved = app.store.save(&scope, &task, next).await?;
    shown(&scope, saved).whole(app, &scope).await.map(Some)
}

/// Takes the step to the status of the list, if one is named and the task does not stand in it already.
async fn enter_list(
    app: &App,
    scope: &Scope,
    task: &mut Task,
    place: &TaskPlace,
) -> Result<(), Error> {
    let Some((board, list)) = place.list else {
        return Ok(());
    };
    let list = find_list(scope, task, board, list)?;
    if scope.workflow().present(&task.status).id() == list.status {
        return Ok(());
    }
    scope.also(Action::TaskTransition)?;
    enter(scope, task, list.status.key())?;
    // Last, since it alone asks the table: a step that is refused costs no look into the list.
    check_room(app, scope, task.project, &list, 1).await
}

/// Ranks a task between its new neighbours, if any are named. False if there is no place between them yet.
async fn rank_between(
    app: &App,
    scope: &Scope,
    task: &mut Task,
    place: &TaskPlace,
) -> Result<bool, Error> {
    let low = find_neighbour(scope, task, place.after, "after")?;
    let high = find_neighbour(scope, task, place.before, "before")?;
    let Some(card) = high.as_ref().or(low.as_ref()) else {
        return Ok(true);
    };
    let rank_of = |card: &'_ Task| card.rank.clone();
    let (low_rank, high_rank) = (low.as_ref().map(rank_of), high.as_ref().map(rank_of));
    // The random digits keep two who aim at the same gap from getting the same rank.
    let tail = app.entropy.bytes();
    match rank::between(low_rank.as_deref(), high_rank.as_deref(), tail) {
        Ok(rank) => {
            task.rank = rank;
            Ok(true)
        }
        // A neighbour was moved since it was read, or read before it was moved: both are read again.
        Err(NoRank::OutOfOrder) => Ok(false),
        Err(NoRank::NoRoom) => {
            make_room(app, scope, card, high.is_some(), task.id).await?;
            Ok(false)
        }
    }
}

/// A list of a board of the task's project, both read beside it.
fn find_list(scope: &Scope, task: &Task, board: BoardId, list: ListId) -> Result<List, Error> {
    let stored: Option<Stored<Board>> = scope.extra(&keys::board(board))?;
    let board = stored
        .map(|stored| stored.value)
        .filter(|it| it.project == task.project && it.deleted_at.is_none());
    let board = board.ok_or_else(|| {
        Error::field(
            "board_id",
            "not_found",
            "must be a board of the task's project",
        )
    })?;
    let board = board.presented(&scope.workflow());
    board
        .list(list)
        .cloned()
        .ok_or_else(|| Error::field("list_id", "not_found", "must be a list of the board"))
}

/// A neighbour, which must stand in the column where `task` will be.
fn find_neighbour(
    scope: &Scope,
    task: &Task,
    neighbour: Option<TaskId>,
    field: &str,
) -> Result<Option<Task>, Error> {
    let Some(id) = neighbour else {
        return Ok(None);
    };
    let workflow = scope.workflow();
    let column = &workflow.present(&task.status).key;
    let there: Option<Stored<Task>> = scope.extra(&keys::task(id))?;
    let there = there.map(|there| there.value).filter(|there| {
        let same = there.project == task.project && workflow.present(&there.status).key == *column;
        there.id != task.id && there.deleted_at.is_none() && same
    });
    let wrong = || Error::field(field, "not_in_column", "must be another task of the column");
    there.map(Some).ok_or_else(wrong)
}

/// Moves a task to another project of its organization, behind the tasks there. It gets a new key, and the old one
/// leads to it from then on.
pub async fn move_task_to_project(
    app: &App,
    call: &Call,
    id: TaskId,
    target: ProjectId,
) -> Result<InOrg<Task>, Error> {
    retry::contended(|| resettle(app, call, id, target)).await
}

async fn resettle(
    app: &App,
    call: &Call,
    id: TaskId,
    target: ProjectId,
) -> Result<InOrg<Task>, Error> {
    let extra = [keys::project(target.in_tenant(id.tag()))];
    let (scope, task) = app
        .store
        .open(call, id, &extra)
        .await?
        .require(Action::TaskUpdate)
        .await?;
    if scope.replays(&task)? || task.value.project == target {
        return shown(&scope, task).whole(app, &scope).await;
    }
    // Asked only now: who may not see the task is told that it is not there, whatever the target.
    if target.tag() != id.tag() {
        return Err(Error::CrossOrganization);
    }
    let project = target_of(&scope, target)?;
    let next = settled(app, &scope, &task.value, &project).await?;
    let saved = rekey(app, &scope, &task, next).await?;
    // Not `shown`: the scope has the workflow of the project that the task has left.
    InOrg::of(&scope, saved).whole(app, &scope).await
}

/// The project that a task goes to, which was read beside it, if the caller may make tasks there.
fn target_of(scope: &Scope, target: ProjectId) -> Result<Project, Error> {
    let project = scope
        .extra::<Project>(&keys::project(target))?
        .ok_or(Error::NotFound)?
        .value;
    scope.may_in(&project, Action::TaskCreate)?;
    Ok(project)
}

/// Saves a task that got a new key, and leaves a guard of the old one, which tells the task.
async fn rekey(
    app: &App,
    scope: &Scope,
    task: &Stored<Task>,
    next: Task,
) -> Result<Stored<Task>, Error> {
    let Task {
        id, prefix, number, ..
    } = &task.value;
    let mut transaction = Transaction::new();
    let saved = transaction.save(task, next, scope.operation())?;
    let alias = keys::alias(id.tag(), prefix, *number);
    transaction.claim(alias, id.to_string(), Error::Conflict);
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}

/// The task as it is to be in the project that it goes to.
async fn settled(app: &App, scope: &Scope, task: &Task, project: &Project) -> Result<Task, Error> {
    let (number, assignee, labels) = tokio::try_join!(
        app.store.next_number(scope, project.id),
        still_assigned(app, scope, task, project),
        still_marked(app, task, project.id),
    )?;
    let mut next = Task {
        project: project.id,
        prefix: project.key.clone(),
        number,
        rank: rank::first(number),
        assignee,
        labels,
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..task.clone()
    };
    let category = scope.workflow().present(&task.status).category;
    next.enter(project.workflow().counterpart(category), scope.at());
    Ok(next)
}

/// The assignee, if they see the project that the task goes to.
async fn still_assigned(
    app: &App,
    scope: &Scope,
    task: &Task,
    project: &Project,
) -> Result<Option<UserId>, Error> {
    let Some(user) = task.assignee else {
        return Ok(None);
    };
    // Read apart: whose card it is only the task says, which came with the authorizing read.
    let key = keys::card(scope.tag(), user);
    let card = app
        .store
        .fetch::<Card>(scope, std::slice::from_ref(&key))
        .await?
        .remove(&key);
    let circumstances = Circumstances {
        private: project.is_private(),
        ..Circumstances::default()
    };
    let sees = |card: &Card| {
        let standing = card.standing_in(project.id, &project.teams);
        card.is_live() && standing.granted(Action::ProjectRead, circumstances)
    };
    Ok(card.filter(|card| sees(&card.value)).map(|_| user))
}

/// Its labels that are not only for the project which it leaves.
async fn still_marked(app: &App, task: &Task, project: ProjectId) -> Result<Vec<String>, Error> {
    let now = on_task::present(app, task.label_ids().collect()).await?;
    let kept = task
        .label_ids()
        .filter_map(|id| now.get(&id))
        .filter(|label| label.is_for(project));
    let mut labels: Vec<String> = vec![];
    // Two labels of the task may have been merged into one.
    for suffix in kept.map(|label| label.id.suffix()) {
        if !labels.contains(&suffix) {
            labels.push(suffix);
        }
    }
    Ok(labels)
}
