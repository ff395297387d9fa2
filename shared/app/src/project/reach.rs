//! Whom teams let into a private project: shown to whoever attaches them.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, Circumstances, TeamRole};
use domain::account::Profile;
use domain::id::{TeamId, UserId};
use domain::organization::Card;
use domain::project::Project;
use store::Scope;

use crate::{App, people, team};

/// How many people are shown.
const SHOWN: usize = 100;

/// The people who see a private project by the teams that somebody attaches, and would not without them.
#[derive(Debug, Clone, PartialEq)]
pub struct LetIn {
    /// The people, each with the best role in these teams, and what others see of them.
    pub people: Vec<(UserId, TeamRole, Option<Profile>)>,
    /// There are more.
    pub more: bool,
}

/// Whom `teams` let into a project; none if all members of the organization see it anyway. Only those of them count that
/// the caller may attach, which are there, and were read with the project.
pub(super) async fn let_in(
    app: &App,
    scope: &Scope,
    project: &Project,
    teams: &[TeamId],
) -> Result<Option<LetIn>, Error> {
    if !project.is_private() || teams.is_empty() {
        return Ok(None);
    }
    let (mut found, mut more) = (HashMap::new(), false);
    for id in teams {
        let attached = project.teams.contains(&id.suffix());
        if !attached || team::attachable(scope, *id, project.id, "team_ids").is_err() {
            continue;
        }
        let (cards, rest) = team::people_of(app, scope, *id, SHOWN + 1).await?;
        more |= rest;
        found.extend(cards.into_iter().filter(|card| enters(project, card)).map(|card| (card.user, card)));
        if found.len() > SHOWN {
            more = true;
            break;
        }
    }
    let mut cards: Vec<Card> = found.into_values().collect();
    cards.sort_by_key(|card| card.user);
    cards.truncate(SHOWN);
    let mut profiles = people::profiles(app, cards.iter().map(|card| card.user)).await?;
    let person = |card: Card| {
        let role = card.standing_in(project.id, &project.teams).team?;
        Some((card.user, role, profiles.remove(&card.user)))
    };
    Ok(Some(LetIn { people: cards.into_iter().filter_map(person).collect(), more }))
}

/// Whether the holder of a card sees a project by its teams, and not without them.
fn enters(project: &Project, card: &Card) -> bool {
    let around = Circumstances { private: project.is_private(), ..Circumstances::default() };
    let sees = |teams: &[String]| card.standing_in(project.id, teams).granted(Action::ProjectRead, around);
    sees(&project.teams) && !sees(&[])
}
