//! Teams and the people in them.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#TEAM#<id>` | `TEAM`, `M#<user>`, `TEXT#<version>` | team, its people, its long text |
//! | `T#<tag>` | `TEAMNAME#<hash>` | guard of a team's name; tells the team |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#TEAMS` | `<created at>#<id>` |

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{ProjectId, Tag, TeamId, UserId};
use domain::membership::team::{Team, TeamMember};
use domain::text::{Name, look};

use crate::key::{Key, hashed, key, person_part, tenant};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record, prose, told};

/// A team.
pub fn team(id: TeamId) -> Key {
    Key::within(id.tag(), "TEAM", &id.suffix())
}

/// A person's place in a team.
pub fn team_member(id: TeamId, user: UserId) -> Key {
    key(team(id).pk, format!("{TEAM_MEMBERS}{}", person_part(user)))
}

/// The people of a team.
pub fn team_members_of(id: TeamId) -> Range {
    Range::in_table(team(id).pk).prefix(TEAM_MEMBERS)
}

/// What the sort keys of a team's people begin with.
const TEAM_MEMBERS: &str = "M#";

/// The guard of a team's name: spellings that look alike are one name.
pub fn team_name(tag: Tag, name: &Name) -> Key {
    key(
        tenant(tag),
        format!("TEAMNAME#{}", hashed(&look(name.as_str()))),
    )
}

/// The container of an organization's teams.
pub fn teams_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "TEAMS")
}

impl Record for Team {
    const EVENT: Option<Source> = Some(Source::Team);
    const LAYOUT: Layout = Layout::Listed {
        beside: &["description", "metadata"],
    };
    told!();
    prose!(description);

    fn place(&self) -> Place {
        let entry = teams_of(self.id.tag()).made(self.created_at, &self.id.suffix());
        Place::at(team(self.id)).listed_until(
            self.deleted_at,
            entry,
            self.id.tag(),
            &self.id.suffix(),
        )
    }
}

impl Record for TeamMember {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(team_member(self.team, self.user))
    }
}

impl Subject for TeamId {
    type Thing = Team;
    const IN_PROJECT: bool = true;

    fn tag(self) -> Tag {
        TeamId::tag(self)
    }

    fn key(self) -> Key {
        team(self)
    }

    /// The one that it is inside of: whoever does not see that does not see the team, unless they are in it.
    fn project(self, thing: &Team) -> Option<ProjectId> {
        thing.project
    }

    fn is_hidden(_: &Team, _: UserId, sees_project: bool) -> bool {
        !sees_project
    }

    fn team(self) -> Option<TeamId> {
        Some(self)
    }

    fn is_deleted(thing: &Team) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Team, user: UserId, _: Action) -> (bool, bool) {
        (thing.owner == user, false)
    }
}
