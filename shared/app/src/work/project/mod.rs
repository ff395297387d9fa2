//! Projects: making, finding and changing them, their life cycle and their people.

mod change;
mod create;
mod lifecycle;
mod list;
mod members;
mod reach;
mod workflow;

pub use change::{ProjectChange, update_project};
pub use create::{NewProject, create_project};
pub use lifecycle::{
    archive_project, check_restorable, delete_project, restore_project, unarchive_project,
};
pub use list::{ListedProject, ProjectFilter, list_projects};
pub use members::{
    MemberOfProject, list_project_members, put_project_member, remove_project_member,
};
pub use reach::LetIn;
pub use workflow::{NewWorkflow, replace_workflow};

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::call::Call;
use domain::id::{ProjectId, TeamId, UserId};
use domain::membership::organization::Card;
use domain::work::project::Project;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::transaction::Transaction;

use crate::in_org::InOrg;
use crate::{App, membership::team};

/// A project that was made or changed, with whom the teams of the request let into it.
#[derive(Debug, Clone)]
pub struct Arranged {
    /// The project.
    pub project: InOrg<Project>,
    /// The people, if the project is private and the request named teams.
    pub let_in: Option<LetIn>,
}

impl Arranged {
    /// A project as it is now, with whom these teams let into it.
    async fn of(
        app: &App,
        scope: &Scope,
        project: Stored<Project>,
        teams: &[TeamId],
    ) -> Result<Self, Error> {
        let let_in = reach::let_in(app, scope, &project.value, teams).await;
        Ok(Self {
            project: InOrg::of(scope, project).whole(app, scope).await?,
            let_in,
        })
    }
}

/// A project.
pub async fn get_project(app: &App, call: &Call, id: ProjectId) -> Result<InOrg<Project>, Error> {
    let (scope, project) = app
        .store
        .open(call, id, &[])
        .await?
        .require(Action::ProjectRead)
        .await?;
    InOrg::of(&scope, project).whole(app, &scope).await
}

/// Checks that somebody can be given something in a project: they belong to the organization and see the project.
pub fn eligible(
    scope: &Scope,
    user: UserId,
    project: ProjectId,
    field: &str,
) -> Result<Stored<Card>, Error> {
    eligible_in(scope, user, project, scope.project(), field)
}

/// The same for a project as it will be.
fn eligible_in(
    scope: &Scope,
    user: UserId,
    id: ProjectId,
    project: Option<&Project>,
    field: &str,
) -> Result<Stored<Card>, Error> {
    let card = scope
        .extra::<Card>(&keys::card(scope.tag(), user))?
        .filter(|card| card.value.is_live());
    let private = project.is_some_and(Project::is_private);
    let teams = project.map_or(&[][..], |project| &project.teams);
    let circumstances = Circumstances {
        private,
        ..Circumstances::default()
    };
    let sees = |card: &Stored<Card>| {
        card.value
            .standing_in(id, teams)
            .granted(Action::ProjectRead, circumstances)
    };
    card.filter(sees).ok_or_else(|| {
        Error::field(
            field,
            "not_eligible",
            "must be somebody who can see the project",
        )
    })
}

/// Fails if the holder of a card has a role in as many living projects as one person may have. Which of them live is
/// looked at only when the card is that full; roles in deleted ones stay, since those can be brought back.
async fn check_room_on(app: &App, scope: &Scope, card: &Card) -> Result<(), Error> {
    if card.projects.len() < Card::MAX_PROJECTS {
        return Ok(());
    }
    let full = Error::LimitReached {
        what: "projects in which one person has a role",
        limit: Card::MAX_PROJECTS,
    };
    if card.projects.len() >= Card::MOST_PROJECTS_KEPT {
        return Err(full);
    }
    let ids = card
        .projects
        .keys()
        .filter_map(|suffix| ProjectId::from_suffix(scope.tag(), suffix).ok());
    let wanted: Vec<Key> = ids.map(keys::project).collect();
    let found = app.store.fetch::<Project>(scope, &wanted).await?;
    let living = found
        .values()
        .filter(|project| project.value.deleted_at.is_none());
    if living.count() < Card::MAX_PROJECTS {
        Ok(())
    } else {
        Err(full)
    }
}

/// Saves a project, and with it what of it changes elsewhere: in the organization whether it is restricted, in teams
/// that they are attached to it.
async fn save(
    app: &App,
    scope: &Scope,
    before: &Stored<Project>,
    after: Project,
) -> Result<Stored<Project>, Error> {
    let restricted = after.is_restricted();
    let turns = restricted != before.value.is_restricted();
    let teams = team::attachments(app, scope, &before.value, &after).await?;
    // The usual change touches the project alone: one write is half the price of a transaction.
    if !turns && teams.is_empty() {
        return app.store.save(scope, before, after).await;
    }
    let mut transaction = Transaction::new();
    if turns {
        transaction.restrict(&scope.org().value, after.id, restricted);
    }
    let saved = transaction.save(before, after, scope.operation())?;
    for (team, next) in teams {
        transaction.save(&team, next, scope.operation())?;
    }
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}
