//! Making a board.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{BoardId, ProjectId, TeamId};
use domain::text::Name;
use domain::work::board::{Board, List, ListId};
use domain::work::workflow::{StatusKey, Workflow};
use runtime::meter;
use store::record::Stored;
use store::{Scope, keys};

use super::shown;
use crate::App;
use crate::in_org::InOrg;

/// Whose board it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A project's.
    Project(ProjectId),
    /// A team's: that of its default project.
    Team(TeamId),
}

impl Owner {
    /// The project whose tasks the board shows. A team's is made now if it has none yet.
    async fn project(self, app: &App, call: &Call) -> Result<ProjectId, Error> {
        match self {
            Self::Project(project) => Ok(project),
            Self::Team(team) => crate::membership::team::default_project(app, call, team).await,
        }
    }
}

/// What a new list is to be.
#[derive(Debug, Clone)]
pub struct NewList {
    /// What it is called.
    pub name: Name,
    /// The status whose tasks it shows.
    pub status: StatusKey,
    /// How many cards there may be before no more are moved into it.
    pub wip_limit: Option<u32>,
}

/// What a new board is to be.
#[derive(Debug, Clone)]
pub struct NewBoard {
    /// Whose it is.
    pub owner: Owner,
    /// What it is called.
    pub name: Name,
    /// Its lists; without them one for every status of the workflow.
    pub lists: Option<Vec<NewList>>,
}

impl NewList {
    /// The list that an operation makes as its `n`th.
    pub(super) fn make(
        &self,
        operation: &[u8; 16],
        n: usize,
        workflow: &Workflow,
    ) -> Result<List, Error> {
        let Self {
            name, wip_limit, ..
        } = self.clone();
        Ok(List {
            id: ListId::made_by(operation, n),
            name,
            status: workflow.named(&self.status)?.id(),
            wip_limit,
        })
    }
}

/// Makes a board.
pub async fn create_board(app: &App, call: &Call, new: NewBoard) -> Result<InOrg<Board>, Error> {
    let project = new.owner.project(app, call).await?;
    let operation = app.store.operation(call)?;
    let id: BoardId = app.new_id(project.tag(), &operation);
    let extra: Vec<_> = operation
        .keyed
        .then(|| keys::board(id))
        .into_iter()
        .collect();
    let (scope, _) = app
        .store
        .open(call, project, &extra)
        .await?
        .require(Action::BoardUpdate)
        .await?;
    if let Some(made) = scope.extra::<Board>(&keys::board(id))? {
        return replayed(&scope, made);
    }
    let board = draw(&scope, id, project, new)?;
    // A board guards no name, so one write does: a repetition finds in its place what was made.
    let made = app.store.create(&scope, board, Error::Conflict).await?;
    Ok(shown(&scope, made))
}

fn replayed(scope: &Scope, made: Stored<Board>) -> Result<InOrg<Board>, Error> {
    made.made_by(scope.operation())?;
    if made.value.deleted_at.is_some() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    meter::note(|totals| totals.replayed = true);
    Ok(shown(scope, made))
}

fn draw(scope: &Scope, id: BoardId, project: ProjectId, new: NewBoard) -> Result<Board, Error> {
    let (now, user, workflow) = (scope.at(), scope.user(), scope.workflow());
    let mut board = Board {
        id,
        project,
        name: new.name,
        lists: vec![],
        created_at: now,
        created_by: user,
        updated_at: now,
        updated_by: user,
        deleted_at: None,
        deleted_by: None,
    };
    let lists = new.lists.map_or_else(|| usual(&workflow), Ok)?;
    for (n, list) in lists.iter().enumerate() {
        let added = list
            .make(&scope.operation().id, n, &workflow)
            .and_then(|list| board.add(list, None));
        added.map_err(|error| of_list(n, error))?;
    }
    Ok(board)
}

/// A list for every status: To Do, In Progress and Done unless the project has a workflow of its own.
fn usual(workflow: &Workflow) -> Result<Vec<NewList>, Error> {
    let list = |status: &domain::work::workflow::StatusDefinition| {
        let name = status
            .name
            .parse()
            .map_err(|_| Error::Internal("a status whose name is no name".to_owned()))?;
        Ok(NewList {
            name,
            status: status.key.clone(),
            wip_limit: None,
        })
    };
    workflow.statuses.iter().map(list).collect()
}

/// An error about a list, told of the `n`th list of the request.
fn of_list(n: usize, error: Error) -> Error {
    match error {
        Error::Invalid(mut faults) => {
            faults
                .iter_mut()
                .for_each(|fault| fault.field = format!("/lists/{n}{}", fault.field));
            Error::Invalid(faults)
        }
        other => other,
    }
}
