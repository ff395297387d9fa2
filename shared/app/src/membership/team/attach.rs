//! Attaching teams to projects: both say so, and are written together.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::id::{ProjectId, TeamId};
use domain::membership::organization::Card;
use domain::membership::team::Team;
use domain::work::project::Project;
use store::keys::Key;
use store::record::Stored;
use store::store::read_all;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::standing_in;
use crate::App;

/// A team that the caller may attach to a project. It was read with what was opened.
///
/// # Errors
/// A field error if it is not there or cannot be attached there; `Forbidden` unless the caller is one of its people, or
/// may change any team.
pub(crate) fn attachable(
    scope: &Scope,
    id: TeamId,
    project: ProjectId,
    field: &str,
) -> Result<Stored<Team>, Error> {
    scope.audited(may_attach(scope, id, project, field))
}

/// The same where it is only asked: what is left out of an answer is no refusal that the audit trail should have.
pub(crate) fn may_attach(
    scope: &Scope,
    id: TeamId,
    project: ProjectId,
    field: &str,
) -> Result<Stored<Team>, Error> {
    let ours = (id.tag() == scope.tag())
        .then(|| scope.extra::<Team>(&keys::team(id)))
        .transpose()?
        .flatten();
    let standing = standing_in(&scope.card().value, id);
    let may = |action| standing.granted(action, Circumstances::default());
    let elsewhere = |team: &Team| team.project.is_some_and(|inside| inside != project);
    let fits = |team: &Team| team.deleted_at.is_none() && !elsewhere(team) && may(Action::TeamRead);
    // One error for a team that is deleted, elsewhere, unseen or not there: it does not tell which.
    let message = "must be a team of the project's organization";
    let team = ours
        .filter(|team| fits(&team.value))
        .ok_or_else(|| Error::field(field, "not_eligible", message))?;
    if standing.team.is_some() || may(Action::TeamUpdate) {
        return Ok(team);
    }
    Err(Error::Forbidden {
        permission: Action::TeamUpdate.as_str(),
    })
}

/// What a project's change of teams changes in the teams: each as it is and as it will be. Those that were not read
/// with the project are read now.
// In one piece: the teams before and after decide which ones change, and which way each turns.
pub(crate) async fn attachments(
    app: &App,
    scope: &Scope,
    before: &Project,
    after: &Project,
) -> Result<Vec<(Stored<Team>, Team)>, Error> {
    // A deleted project takes no room in a team, and finds out when it is brought back whether there is some.
    let counted = |project: &Project| project.deleted_at.is_none();
    let teams_of = |project: &'_ Project| -> HashSet<String> {
        let teams = project.teams.iter().filter(|_| counted(project));
        teams.cloned().collect()
    };
    let (had, has) = (teams_of(before), teams_of(after));
    let changed = had
        .symmetric_difference(&has)
        .filter_map(|suffix| TeamId::from_suffix(scope.tag(), suffix).ok());
    let teams = read_teams(app, scope, changed.collect()).await?;
    let turn = |team: Stored<Team>| {
        let mut next = match has.contains(&team.value.id.suffix()) {
            true => team.value.attached(after.id)?,
            false => team.value.detached(after.id),
        };
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        Ok((team, next))
    };
    // What is gone is let go of, and not attached to.
    let fits = |team: &Stored<Team>| {
        team.value.deleted_at.is_none() || !has.contains(&team.value.id.suffix())
    };
    teams.into_values().filter(fits).map(turn).collect()
}

/// Those of these teams that are there, by their keys.
async fn read_teams(
    app: &App,
    scope: &Scope,
    ids: Vec<TeamId>,
) -> Result<HashMap<Key, Stored<Team>>, Error> {
    let mut teams = HashMap::new();
    let mut unread = vec![];
    for key in ids.into_iter().map(keys::team) {
        match scope.extra::<Team>(&key)? {
            Some(team) => drop(teams.insert(key, team)),
            None => unread.push(key),
        }
    }
    if !unread.is_empty() {
        let table = app
            .store
            .outside("teams that a project is detached from, whoever may see them");
        teams.extend(read_all::<Team>(table.get_many(&unread, true).await?)?);
    }
    Ok(teams)
}

/// Takes the holder of a card, who leaves a project, out of the teams that are inside it.
///
/// # Errors
/// `LastAdmin` or `LastOwner` if a team cannot do without them.
pub(crate) async fn leave_inside(
    app: &App,
    scope: &Scope,
    transaction: &mut Transaction,
    project: &Project,
    card: &mut Card,
) -> Result<(), Error> {
    let teams = teams_inside(app, scope, project, card).await?;
    for team in &teams {
        // Their entry in the team's list stays: without a role in the card it counts as absent.
        let role = card.teams.remove(&team.value.id.suffix());
        let admins = team.value.admins_after(card.user, role, None)?;
        let next = Team {
            admins,
            updated_at: scope.at(),
            updated_by: scope.user(),
            ..team.value.clone()
        };
        transaction.save(team, next, scope.operation())?;
    }
    Ok(())
}

/// The teams inside a project that the holder of a card is in.
async fn teams_inside(
    app: &App,
    scope: &Scope,
    project: &Project,
    card: &Card,
) -> Result<Vec<Stored<Team>>, Error> {
    let theirs = project
        .teams
        .iter()
        .filter(|suffix| card.teams.contains_key(*suffix));
    let theirs: Vec<_> = theirs
        .filter_map(|suffix| TeamId::from_suffix(scope.tag(), suffix).ok())
        .map(keys::team)
        .collect();
    if theirs.is_empty() {
        return Ok(vec![]);
    }
    let table = app
        .store
        .outside("teams inside a project that somebody leaves, whoever may see them");
    let teams = read_all::<Team>(table.get_many(&theirs, true).await?)?;
    // Other teams are only attached to the project: in those a person stays who leaves it.
    Ok(teams
        .into_values()
        .filter(|team| team.value.project == Some(project.id))
        .collect())
}
