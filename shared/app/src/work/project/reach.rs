//! Whom teams let into a private project: shown to whoever attaches them.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, Circumstances, TeamRole};
use domain::account::Profile;
use domain::id::{TeamId, UserId};
use domain::membership::organization::Card;
use domain::work::project::Project;
use futures_util::future::join_all;
use store::Scope;

use crate::{App, membership::team, people};

/// How many people are shown.
const SHOWN: usize = 100;

/// The people who see a private project by the teams that somebody attaches, and would not without them.
#[derive(Debug, Clone, PartialEq)]
pub struct LetIn {
    /// The people, each with the best role in the project's teams, and what others see of them.
    pub people: Vec<(UserId, TeamRole, Option<Profile>)>,
    /// There may be more.
    pub more: bool,
}

/// Whom `teams` let into a project; none if all members of the organization see it anyway, or it cannot be told now: what
/// was asked for is done. Only those of the teams count that the caller may attach.
pub(super) async fn let_in(
    app: &App,
    scope: &Scope,
    project: &Project,
    teams: &[TeamId],
) -> Option<LetIn> {
    let found = find(app, scope, project, teams).await;
    found
        .inspect_err(|error| tracing::warn!(%error, "whom teams let in cannot be told"))
        .ok()
        .flatten()
}

async fn find(
    app: &App,
    scope: &Scope,
    project: &Project,
    teams: &[TeamId],
) -> Result<Option<LetIn>, Error> {
    if !project.is_private() || teams.is_empty() {
        return Ok(None);
    }
    let teams = attached(scope, project, teams);
    let found = entering(app, scope, project, &teams).await?;
    let more = found.more || found.cards.len() > SHOWN;
    let mut cards = found.cards;
    cards.sort_by_key(|card| card.user);
    cards.truncate(SHOWN);
    let mut profiles = people::profiles(app, cards.iter().map(|card| card.user)).await?;
    let person = |card: Card| {
        let role = card.standing_in(project.id, &project.teams).team?;
        Some((card.user, role, profiles.remove(&card.user)))
    };
    Ok(Some(LetIn {
        people: cards.into_iter().filter_map(person).collect(),
        more,
    }))
}

/// Those of the teams to which the project is attached, and may be by the caller.
fn attached(scope: &Scope, project: &Project, teams: &[TeamId]) -> Vec<TeamId> {
    let counts = |team: &&TeamId| {
        project.teams.contains(&team.suffix())
            && team::may_attach(scope, **team, project.id, "team_ids").is_ok()
    };
    teams.iter().filter(counts).copied().collect()
}

/// The people of teams who see a project by these alone.
struct Entering {
    cards: Vec<Card>,
    /// Some team has more people than were looked at.
    more: bool,
}

async fn entering(
    app: &App,
    scope: &Scope,
    project: &Project,
    teams: &[TeamId],
) -> Result<Entering, Error> {
    let others: Vec<String> = project
        .teams
        .iter()
        .filter(|team| !teams.iter().any(|one| one.suffix() == **team))
        .cloned()
        .collect();
    // By person: whoever is in two of the teams counts once.
    let (mut found, mut more) = (HashMap::new(), false);
    for read in join_all(
        teams
            .iter()
            .map(|team| team::people_of(app, scope, *team, SHOWN + 1)),
    )
    .await
    {
        let (cards, rest) = read?;
        more |= rest;
        found.extend(
            cards
                .into_iter()
                .filter(|card| enters(project, &others, card))
                .map(|card| (card.user, card)),
        );
    }
    Ok(Entering {
        cards: found.into_values().collect(),
        more,
    })
}

/// Whether the holder of a card sees a project by its teams, and would not if only `others` were attached.
fn enters(project: &Project, others: &[String], card: &Card) -> bool {
    let around = Circumstances {
        private: project.is_private(),
        ..Circumstances::default()
    };
    let sees = |teams: &[String]| {
        card.standing_in(project.id, teams)
            .granted(Action::ProjectRead, around)
    };
    sees(&project.teams) && !sees(others)
}
