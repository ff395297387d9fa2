//! Moving tasks: in their column, to another list, to another project.

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::call::Call;
use domain::id::{BoardId, ProjectId, TaskId, UserId};
use domain::membership::organization::Card;
use domain::work::board::{Board, List, ListId};
use domain::work::project::Project;
use domain::work::rank;
use domain::work::task::Task;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::change::enter;
use super::column::check_room;
use super::shown;
use crate::in_org::InOrg;
use crate::work::label::on_task;
use crate::{App, retry};

/// How often neighbours that are out of order are looked at again.
const LOOKS: usize = 2;

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
    fn neighbours(&self) -> impl Iterator<Item = TaskId> {
        self.before.into_iter().chain(self.after)
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
    // As many whatever they name: how many are read may not tell where the task was found.
    let neighbours = place
        .neighbours()
        .map(|neighbour| keys::task(neighbour.in_tenant(id.tag())));
    let board = place
        .list
        .map(|(board, _)| keys::board(board.in_tenant(id.tag())));
    let extra: Vec<_> = neighbours.chain(board).collect();
    let (scope, task) = app
        .store
        .open(call, id, &extra)
        .await?
        .require(Action::TaskUpdate)
        .await?;
    if scope.replays(&task)? {
        return shown(&scope, task).whole(app, &scope).await.map(Some);
    }
    let mut next = task.value.clone();
    if let Some((board, list)) = place.list {
        let list = find_list(&scope, &task.value, board, list)?;
        if scope.workflow().present(&next.status).id() != list.status {
            scope.also(Action::TaskTransition)?;
            enter(&scope, &mut next, list.status.key())?;
            check_room(app, &scope, next.project, &list, 1).await?;
        }
    }
    let low = rank_of(&scope, &next, place.after, "after")?;
    let high = rank_of(&scope, &next, place.before, "before")?;
    if low.is_some() || high.is_some() {
        match rank::between(low.as_deref(), high.as_deref(), app.entropy.bytes()) {
            Some(rank) => next.rank = rank,
            None => return Ok(None),
        }
    }
    if next != task.value {
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
    }
    let saved = app.store.save(&scope, &task, next).await?;
    shown(&scope, saved).whole(app, &scope).await.map(Some)
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

/// The rank of a neighbour, which must stand in the column where `task` will be.
fn rank_of(
    scope: &Scope,
    task: &Task,
    neighbour: Option<TaskId>,
    field: &str,
) -> Result<Option<String>, Error> {
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
    there.map(|there| Some(there.rank)).ok_or_else(wrong)
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
    let here = target.tag() == id.tag();
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
    if !here {
        return Err(Error::CrossOrganization);
    }
    let project = scope
        .extra::<Project>(&keys::project(target))?
        .ok_or(Error::NotFound)?
        .value;
    scope.may_in(&project, Action::TaskCreate)?;
    let (number, assignee, labels) = tokio::try_join!(
        app.store.next_number(&scope, target),
        still_assigned(app, &scope, &task.value, &project),
        still_marked(app, &task.value, target),
    )?;
    let mut next = Task {
        project: target,
        prefix: project.key.clone(),
        number,
        rank: rank::first(number),
        assignee,
        labels,
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..task.value.clone()
    };
    let category = scope.workflow().present(&task.value.status).category;
    next.enter(project.workflow().counterpart(category), scope.at());
    let mut transaction = Transaction::new();
    let saved = transaction.save(&task, next, scope.operation())?;
    let alias = keys::alias(id.tag(), &task.value.prefix, task.value.number);
    transaction.claim(alias, id.to_string(), Error::Conflict);
    app.store.commit(&scope, transaction).await?;
    InOrg::of(&scope, saved).whole(app, &scope).await
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
    for suffix in kept.map(|label| label.id.suffix()) {
        if !labels.contains(&suffix) {
            labels.push(suffix);
        }
    }
    Ok(labels)
}
