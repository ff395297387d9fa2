//! Making a project.

use domain::Error;
use domain::access::{Action, ProjectRole};
use domain::call::Call;
use domain::id::{OrgId, ProjectId, TeamId, UserId};
use domain::membership::organization::{Card, Organization};
use domain::membership::team::Team;
use domain::prose::Prose;
use domain::text::{Description, Name, ProjectKey};
use domain::work::project::{Project, ProjectMember, ProjectStatus, Visibility};
use jiff::civil::Date;
use runtime::meter;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{Arranged, eligible_in};
use crate::{App, membership::team, retry, tenant};

/// How many keys are tried for a project that was given none.
const KEY_ATTEMPTS: u32 = 50;

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
    let mut extra: Vec<_> = operation
        .keyed
        .then(|| keys::project(id))
        .into_iter()
        .collect();
    extra.extend(new.lead.map(|lead| keys::card(org.tag(), lead)));
    extra.extend(
        new.team
            .filter(|team| team.tag() == org.tag())
            .map(keys::team),
    );
    let (scope, organization) = app
        .store
        .open(call, org, &extra)
        .await?
        .require(Action::ProjectCreate)
        .await?;
    if let Some(made) = scope.extra::<Project>(&keys::project(id))? {
        return Arranged::of(app, &scope, replayed(&scope, made)?, new.team.as_slice()).await;
    }
    let keys: Vec<ProjectKey> = match &new.key {
        Some(key) => vec![key.clone()],
        None => (0..KEY_ATTEMPTS)
            .map(|attempt| ProjectKey::suggest(new.name.as_str(), attempt))
            .collect(),
    };
    for key in keys {
        match write(app, &scope, &organization, id, key, new).await {
            Err(Error::KeyTaken) if new.key.is_none() => {}
            Err(error) => return Err(error),
            Ok(made) => return Arranged::of(app, &scope, made, new.team.as_slice()).await,
        }
    }
    Err(Error::KeyTaken)
}

fn replayed(scope: &Scope, made: Stored<Project>) -> Result<Stored<Project>, Error> {
    made.made_by(scope.operation())?;
    if made.value.deleted_at.is_some() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    meter::note(|totals| totals.replayed = true);
    Ok(made)
}

async fn write(
    app: &App,
    scope: &Scope,
    org: &Stored<Organization>,
    id: ProjectId,
    key: ProjectKey,
    new: &NewProject,
) -> Result<Stored<Project>, Error> {
    let (user, now, operation) = (scope.user(), scope.at(), scope.operation());
    let card = scope.card();
    if card.value.projects.len() >= Card::MAX_PROJECTS {
        return Err(Error::LimitReached {
            what: "projects in which one person has a role",
            limit: Card::MAX_PROJECTS,
        });
    }
    let project = Project {
        id,
        key: key.clone(),
        name: new.name.clone(),
        description: new.description.clone().map(Prose::from),
        status: ProjectStatus::Active,
        visibility: new.visibility,
        lead: new.lead,
        start: new.start,
        due: new.due,
        owners: 1,
        teams: new.team.map(|team| team.suffix()).into_iter().collect(),
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
    };
    if let Some(lead) = new.lead.filter(|lead| *lead != user) {
        eligible_in(scope, lead, id, Some(&project), "lead_id")?;
    }
    let team = new
        .team
        .map(|team| team::attachable(scope, team, id, "team_id"))
        .transpose()?;
    let mut transaction = Transaction::new();
    let restricted = project.is_restricted();
    // First, so that of two equal requests the second finds what the first has made, and no key in its way.
    let made = transaction.create(project, operation, Error::Conflict)?;
    transaction.claim(
        keys::project_key(scope.tag(), &key),
        id.to_string(),
        Error::KeyTaken,
    );
    let member = ProjectMember {
        project: id,
        user,
        role: ProjectRole::Owner,
        created_at: now,
    };
    transaction.create(member, operation, Error::Conflict)?;
    let mut holder = card.value.clone();
    holder.projects.insert(id.suffix(), ProjectRole::Owner);
    (holder.updated_at, holder.updated_by) = (now, user);
    transaction.save(card, holder, operation)?;
    if let Some(team) = team {
        let next = Team {
            updated_at: now,
            updated_by: user,
            ..team.value.attached(id)?
        };
        transaction.save(&team, next, operation)?;
    }
    if restricted {
        transaction.restrict(&org.value, id, true);
    }
    app.store.commit(scope, transaction).await?;
    Ok(made)
}
