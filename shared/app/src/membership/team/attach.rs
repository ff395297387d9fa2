//! Attaching teams to projects: both say so, and are written together.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::access::{Action, Circumstances, Standing};
use domain::id::{ProjectId, TeamId};
use domain::membership::organization::Card;
use domain::membership::team::Team;
use domain::work::project::Project;
use store::record::Stored;
use store::store::read_all;
use store::transaction::Transaction;
use store::{Scope, keys};

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
    let refused = || {
        Error::field(
            field,
            "not_eligible",
            "must be a team of the project's organization",
        )
    };
    let ours = (id.tag() == scope.tag())
        .then(|| scope.extra::<Team>(&keys::team(id)))
        .transpose()?
        .flatten();
    let card = &scope.card().value;
    let standing = Standing {
        org: card.role,
        team: card.team_role(id),
        project: None,
    };
    let may = |action| standing.granted(action, Circumstances::default());
    let elsewhere = |team: &Team| team.project.is_some_and(|inside| inside != project);
    let fits = |team: &Team| team.deleted_at.is_none() && !elsewhere(team) && may(Action::TeamRead);
    let team = ours.filter(|team| fits(&team.value)).ok_or_else(refused)?;
    if standing.team.is_some() || may(Action::TeamUpdate) {
        return Ok(team);
    }
    scope.audited(Err(Error::Forbidden {
        permission: Action::TeamUpdate.as_str(),
    }))
}

/// What a project's change of teams changes in the teams: each as it is and as it will be. Those that were not read
/// with the project are read now.
pub(crate) async fn attachments(
    app: &App,
    scope: &Scope,
    before: &Project,
    after: &Project,
) -> Result<Vec<(Stored<Team>, Team)>, Error> {
    let (had, has): (HashSet<&String>, HashSet<&String>) =
        (before.teams.iter().collect(), after.teams.iter().collect());
    let changed = had
        .symmetric_difference(&has)
        .filter_map(|suffix| TeamId::from_suffix(scope.tag(), suffix).ok());
    let changed: Vec<TeamId> = changed.collect();
    let mut teams = HashMap::new();
    let mut unread = vec![];
    for key in changed.iter().copied().map(keys::team) {
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
    let turn = |team: Stored<Team>| {
        let mut next = match has.contains(&team.value.id.suffix()) {
            true => team.value.attached(after.id)?,
            false => team.value.detached(after.id),
        };
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        Ok((team, next))
    };
    teams.into_values().map(turn).collect()
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
    let theirs = project
        .teams
        .iter()
        .filter(|suffix| card.teams.contains_key(*suffix));
    let theirs: Vec<_> = theirs
        .filter_map(|suffix| TeamId::from_suffix(scope.tag(), suffix).ok())
        .map(keys::team)
        .collect();
    if theirs.is_empty() {
        return Ok(());
    }
    let table = app
        .store
        .outside("teams inside a project that somebody leaves, whoever may see them");
    let teams = read_all::<Team>(table.get_many(&theirs, true).await?)?;
    for team in teams
        .values()
        .filter(|team| team.value.project == Some(project.id))
    {
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
