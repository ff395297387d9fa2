//! Changing a team, handing it over, deleting it.

use domain::Error;
use domain::access::{Action, TeamRole};
use domain::call::Call;
use domain::id::{TeamId, UserId};
use domain::membership::organization::Card;
use domain::membership::team::{Team, TeamMember};
use domain::prose::Prose;
use domain::text::{Description, Name};
use domain::work::project::Project;
use store::record::Stored;
use store::store::read_all;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{open_team, seen_by};
use crate::in_org::InOrg;
use crate::{App, retry};

/// What is to change; what is `None` stays, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct TeamChange {
    /// What it is called.
    pub name: Option<Name>,
    /// What it is about.
    pub description: Option<Option<Description>>,
    /// What clients keep for it: a JSON object.
    pub metadata: Option<Option<String>>,
    /// Who it is handed over to: one of its people.
    pub owner: Option<UserId>,
}

/// Changes a team. To hand it over takes the right to delete it.
pub async fn update_team(
    app: &App,
    call: &Call,
    id: TeamId,
    change: &TeamChange,
) -> Result<InOrg<Team>, Error> {
    let heir = change
        .owner
        .map(|user| [keys::card(id.tag(), user), keys::team_member(id, user)]);
    let extra: Vec<_> = heir.into_iter().flatten().collect();
    retry::contended(|| async {
        let (scope, team) = open_team(app, call, id, Action::TeamUpdate, &extra).await?;
        let team = match scope.replays(&team)? {
            true => team,
            false => carry_out(app, &scope, team, change).await?,
        };
        seen_by(&scope, team).whole(app, &scope).await
    })
    .await
}

/// The team after the change; as it was, if that changes nothing.
async fn carry_out(
    app: &App,
    scope: &Scope,
    team: Stored<Team>,
    change: &TeamChange,
) -> Result<Stored<Team>, Error> {
    let heir = change.owner.filter(|user| *user != team.value.owner);
    let heir = heir
        .map(|user| Heir::find(scope, team.value.id, user))
        .transpose()?;
    let mut next = change.apply(&team.value);
    store::prose::reuse(&team.value, &mut next);
    if next == team.value {
        return Ok(team);
    }
    (next.updated_at, next.updated_by) = (scope.at(), scope.user());
    save(app, scope, &team, next, heir).await
}

impl TeamChange {
    fn apply(&self, team: &Team) -> Team {
        let Self {
            name,
            description,
            metadata,
            owner,
        } = self.clone();
        Team {
            name: name.unwrap_or_else(|| team.name.clone()),
            description: description
                .map_or_else(|| team.description.clone(), |text| text.map(Prose::from)),
            metadata: metadata.unwrap_or_else(|| team.metadata.clone()),
            owner: owner.unwrap_or(team.owner),
            ..team.clone()
        }
    }
}

/// Who a team is handed over to.
struct Heir {
    card: Stored<Card>,
    member: Option<Stored<TeamMember>>,
    role: TeamRole,
}

impl Heir {
    fn find(scope: &Scope, team: TeamId, user: UserId) -> Result<Self, Error> {
        scope.also(Action::TeamDelete)?;
        let refused = || {
            Error::field(
                "owner_id",
                "not_eligible",
                "must be one of the team's people",
            )
        };
        let card = scope
            .extra::<Card>(&keys::card(scope.tag(), user))?
            .filter(|card| card.value.is_live());
        let card = card.ok_or_else(refused)?;
        let role = card.value.team_role(team).ok_or_else(refused)?;
        Ok(Self {
            member: scope.extra(&keys::team_member(team, user))?,
            card,
            role,
        })
    }

    /// An owner is an admin.
    fn promote(
        self,
        transaction: &mut Transaction,
        scope: &Scope,
        team: &mut Team,
    ) -> Result<(), Error> {
        let (now, by, operation) = (scope.at(), scope.user(), scope.operation());
        let user = self.card.value.user;
        team.admins = team.admins_after(user, Some(self.role), Some(TeamRole::Admin))?;
        let mut card = self.card.value.clone();
        card.teams.insert(team.id.suffix(), TeamRole::Admin);
        (card.updated_at, card.updated_by) = (now, by);
        transaction.save(&self.card, card, operation)?;
        let created_at = self
            .member
            .as_ref()
            .map_or(now, |member| member.value.created_at);
        let member = TeamMember {
            team: team.id,
            user,
            role: TeamRole::Admin,
            created_at,
        };
        match self.member {
            Some(before) => transaction.save(&before, member, operation)?,
            None => transaction.put(member, operation)?,
        };
        Ok(())
    }
}

/// Saves a team, and with it the guard of its name and the role of its new owner, if they change.
async fn save(
    app: &App,
    scope: &Scope,
    before: &Stored<Team>,
    mut after: Team,
    heir: Option<Heir>,
) -> Result<Stored<Team>, Error> {
    let guard = |team: &Team| keys::team_name(scope.tag(), &team.name);
    let (held, wanted) = (guard(&before.value), guard(&after));
    let heir = heir.filter(|heir| heir.role != TeamRole::Admin);
    if held == wanted && heir.is_none() {
        return app.store.save(scope, before, after).await;
    }
    let mut transaction = Transaction::new();
    if let Some(heir) = heir {
        heir.promote(&mut transaction, scope, &mut after)?;
    }
    let owner = after.id.to_string();
    let saved = transaction.save(before, after, scope.operation())?;
    if held != wanted {
        transaction.claim(wanted, &owner, Error::NameTaken);
        transaction.release(held, &owner);
    }
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}

/// Deletes a team that is attached to no project. Its default project goes to the trash with its tasks, and comes back
/// from there as an ordinary one.
pub async fn delete_team(app: &App, call: &Call, id: TeamId) -> Result<InOrg<Team>, Error> {
    retry::contended(|| async {
        let (scope, team) = open_team(app, call, id, Action::TeamDelete, &[]).await?;
        if scope.replays(&team)? {
            return seen_by(&scope, team).whole(app, &scope).await;
        }
        let projects = projects_of(app, &team.value).await?;
        let own = |project: &Project| team.value.home() == Some(project.id);
        if projects
            .iter()
            .any(|project| project.value.deleted_at.is_none() && !own(&project.value))
        {
            return Err(Error::HasProjects);
        }
        let gone = delete(app, &scope, &team, projects).await?;
        seen_by(&scope, gone).whole(app, &scope).await
    })
    .await
}

async fn projects_of(app: &App, team: &Team) -> Result<Vec<Stored<Project>>, Error> {
    let wanted: Vec<_> = team.all_projects().into_iter().map(keys::project).collect();
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let table = app
        .store
        .outside("projects of a team, whoever may see them");
    let projects = read_all::<Project>(table.get_many(&wanted, true).await?)?;
    Ok(projects.into_values().collect())
}

async fn delete(
    app: &App,
    scope: &Scope,
    team: &Stored<Team>,
    projects: Vec<Stored<Project>>,
) -> Result<Stored<Team>, Error> {
    let (now, by, operation) = (scope.at(), scope.user(), scope.operation());
    let mut transaction = Transaction::new();
    let gone = Team {
        projects: vec![],
        default_project: None,
        updated_at: now,
        updated_by: by,
        deleted_at: Some(now),
        deleted_by: Some(by),
        ..team.value.clone()
    };
    let id = gone.id;
    let gone = transaction.save(team, gone, operation)?;
    transaction.release(
        keys::team_name(scope.tag(), &team.value.name),
        id.to_string(),
    );
    for project in &projects {
        let_go(&mut transaction, scope, project, id)?;
    }
    app.store.commit(scope, transaction).await?;
    Ok(gone)
}

/// Detaches a project from a team that is deleted. The team's default one is deleted with it.
fn let_go(
    transaction: &mut Transaction,
    scope: &Scope,
    project: &Stored<Project>,
    team: TeamId,
) -> Result<(), Error> {
    let (now, by) = (scope.at(), scope.user());
    let mut next = project.value.clone();
    next.teams.retain(|suffix| *suffix != team.suffix());
    (next.updated_at, next.updated_by) = (now, by);
    if next.hidden {
        // Only a default project is hidden. It comes back from the trash as one that lists show.
        (next.hidden, next.deleted_at, next.deleted_by) = (false, Some(now), Some(by));
        transaction.restrict(&scope.org().value, next.id, true);
    }
    transaction.save(project, next, scope.operation()).map(drop)
}
