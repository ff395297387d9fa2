//! Organizations, and the cards that say who belongs to them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::access::{OrgRole, ProjectRole, Standing, TeamRole, words};
use crate::account::Profile;
use crate::id::{OrgId, ProjectId, TeamId, UserId};
use crate::membership::retired::Retired;
use crate::text::{Email, FullName, Name, Slug, Username};

words!(
    /// What an organization is for.
    OrgKind {
        /// One person's own; made at registration, cannot be deleted or shared.
        Personal = "personal",
        /// A team's.
        Team = "team",
    }
);

/// What admins may set for their organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Members (not only managers) may make projects.
    pub members_can_create_projects: bool,
    /// Members (not only managers) may make teams.
    #[serde(default = "yes")]
    pub members_can_create_teams: bool,
}

fn yes() -> bool {
    true
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            members_can_create_projects: true,
            members_can_create_teams: true,
        }
    }
}

/// The projects that need a closer look before access is decided: private, archived or deleted ones, and those with a
/// workflow of their own.
///
/// It stands in the organization's item, which every request reads anyway, so that the ordinary project costs no read of
/// its own. It changes in the transaction of the project that enters or leaves it, aside from the organization's version:
/// so projects do not wait for one another. An organization without it knows of none, and every project of it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Restricted(Option<BTreeSet<String>>);

impl Restricted {
    /// How many projects can be named.
    pub const MAX: usize = 128;

    /// What stands in it always: a set of the table is never empty.
    const NOBODY: &str = "-";

    /// No project needs a closer look.
    pub fn none() -> Self {
        Self(Some(BTreeSet::from([Self::NOBODY.to_owned()])))
    }

    /// Whether every project must be looked at, because more are restricted than can be named.
    pub fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// Whether no further project can be named.
    pub fn is_full(&self) -> bool {
        self.0.as_ref().is_some_and(|named| named.len() > Self::MAX)
    }

    /// Whether the project must be read before access to it is decided.
    pub fn contains(&self, project: ProjectId) -> bool {
        self.0
            .as_ref()
            .is_none_or(|named| named.contains(&project.suffix()))
    }
}

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrgId,
    /// What it is for.
    pub kind: OrgKind,
    /// Unique among organizations of kind team.
    pub name: Name,
    /// Unique.
    pub slug: Slug,
    /// Where it can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Whether one of its owners or admins has shown that the address is theirs. Only then it is unique: nobody keeps
    /// an address from others by naming it.
    #[serde(default)]
    pub email_verified: bool,
    /// What admins may set.
    #[serde(default)]
    pub settings: Settings,
    /// Projects that need a closer look.
    #[serde(default, skip_serializing_if = "Restricted::is_everything")]
    pub restricted: Restricted,
    /// What has become of the labels that went last.
    #[serde(default, skip_serializing_if = "Retired::is_empty")]
    pub retired_labels: Retired,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
}

/// How many members of an organization are owners and admins. It is touched by what changes these roles, so that two such
/// changes, each of which would be right alone, cannot both be made; and by nothing else, so that nobody waits for it who
/// joins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stewards {
    /// The organization.
    pub org: OrgId,
    /// How many owners it has: at least one.
    pub owners: u32,
    /// How many admins it has.
    pub admins: u32,
}

impl Stewards {
    /// Those of an organization as it was founded: its founder.
    pub fn at_first(org: OrgId) -> Self {
        Self {
            org,
            owners: 1,
            admins: 0,
        }
    }

    /// What they are once a member has another role, or joins or goes.
    ///
    /// # Errors
    /// `LastOwner` if none would be left.
    pub fn after(&self, before: Option<OrgRole>, after: Option<OrgRole>) -> Result<Self, Error> {
        let count = |now: u32, role: OrgRole| {
            (now + u32::from(after == Some(role))).saturating_sub(u32::from(before == Some(role)))
        };
        let next = Self {
            org: self.org,
            owners: count(self.owners, OrgRole::Owner),
            admins: count(self.admins, OrgRole::Admin),
        };
        if next.owners == 0 {
            Err(Error::LastOwner)
        } else {
            Ok(next)
        }
    }

    /// Whether a role is counted here.
    pub fn counts(role: OrgRole) -> bool {
        matches!(role, OrgRole::Owner | OrgRole::Admin)
    }
}

/// A person's card in an organization: that they belong to it, and every role that they have in it.
///
/// It carries the names under which they are found in lists. After removal the card stays as a tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The organization.
    pub org: OrgId,
    /// The person.
    pub user: UserId,
    /// Their role.
    pub role: OrgRole,
    /// Their roles in projects, by the suffix of the project's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub projects: BTreeMap<String, ProjectRole>,
    /// Their roles in teams, by the suffix of the team's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub teams: BTreeMap<String, TeamRole>,
    /// The name by which they sign in and are mentioned.
    pub username: Username,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<FullName>,
    /// When they joined.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When the card was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When they were removed or left.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub removed_at: Option<Timestamp>,
    /// The places of one who is gone, or was, that are still to be cleared away. They count as absent.
    #[serde(default, skip_serializing_if = "Left::is_empty")]
    pub left: Left,
}

/// What somebody leaves behind who goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Left {
    /// The projects in which they had a role, by the suffix of the project's id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// The teams in which they were, by the suffix of the team's id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
}

impl Left {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.teams.is_empty()
    }
}

impl Card {
    /// The card of a person who joins.
    pub fn new(org: OrgId, person: &Profile, role: OrgRole, at: Timestamp) -> Self {
        Self {
            org,
            user: person.user,
            role,
            projects: BTreeMap::new(),
            teams: BTreeMap::new(),
            username: person.username.clone(),
            full_name: person.full_name.clone(),
            created_at: at,
            updated_at: at,
            updated_by: person.user,
            removed_at: None,
            left: Left::default(),
        }
    }

    /// The same card of somebody who was there before: what is to be cleared away of that time stays known.
    pub fn following(mut self, former: &Self) -> Self {
        self.left = former.left.clone();
        self.left
            .projects
            .retain(|project| !self.projects.contains_key(project));
        self.left
            .teams
            .retain(|team| !self.teams.contains_key(team));
        self
    }

    /// How many projects one person may have a role in: the card stays below four kilobytes.
    pub const MAX_PROJECTS: usize = 100;
    /// The same with the deleted ones, which can be brought back and count as long as they stand in the trash.
    pub const MOST_PROJECTS_KEPT: usize = 150;

    /// How many teams one person may be in.
    pub const MAX_TEAMS: usize = 30;

    /// Whether the person belongs to the organization now.
    pub fn is_live(&self) -> bool {
        self.removed_at.is_none()
    }

    /// Their roles that count in a project to which these teams (suffixes of their ids) are attached.
    pub fn standing_in(&self, project: ProjectId, teams: &[String]) -> Standing {
        let team = teams
            .iter()
            .filter_map(|team| self.teams.get(team))
            .min()
            .copied();
        Standing {
            org: self.role,
            team,
            project: self.project_role(project),
        }
    }

    /// Their roles that count in the organization itself.
    pub fn standing(&self) -> Standing {
        Standing {
            org: self.role,
            team: None,
            project: None,
        }
    }

    /// Their role in a team.
    pub fn team_role(&self, team: TeamId) -> Option<TeamRole> {
        self.teams.get(&team.suffix()).copied()
    }

    /// Their role in a project.
    pub fn project_role(&self, project: ProjectId) -> Option<ProjectRole> {
        self.projects.get(&project.suffix()).copied()
    }

    /// Whether they may know of another member: guests see only people who have a role in one of their projects or
    /// teams.
    pub fn sees(&self, other: &Self) -> bool {
        self.role != OrgRole::Guest
            || self.user == other.user
            || other
                .projects
                .keys()
                .any(|project| self.projects.contains_key(project))
            || other.teams.keys().any(|team| self.teams.contains_key(team))
    }

    /// Whether the person was removed by somebody else, and so comes back only by an invitation that was sent since.
    pub fn is_expelled(&self) -> bool {
        self.removed_at.is_some() && self.updated_by != self.user
    }

    /// Whether they run a project, if no more than that.
    pub fn runs_a_project(&self) -> bool {
        self.projects
            .values()
            .any(|role| *role <= ProjectRole::Manager)
    }

    /// What is left of it when they go: their names, no roles, and where they had some, but for the projects of which
    /// they are taken out at once.
    pub fn removed(&self, by: UserId, at: Timestamp, taken_out_of: &[ProjectId]) -> Self {
        let cleared = |suffix: &String| {
            taken_out_of
                .iter()
                .any(|project| project.suffix() == *suffix)
        };
        let projects: BTreeSet<String> = self
            .left
            .projects
            .iter()
            .chain(self.projects.keys())
            .cloned()
            .collect();
        let teams: BTreeSet<String> = self
            .left
            .teams
            .iter()
            .chain(self.teams.keys())
            .cloned()
            .collect();
        let projects = projects
            .into_iter()
            .filter(|suffix| !cleared(suffix))
            .collect();
        let left = Left {
            projects,
            teams: teams.into_iter().collect(),
        };
        let gone = Self {
            role: OrgRole::Guest,
            projects: BTreeMap::new(),
            teams: BTreeMap::new(),
            ..self.clone()
        };
        Self {
            removed_at: Some(at),
            updated_at: at,
            updated_by: by,
            left,
            ..gone
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    #[test]
    fn without_a_set_every_project_is_restricted() {
        let id = |n: u8| ProjectId::new(Tag::from_bytes([1; 5]), [n; 11]);
        let named: BTreeSet<String> = (0..128)
            .map(|n| id(n).suffix())
            .chain([Restricted::NOBODY.to_owned()])
            .collect();
        let full = Restricted(Some(named));
        assert!(
            full.contains(id(5))
                && !full.contains(id(200))
                && full.is_full()
                && !full.is_everything()
        );
        assert!(!Restricted::none().contains(id(5)) && !Restricted::none().is_full());
        assert!(Restricted::default().contains(id(5)) && Restricted::default().is_everything());
    }

    #[test]
    fn the_last_owner_stays() {
        use OrgRole::{Admin, Guest, Member, Owner};
        let one = Stewards::at_first(OrgId::new(Tag::from_bytes([1; 5]), [1; 11]));
        let two = one.after(Some(Member), Some(Owner)).unwrap();
        assert_eq!(two.owners, 2);
        assert_eq!(
            two.after(Some(Owner), Some(Admin))
                .map(|next| (next.owners, next.admins)),
            Ok((1, 1))
        );
        assert_eq!(one.after(Some(Owner), Some(Admin)), Err(Error::LastOwner));
        assert_eq!(one.after(Some(Owner), None), Err(Error::LastOwner));
        assert_eq!(
            one.after(None, Some(Admin))
                .and_then(|next| next.after(Some(Admin), None)),
            Ok(one.clone())
        );
        assert_eq!(one.after(Some(Guest), None), Ok(one.clone()));
    }

    fn card(n: u8, role: OrgRole, projects: &[&str]) -> Card {
        Card {
            org: OrgId::new(Tag::from_bytes([1; 5]), [1; 11]),
            user: UserId::new(1, [n; 10]),
            role,
            projects: projects
                .iter()
                .map(|project| ((*project).to_owned(), ProjectRole::Viewer))
                .collect(),
            teams: BTreeMap::new(),
            username: "ann".parse().unwrap(),
            full_name: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            updated_by: UserId::new(1, [n; 10]),
            removed_at: None,
            left: Left::default(),
        }
    }

    #[test]
    fn a_guest_sees_himself_and_the_people_of_his_projects() {
        let guest = card(1, OrgRole::Guest, &["a", "b"]);
        assert!(guest.sees(&guest) && guest.sees(&card(2, OrgRole::Member, &["b"])));
        assert!(
            !guest.sees(&card(2, OrgRole::Owner, &[]))
                && !guest.sees(&card(2, OrgRole::Guest, &["c"]))
        );
        assert!(card(1, OrgRole::Viewer, &[]).sees(&card(2, OrgRole::Owner, &[])));
    }

    #[test]
    fn a_removed_card_keeps_no_roles_but_where_they_were() {
        let cleared = ProjectId::new(Tag::from_bytes([1; 5]), [2; 11]);
        let card = card(1, OrgRole::Owner, &["a", &cleared.suffix()]);
        let gone = card.removed(card.user, Timestamp::UNIX_EPOCH, &[cleared]);
        assert!(!gone.is_live() && gone.projects.is_empty() && gone.role == OrgRole::Guest);
        assert_eq!(
            gone.left,
            Left {
                projects: vec!["a".to_owned()],
                teams: vec![]
            }
        );
        // Back, and gone once more, both times are known.
        let back = self::card(1, OrgRole::Member, &["b"]).following(&gone);
        assert_eq!(
            back.removed(card.user, Timestamp::UNIX_EPOCH, &[])
                .left
                .projects,
            ["a", "b"]
        );
        assert!(
            self::card(1, OrgRole::Member, &["a"])
                .following(&gone)
                .left
                .is_empty()
        );
    }
}
