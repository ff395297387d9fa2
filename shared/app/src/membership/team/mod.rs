//! Teams: making, finding and changing them, their people, the projects that they are attached to, and the one where
//! their work goes that names none.

mod attach;
mod change;
mod create;
mod default;
mod list;
mod members;

pub(crate) use attach::{attachable, attachments, leave_inside, may_attach};
pub use change::{TeamChange, delete_team, update_team};
pub use create::{NewTeam, create_team};
pub use default::default_project;
pub use list::{TeamFilter, list_teams};
pub(crate) use members::people_of;
pub use members::{
    Added, MemberOfTeam, Who, add_team_member, change_team_member_role, list_team_members,
    remove_team_member,
};

use domain::Error;
use domain::access::{Action, OrgRole, Standing};
use domain::call::Call;
use domain::id::{OrgId, ProjectId, Tag, TeamId};
use domain::membership::organization::Card;
use domain::membership::team::Team;
use store::keys::Key;
use store::record::Stored;
use store::store::read_all;
use store::{Scope, keys};

use crate::App;
use crate::in_org::InOrg;

/// A team.
pub async fn get_team(app: &App, call: &Call, id: TeamId) -> Result<InOrg<Team>, Error> {
    let (scope, team) = open_team(app, call, id, Action::TeamRead, &[]).await?;
    seen_by(&scope, team).whole(app, &scope).await
}

/// A team and the right to work on it.
pub async fn open_team(
    app: &App,
    call: &Call,
    id: TeamId,
    action: Action,
    extra: &[Key],
) -> Result<(Scope, Stored<Team>), Error> {
    app.store.open(call, id, extra).await?.require(action).await
}

/// The team as the caller sees it: without projects of whose existence they are not to know.
fn seen_by(scope: &Scope, team: Stored<Team>) -> InOrg<Team> {
    let mut team = InOrg::of(scope, team);
    hide_projects(scope, &mut team.thing.value);
    team
}

/// The roles of a card that count in one team.
fn standing_in(card: &Card, team: TeamId) -> Standing {
    Standing {
        team: card.team_role(team),
        ..card.standing()
    }
}

fn hide_projects(scope: &Scope, team: &mut Team) {
    let card = &scope.card().value;
    // The people of a team know all of its projects: their role in the team counts there.
    if card.role <= OrgRole::Admin || card.team_role(team.id).is_some() {
        return;
    }
    let known = |id: ProjectId| card.project_role(id).is_some() || !scope.must_read(id);
    team.projects
        .retain(|suffix| ProjectId::from_suffix(scope.tag(), suffix).is_ok_and(known));
    team.default_project = team.default_project.filter(|id| known(*id));
}

/// The one of the caller's organizations that has this tag.
pub(crate) async fn org_with(app: &App, call: &Call, tag: Tag) -> Result<OrgId, Error> {
    let me = app.store.open_me(call, &[]).await?;
    me.account
        .value
        .orgs
        .iter()
        .copied()
        .find(|org| org.tag() == tag)
        .ok_or(Error::NotFound)
}

/// The card with room for one more team. Teams that are deleted take none.
async fn with_room(app: &App, card: &Card) -> Result<Card, Error> {
    let mut card = card.clone();
    // A deleted team stays in its people's cards. Which are gone is read only when a card is full.
    if card.teams.len() >= Card::MAX_TEAMS {
        let tag = card.org.tag();
        let ids = card
            .teams
            .keys()
            .filter_map(|suffix| TeamId::from_suffix(tag, suffix).ok());
        let wanted: Vec<_> = ids.map(keys::team).collect();
        let table = app
            .store
            .outside("which of a person's teams are gone, whoever may see them");
        let teams = read_all::<Team>(table.get_many(&wanted, true).await?)?;
        let live = |suffix: &str| {
            teams
                .values()
                .any(|team| team.value.deleted_at.is_none() && team.value.id.suffix() == suffix)
        };
        card.teams.retain(|suffix, _| live(suffix));
    }
    if card.teams.len() >= Card::MAX_TEAMS {
        return Err(Error::LimitReached {
            what: "teams that one person is in",
            limit: Card::MAX_TEAMS,
        });
    }
    Ok(card)
}
