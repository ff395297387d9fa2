//! Changing a project's fields.

use std::collections::BTreeSet;

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{ProjectId, TeamId, UserId};
use domain::prose::Prose;
use domain::text::{Description, Name};
use domain::work::project::{Project, ProjectStatus, Visibility};
use jiff::civil::Date;
use store::keys::Key;
use store::record::Stored;
use store::{Scope, keys};

use super::{Arranged, eligible_in, save};
use crate::{App, membership::team, retry};

/// What is to change; outer `None` leaves a field as it is, inner `None` empties it.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange {
    /// What it is called.
    pub name: Option<Name>,
    /// What it is about.
    pub description: Option<Option<Description>>,
    /// Where it stands.
    pub status: Option<ProjectStatus>,
    /// Who sees it.
    pub visibility: Option<Visibility>,
    /// Who leads it.
    pub lead: Option<Option<UserId>>,
    /// The day on which it begins.
    pub start: Option<Option<Date>>,
    /// The day by which it should be done.
    pub due: Option<Option<Date>>,
    /// The teams that it is attached to.
    pub teams: Option<Vec<TeamId>>,
    /// Whether those who only read may comment.
    pub viewers_comment: Option<bool>,
}

pub(super) fn check_dates(start: Option<Date>, due: Option<Date>) -> Result<(), Error> {
    match (start, due) {
        (Some(start), Some(due)) if due < start => Err(Error::field(
            "due_date",
            "before_start",
            "must not be before the start date",
        )),
        _ => Ok(()),
    }
}

/// Changes a project.
pub async fn update_project(
    app: &App,
    call: &Call,
    id: ProjectId,
    change: ProjectChange,
) -> Result<Arranged, Error> {
    retry::contended(|| attempt(app, call, id, &change)).await
}

async fn attempt(
    app: &App,
    call: &Call,
    id: ProjectId,
    change: &ProjectChange,
) -> Result<Arranged, Error> {
    let named = change.teams.as_deref().unwrap_or_default();
    let (scope, project) = app
        .store
        .open(call, id, &change.beside(id))
        .await?
        .require(Action::ProjectUpdate)
        .await?;
    if scope.replays(&project)? {
        return Arranged::of(app, &scope, project, named).await;
    }
    let next = changed(&scope, &project, change)?;
    let saved = save(app, &scope, &project, next).await?;
    Arranged::of(app, &scope, saved, named).await
}

/// The project as it will be, if the caller may change all of this.
fn changed(
    scope: &Scope,
    project: &Stored<Project>,
    change: &ProjectChange,
) -> Result<Project, Error> {
    if change.status.is_some() {
        scope.also(Action::ProjectStatusChange)?;
    }
    let mut next = project.value.clone();
    change.apply(&mut next)?;
    // Before the two are compared: the same long text again is no change.
    store::prose::reuse(&project.value, &mut next);
    if project.value.is_private()
        && !next.is_private()
        && !scope.standing().may_open(scope.circumstances())
    {
        return scope.audited(Err(Error::RoleTooHigh));
    }
    if let Some(teams) = &change.teams {
        attach(scope, &mut next, teams)?;
    }
    // After the teams: the lead may see the project only through one that is attached now.
    if let Some(lead) = change.lead.flatten() {
        eligible_in(scope, lead, next.id, Some(&next), "lead_id")?;
    }
    if next != project.value {
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
    }
    Ok(next)
}

/// Attaches these teams to a project and no others. Those that were attached before stay, whoever asks.
fn attach(scope: &Scope, project: &mut Project, teams: &[TeamId]) -> Result<(), Error> {
    let wanted: BTreeSet<String> = teams.iter().map(|team| team.suffix()).collect();
    if project.hidden && !wanted.iter().eq(&project.teams) {
        return Err(Error::field(
            "team_ids",
            "not_eligible",
            "cannot change: it is a team's default project",
        ));
    }
    for team in teams
        .iter()
        .filter(|team| !(team.tag() == scope.tag() && project.teams.contains(&team.suffix())))
    {
        // The people of the team come in with it.
        scope.also(Action::ProjectMembersManage)?;
        team::attachable(scope, *team, project.id, "team_ids")?;
    }
    if wanted.len() > Project::MAX_TEAMS {
        return Err(Error::LimitReached {
            what: "teams of a project",
            limit: Project::MAX_TEAMS,
        });
    }
    project.teams = wanted.into_iter().collect();
    Ok(())
}

impl ProjectChange {
    /// What is to be read of the people and teams that it names beside the project.
    fn beside(&self, id: ProjectId) -> Vec<Key> {
        let lead = self.lead.flatten().map(|lead| keys::card(id.tag(), lead));
        let named = self.teams.as_deref().unwrap_or_default();
        // A team of another tenant is not read, and so counts as one that is not there.
        let teams = named.iter().filter(|team| team.tag() == id.tag());
        lead.into_iter()
            .chain(teams.copied().map(keys::team))
            .collect()
    }

    fn apply(&self, project: &mut Project) -> Result<(), Error> {
        let Self {
            name,
            description,
            status,
            visibility,
            lead,
            start,
            due,
            teams: _,
            viewers_comment,
        } = self.clone();
        project.name = name.unwrap_or_else(|| project.name.clone());
        project.description =
            description.map_or_else(|| project.description.clone(), |text| text.map(Prose::from));
        project.visibility = visibility.unwrap_or(project.visibility);
        project.viewers_comment = viewers_comment.unwrap_or(project.viewers_comment);
        project.lead = lead.unwrap_or(project.lead);
        project.start = start.unwrap_or(project.start);
        project.due = due.unwrap_or(project.due);
        if let Some(status) = status {
            project.status = project.status.step(status)?;
        }
        check_dates(project.start, project.due)
    }
}
