//! Finding an organization's people.

use domain::Error;
use domain::access::{Action, OrgRole};
use domain::call::{Call, Page, Versioned};
use domain::id::TeamId;
use domain::membership::organization::Card;
use domain::text::Needle;
use paging::Walk;
use serde::Serialize;
use store::keys;
use store::record::Stored;

use crate::membership::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, membership::team};

/// Which people are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MemberFilter {
    /// Of one role only.
    pub role: Option<OrgRole>,
    /// Whose username or name contains this.
    pub q: Option<Needle>,
    /// In this team only.
    pub team: Option<TeamId>,
}

impl MemberFilter {
    /// Whether it leaves anybody out.
    pub fn is_set(&self) -> bool {
        self.role.is_some() || self.q.is_some() || self.team.is_some()
    }

    /// Whether somebody is wanted.
    pub fn matches(&self, card: &Card) -> bool {
        let contains = |q: &Needle| {
            let name = card
                .full_name
                .as_ref()
                .map(|name| name.as_str())
                .unwrap_or_default();
            q.is_in(&format!("{} {name}", card.username))
        };
        let in_team = self.team.is_none_or(|team| card.team_role(team).is_some());
        in_team
            && self.role.is_none_or(|role| role == card.role)
            && self.q.as_ref().is_none_or(contains)
    }
}

/// A page of an organization's people, as they joined. Guests find only the people of their projects.
// In one piece: one walk through the people, and the little that must be known before it.
pub async fn list_members(
    app: &App,
    call: &Call,
    org: &OrgRef,
    filter: &MemberFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Versioned<Card>>, Error> {
    let id = id_of(app, call, org).await?;
    // The team first: whoever does not see it must not learn from the list who is in it.
    if let Some(team) = filter.team {
        let (scope, _) = team::open_team(app, call, team, Action::TeamRead, &[]).await?;
        if scope.org_id() != id {
            return Err(Error::NotFound);
        }
    }
    let range = keys::members_of(id.tag());
    let walk = Walk::new(app.pager(), call, id.tag(), range, filter, limit, cursor).await?;
    walk.page(
        app.store.open(call, id, &[]),
        Action::MembersList,
        |_| Ok(()),
        |scope, card: Stored<Card>| {
            let wanted = card.value.is_live()
                && scope.card().value.sees(&card.value)
                && filter.matches(&card.value);
            wanted.then(|| card.versioned())
        },
        filter.is_set(),
    )
    .await
}

#[cfg(test)]
mod tests {
    use domain::id::{OrgId, Tag, UserId};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn people_are_found_by_any_part_of_their_names_in_any_case() {
        let user = UserId::new(1, [1; 10]);
        let card = Card {
            org: OrgId::new(Tag::from_bytes([1; 5]), [1; 11]),
            user,
            role: OrgRole::Member,
            projects: Default::default(),
            teams: Default::default(),
            username: "ann.b".parse().unwrap(),
            full_name: Some("Ann Bäcker".parse().unwrap()),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            updated_by: user,
            removed_at: None,
            left: Default::default(),
        };
        let found = |role, q: &str| {
            MemberFilter {
                role,
                q: Some(Needle::new(q)),
                team: None,
            }
            .matches(&card)
        };
        assert!(found(None, "BÄCK") && found(None, "nn.b") && found(Some(OrgRole::Member), ""));
        assert!(!found(None, "carl") && !found(Some(OrgRole::Guest), "ann"));
    }
}
