//! Where a team's work goes that names no project.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{ProjectId, TeamId};
use domain::membership::team::Team;
use domain::text::ProjectKey;
use domain::work::project::{Project, ProjectStatus, Visibility};
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use crate::{App, free_key, retry};

/// The project where a team's work goes that names none: the one that the team is inside of, or else its default
/// project. That is made when it is first asked for, if the caller may make tasks in it: visible to the organization,
/// and hidden from lists of projects.
pub async fn default_project(app: &App, call: &Call, team: TeamId) -> Result<ProjectId, Error> {
    retry::contended(|| async {
        let (scope, team) = super::open_team(app, call, team, Action::TeamRead, &[]).await?;
        match team.value.home() {
            Some(project) => Ok(project),
            // What was made before stands in another one, which is gone.
            None if scope.operation().is_answered() => Err(Error::IdempotencyTargetDeleted),
            None => make(app, &scope, &team).await,
        }
    })
    .await
}

async fn make(app: &App, scope: &Scope, team: &Stored<Team>) -> Result<ProjectId, Error> {
    scope.also(Action::TaskCreate)?;
    free_key::with_free_key(app, scope, &team.value.name, |key| {
        write(app, scope, team, key)
    })
    .await
}

async fn write(
    app: &App,
    scope: &Scope,
    team: &Stored<Team>,
    key: ProjectKey,
) -> Result<ProjectId, Error> {
    // It is no answer to the caller's request, so no repetition of that finds it.
    let operation = scope.operation().part("default project").unkeyed();
    let project = project(app, scope, &team.value, key.clone());
    let id = project.id;
    let mut transaction = Transaction::new();
    let mut next = Team {
        default_project: Some(id),
        ..team.value.clone()
    };
    (next.updated_at, next.updated_by) = (scope.at(), scope.user());
    // First, so that of two who use the team for the first time at once the second finds what the first has made.
    transaction.save(team, next, &operation)?;
    transaction.create(project, &operation, Error::Conflict)?;
    transaction.claim(
        keys::project_key(scope.tag(), &key),
        id.to_string(),
        Error::KeyTaken,
    );
    app.store.commit(scope, transaction).await?;
    Ok(id)
}

fn project(app: &App, scope: &Scope, team: &Team, key: ProjectKey) -> Project {
    let (user, now) = (scope.user(), scope.at());
    Project {
        id: ProjectId::new(scope.tag(), app.entropy.bytes()),
        key,
        name: team.name.clone(),
        description: None,
        status: ProjectStatus::Active,
        visibility: Visibility::Organization,
        lead: None,
        start: None,
        due: None,
        owners: 0,
        teams: vec![team.id.suffix()],
        hidden: true,
        viewers_comment: false,
        workflow: None,
        archived_at: None,
        created_at: now,
        created_by: user,
        updated_at: now,
        updated_by: user,
        deleted_at: None,
        deleted_by: None,
    }
}
