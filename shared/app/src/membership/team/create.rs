//! Making a team.

use domain::Error;
use domain::access::{Action, TeamRole};
use domain::call::Call;
use domain::id::{OrgId, ProjectId, TeamId};
use domain::membership::team::{Team, TeamMember};
use domain::prose::Prose;
use domain::text::{Description, Name};
use domain::work::project::Project;
use runtime::meter;
use store::keys::Key;
use store::record::{Operation, Stored};
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{org_with, with_room};
use crate::in_org::InOrg;
use crate::{App, retry, tenant};

/// What a new team is to be.
#[derive(Debug, Clone)]
pub struct NewTeam {
    /// The organization; none for the project's, or else the caller's default one.
    pub org: Option<OrgId>,
    /// What it is called.
    pub name: Name,
    /// What it is about.
    pub description: Option<Description>,
    /// The project that it is inside of.
    pub project: Option<ProjectId>,
    /// What clients keep for it: a JSON object.
    pub metadata: Option<String>,
}

/// Makes a team; the caller becomes its owner and first admin. A team inside a project is attached to it.
pub async fn create_team(app: &App, call: &Call, new: NewTeam) -> Result<InOrg<Team>, Error> {
    let org = match (new.org, new.project) {
        (None, Some(project)) => org_with(app, call, project.tag()).await?,
        (named, _) => tenant::for_creation(app, call, named).await?,
    };
    retry::contended(|| attempt(app, call, org, &new)).await
}

// In one piece: the operation gives the id, the id what is read, and what was read the answer.
async fn attempt(app: &App, call: &Call, org: OrgId, new: &NewTeam) -> Result<InOrg<Team>, Error> {
    let operation = app.store.operation(call)?;
    let id: TeamId = app.new_id(org.tag(), &operation);
    // Without an idempotency key the id is random, and no team can stand under it yet.
    let made = operation.keyed.then(|| keys::team(id));
    let extra: Vec<_> = made.into_iter().chain(wanted(org, new)).collect();
    let (scope, _) = app
        .store
        .open(call, org, &extra)
        .await?
        .require(Action::TeamCreate)
        .await?;
    if let Some(made) = scope.extra::<Team>(&keys::team(id))? {
        let made = made_before(made, &operation)?;
        return InOrg::of(&scope, made).whole(app, &scope).await;
    }
    let inside = new
        .project
        .map(|project| around(&scope, project))
        .transpose()?;
    let made = write(app, &scope, id, new, inside).await?;
    InOrg::of(&scope, made).whole(app, &scope).await
}

/// The project to read too. One of another organization counts as one that never was.
fn wanted(org: OrgId, new: &NewTeam) -> Option<Key> {
    new.project
        .filter(|project| project.tag() == org.tag())
        .map(keys::project)
}

/// The team that this very request has made, unless it was deleted since.
fn made_before(made: Stored<Team>, operation: &Operation) -> Result<Stored<Team>, Error> {
    made.made_by(operation)?;
    meter::note(|totals| totals.replayed = true);
    if made.value.deleted_at.is_some() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    Ok(made)
}

/// The project in which a team is to be made: one that the caller runs, and in which they have a role.
fn around(scope: &Scope, id: ProjectId) -> Result<Stored<Project>, Error> {
    let ours = (id.tag() == scope.tag())
        .then(|| scope.extra::<Project>(&keys::project(id)))
        .transpose()?
        .flatten();
    let project = ours.ok_or(Error::NotFound)?;
    scope.may_in(&project.value, Action::ProjectUpdate)?;
    if scope.card().value.project_role(id).is_none() {
        return Err(Error::field(
            "project_id",
            "not_eligible",
            "must be a project in which you have a role",
        ));
    }
    if project.value.teams.len() >= Project::MAX_TEAMS {
        return Err(Error::LimitReached {
            what: "teams of a project",
            limit: Project::MAX_TEAMS,
        });
    }
    Ok(project)
}

fn team(scope: &Scope, id: TeamId, new: &NewTeam) -> Team {
    let (user, now) = (scope.user(), scope.at());
    Team {
        id,
        name: new.name.clone(),
        description: new.description.clone().map(Prose::from),
        owner: user,
        project: new.project,
        metadata: new.metadata.clone(),
        projects: new
            .project
            .map(|project| project.suffix())
            .into_iter()
            .collect(),
        default_project: None,
        admins: 1,
        created_at: now,
        created_by: user,
        updated_at: now,
        updated_by: user,
        deleted_at: None,
        deleted_by: None,
    }
}

/// Makes the team, its first admin's place, and its own place in the project that it is inside of.
// In one piece: one transaction, whose first refused act decides what a second request is told.
async fn write(
    app: &App,
    scope: &Scope,
    id: TeamId,
    new: &NewTeam,
    inside: Option<Stored<Project>>,
) -> Result<Stored<Team>, Error> {
    let (user, now, operation) = (scope.user(), scope.at(), scope.operation());
    let mut holder = with_room(app, &scope.card().value).await?;
    let mut transaction = Transaction::new();
    // First, so that of two equal requests the second finds what the first has made, and no name in its way.
    let made = transaction.create(team(scope, id, new), operation, Error::Conflict)?;
    transaction.claim(
        keys::team_name(scope.tag(), &new.name),
        id.to_string(),
        Error::NameTaken,
    );
    let member = TeamMember {
        team: id,
        user,
        role: TeamRole::Admin,
        created_at: now,
    };
    transaction.create(member, operation, Error::Conflict)?;
    holder.teams.insert(id.suffix(), TeamRole::Admin);
    (holder.updated_at, holder.updated_by) = (now, user);
    transaction.save(scope.card(), holder, operation)?;
    if let Some(project) = inside {
        let mut next = project.value.clone();
        next.teams.push(id.suffix());
        (next.updated_at, next.updated_by) = (now, user);
        transaction.save(&project, next, operation)?;
    }
    app.store.commit(scope, transaction).await?;
    Ok(made)
}
