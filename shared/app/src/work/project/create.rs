//! Making a project.

use domain::Error;
use domain::access::{Action, ProjectRole};
use domain::call::Call;
use domain::id::{OrgId, ProjectId, TeamId, UserId};
use domain::membership::organization::Organization;
use domain::membership::team::Team;
use domain::prose::Prose;
use domain::text::{Description, Name, ProjectKey};
use domain::work::project::{Project, ProjectMember, ProjectStatus, Visibility};
use jiff::civil::Date;
use runtime::meter;
use store::keys::Key;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{Arranged, check_room_on, eligible_in};
use crate::{App, free_key, membership::team, retry, tenant};

/// What a new project is to be.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// The organization; none for the caller's default one.
    pub org: Option<OrgId>,
    /// What it is called.
    pub name: Name,
    /// The prefix of its task keys; none to have one made from the name.
    pub key: Option<ProjectKey>,
    /// What it is about.
    pub description: Option<Description>,
    /// Who sees it.
    pub visibility: Visibility,
    /// Who leads it.
    pub lead: Option<UserId>,
    /// The day on which it begins.
    pub start: Option<Date>,
    /// The day by which it should be done.
    pub due: Option<Date>,
    /// A team to attach it to; without an organization it goes to the team's.
    pub team: Option<TeamId>,
}

/// Makes a project; the caller becomes its owner.
pub async fn create_project(app: &App, call: &Call, new: NewProject) -> Result<Arranged, Error> {
    super::change::check_dates(new.start, new.due)?;
    let org = match (new.org, new.team) {
        (None, Some(team)) => team::org_with(app, call, team.tag()).await?,
        (named, _) => tenant::for_creation(app, call, named).await?,
    };
    retry::contended(|| attempt(app, call, org, &new)).await
}

async fn attempt(app: &App, call: &Call, org: OrgId, new: &NewProject) -> Result<Arranged, Error> {
    let operation = app.store.operation(call)?;
    let id: ProjectId = app.new_id(org.tag(), &operation);
    let mut extra = new.beside(org);
    // Without an idempotency key the id is random: there is nothing to be found under it.
    extra.extend(operation.keyed.then(|| keys::project(id)));
    let (scope, organization) = app
        .store
        .open(call, org, &extra)
        .await?
        .require(Action::ProjectCreate)
        .await?;
    if let Some(made) = scope.extra::<Project>(&keys::project(id))? {
        return Arranged::of(app, &scope, replayed(&scope, made)?, new.team.as_slice()).await;
    }
    let made = make(app, &scope, &organization, id, new).await?;
    Arranged::of(app, &scope, made, new.team.as_slice()).await
}

fn replayed(scope: &Scope, made: Stored<Project>) -> Result<Stored<Project>, Error> {
    made.made_by(scope.operation())?;
    if made.value.deleted_at.is_some() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    meter::note(|totals| totals.replayed = true);
    Ok(made)
}

/// Makes the project under its key, or under the first free one of those that its name suggests.
async fn make(
    app: &App,
    scope: &Scope,
    org: &Stored<Organization>,
    id: ProjectId,
    new: &NewProject,
) -> Result<Stored<Project>, Error> {
    let make = |key| with_key(app, scope, org, id, key, new);
    match &new.key {
        Some(key) => make(key.clone()).await,
        None => free_key::with_free_key(app, scope, &new.name, make).await,
    }
}

/// Makes the project under this key, if it is free.
async fn with_key(
    app: &App,
    scope: &Scope,
    org: &Stored<Organization>,
    id: ProjectId,
    key: ProjectKey,
    new: &NewProject,
) -> Result<Stored<Project>, Error> {
    check_room_on(app, scope, &scope.card().value).await?;
    let project = new.project(scope, id, key);
    // The caller becomes an owner and so sees the project, though their card does not say so yet.
    if let Some(lead) = new.lead.filter(|lead| *lead != scope.user()) {
        eligible_in(scope, lead, id, Some(&project), "lead_id")?;
    }
    let team = new
        .team
        .map(|team| team::attachable(scope, team, id, "team_id"))
        .transpose()?;
    write(app, scope, org, project, team).await
}

/// Writes a project with its key and its owner, and into the team that it is attached to.
async fn write(
    app: &App,
    scope: &Scope,
    org: &Stored<Organization>,
    project: Project,
    team: Option<Stored<Team>>,
) -> Result<Stored<Project>, Error> {
    let id = project.id;
    let mut transaction = Transaction::new();
    let restricted = project.is_restricted();
    // First, so that of two equal requests the second finds what the first has made, and no key in its way.
    let made = transaction.create(project, scope.operation(), Error::Conflict)?;
    transaction.claim(
        keys::project_key(scope.tag(), &made.value.key),
        id.to_string(),
        Error::KeyTaken,
    );
    add_owner(&mut transaction, scope, id)?;
    if let Some(team) = team {
        let next = Team {
            updated_at: scope.at(),
            updated_by: scope.user(),
            ..team.value.attached(id)?
        };
        transaction.save(&team, next, scope.operation())?;
    }
    if restricted {
        transaction.restrict(&org.value, id, true);
    }
    app.store.commit(scope, transaction).await?;
    Ok(made)
}

/// Makes the caller the owner of a new project: in the list of its people, and in their card.
fn add_owner(
    transaction: &mut Transaction,
    scope: &Scope,
    project: ProjectId,
) -> Result<(), Error> {
    let member = ProjectMember {
        project,
        user: scope.user(),
        role: ProjectRole::Owner,
        created_at: scope.at(),
    };
    transaction.create(member, scope.operation(), Error::Conflict)?;
    let card = scope.card();
    let mut holder = card.value.clone();
    holder.projects.insert(project.suffix(), ProjectRole::Owner);
    (holder.updated_at, holder.updated_by) = (scope.at(), scope.user());
    transaction.save(card, holder, scope.operation())?;
    Ok(())
}

impl NewProject {
    /// What is to be read of the people and teams that it names beside its organization.
    fn beside(&self, org: OrgId) -> Vec<Key> {
        // A team of another tenant is not read, and so counts as one that is not there.
        let team = self.team.filter(|team| team.tag() == org.tag());
        let lead = self.lead.map(|lead| keys::card(org.tag(), lead));
        lead.into_iter().chain(team.map(keys::team)).collect()
    }

    /// The project that it becomes.
    fn project(&self, scope: &Scope, id: ProjectId, key: ProjectKey) -> Project {
        let (user, now) = (scope.user(), scope.at());
        Project {
            id,
            key,
            name: self.name.clone(),
            description: self.description.clone().map(Prose::from),
            status: ProjectStatus::Active,
            visibility: self.visibility,
            lead: self.lead,
            start: self.start,
            due: self.due,
            owners: 1,
            teams: self.team.map(|team| team.suffix()).into_iter().collect(),
            hidden: false,
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
}
