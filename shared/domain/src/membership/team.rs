//! Teams: people who work together, and whose roles count in the projects that their team is attached to.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::TeamRole;
use crate::error::Error;
use crate::id::{ProjectId, TeamId, UserId};
use crate::prose::Prose;
use crate::text::{Description, Fault, Name};

/// The most bytes that a team's metadata take as JSON.
pub const MAX_METADATA: usize = 4096;

/// Metadata as JSON, if they are not too long.
pub fn metadata(json: String) -> Result<String, Fault> {
    if holds_control_characters(&json) {
        return Err(Fault::new(
            "control_character",
            "must not contain control characters",
        ));
    }
    let fits = json.len() <= MAX_METADATA;
    fits.then_some(json).ok_or_else(|| {
        Fault::new(
            "too_long",
            format!("must take at most {MAX_METADATA} bytes"),
        )
    })
}

/// Whether a text of JSON holds control characters, written out or escaped (RFC 8259 section 7). Line breaks and tabs may be
/// escaped: a text may have several lines.
fn holds_control_characters(json: &str) -> bool {
    let is_escape = |at: usize| {
        json[..at]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count()
            % 2
            == 0
    };
    let named = |at: usize| {
        let code = json
            .get(at + 2..at + 6)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        code.is_some_and(char::is_control)
    };
    let is_control = |at: usize| match json.as_bytes().get(at + 1) {
        Some(b'b' | b'f') => true,
        Some(b'u') => named(at),
        _ => false,
    };
    let escaped = |(at, _): (usize, &str)| is_escape(at) && is_control(at);
    json.chars().any(char::is_control) || json.match_indices('\\').any(escaped)
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What it is called; unique in its organization, however it is spelled.
    pub name: Name,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Prose<Description>>,
    /// Who alone of its people may delete it or hand it over. They are one of its admins.
    pub owner: UserId,
    /// The project that it is inside of: then only members of the project belong to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What clients keep for it: a JSON object, opaque to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// The projects that it is attached to, by the suffixes of their ids; at most [`Team::MAX_PROJECTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// Where its work goes that names no project: hidden from lists, made on first use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_project: Option<ProjectId>,
    /// How many of its people are admins.
    pub admins: u32,
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
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

impl Team {
    /// How many projects a team is attached to at most, besides its default one.
    pub const MAX_PROJECTS: usize = 20;

    /// Where its work goes that names no project: for a team inside a project that one.
    pub fn home(&self) -> Option<ProjectId> {
        self.project.or(self.default_project)
    }

    /// Every project whose work is its own: those that it is attached to, and its default one.
    pub fn all_projects(&self) -> Vec<ProjectId> {
        let attached = self
            .projects
            .iter()
            .filter_map(|suffix| ProjectId::from_suffix(self.id.tag(), suffix).ok());
        attached.chain(self.default_project).collect()
    }

    /// Whether it has to do with a project.
    pub fn works_in(&self, project: ProjectId) -> bool {
        self.home() == Some(project) || self.projects.contains(&project.suffix())
    }

    /// The same, attached to a project.
    ///
    /// # Errors
    /// `LimitReached`.
    pub fn attached(&self, project: ProjectId) -> Result<Self, Error> {
        let mut next = self.clone();
        if !next.projects.contains(&project.suffix()) {
            next.projects.push(project.suffix());
        }
        if next.projects.len() > Self::MAX_PROJECTS {
            return Err(Error::LimitReached {
                what: "projects that a team is attached to",
                limit: Self::MAX_PROJECTS,
            });
        }
        Ok(next)
    }

    /// The same without a project.
    pub fn detached(&self, project: ProjectId) -> Self {
        let mut next = self.clone();
        next.projects.retain(|suffix| *suffix != project.suffix());
        next.default_project = next.default_project.filter(|other| *other != project);
        next
    }

    /// The number of its admins after one person's role has changed; no role before or after means that they were or
    /// are not one of its people.
    ///
    /// # Errors
    /// `LastAdmin` if nobody would be left to run it; `LastOwner` if its owner would be no admin any more: first they
    /// hand it over.
    pub fn admins_after(
        &self,
        user: UserId,
        before: Option<TeamRole>,
        after: Option<TeamRole>,
    ) -> Result<u32, Error> {
        let counts = |role: Option<TeamRole>| u32::from(role == Some(TeamRole::Admin));
        let admins = (self.admins + counts(after)).saturating_sub(counts(before));
        let steps_down = counts(before) > counts(after);
        match steps_down {
            true if admins == 0 => Err(Error::LastAdmin),
            true if user == self.owner => Err(Error::LastOwner),
            _ => Ok(admins),
        }
    }
}

/// A person's place in a team, as the team lists its people. The right itself stands in the person's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMember {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub user: UserId,
    /// Their role.
    pub role: TeamRole,
    /// When they were added.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    const TAG: Tag = Tag::from_bytes([1; 5]);

    fn user(n: u8) -> UserId {
        UserId::new(1, [n; 10])
    }

    fn project(n: u8) -> ProjectId {
        ProjectId::new(TAG, [n; 11])
    }

    fn team(admins: u32) -> Team {
        Team {
            id: TeamId::new(TAG, [1; 11]),
            name: "Design".parse().unwrap(),
            description: None,
            owner: user(1),
            project: None,
            metadata: None,
            projects: vec![],
            default_project: None,
            admins,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: user(1),
            updated_at: Timestamp::UNIX_EPOCH,
            updated_by: user(1),
            deleted_at: None,
            deleted_by: None,
        }
    }

    #[test]
    fn the_last_admin_stays_and_the_owner_until_he_has_handed_it_over() {
        use TeamRole::{Admin, Member, Viewer};
        let (owner, other) = (user(1), user(2));
        for after in [None, Some(Member), Some(Viewer)] {
            assert_eq!(
                team(1).admins_after(owner, Some(Admin), after),
                Err(Error::LastAdmin)
            );
            assert_eq!(
                team(2).admins_after(owner, Some(Admin), after),
                Err(Error::LastOwner)
            );
            assert_eq!(team(2).admins_after(other, Some(Admin), after), Ok(1));
            assert_eq!(
                team(1).admins_after(other, Some(Admin), after),
                Err(Error::LastAdmin)
            );
            assert_eq!(team(1).admins_after(other, Some(Member), after), Ok(1));
        }
        assert_eq!(team(1).admins_after(other, None, Some(Admin)), Ok(2));
        assert_eq!(team(1).admins_after(owner, Some(Admin), Some(Admin)), Ok(1));
        // Its owner was removed from the organization, and its other admins with them.
        assert_eq!(team(0).admins_after(other, None, Some(Viewer)), Ok(0));
    }

    #[test]
    fn a_team_is_attached_to_twenty_projects_and_its_default_one() {
        let mut team = team(1);
        for n in 0..20 {
            team = team.attached(project(n)).unwrap();
        }
        assert_eq!(team.attached(project(3)).unwrap(), team);
        assert!(matches!(
            team.attached(project(20)),
            Err(Error::LimitReached { limit: 20, .. })
        ));
        team.default_project = Some(project(30));
        assert_eq!(team.all_projects().len(), 21);
        assert!(
            team.works_in(project(30)) && team.works_in(project(0)) && !team.works_in(project(20))
        );
        let less = team.detached(project(0)).detached(project(30));
        assert_eq!(
            (less.projects.len(), less.default_project, less.home()),
            (19, None, None)
        );
    }

    #[test]
    fn the_home_of_a_team_inside_a_project_is_the_project() {
        let inside = Team {
            project: Some(project(1)),
            ..team(1)
        };
        assert_eq!(inside.home(), Some(project(1)));
    }

    #[test]
    fn sec_low_metadata_are_bounded() {
        assert!(metadata("x".repeat(MAX_METADATA)).is_ok());
        assert_eq!(
            metadata("x".repeat(MAX_METADATA + 1)).unwrap_err().code,
            "too_long"
        );
        // Written out, escaped, and escaped in a name.
        for bad in [
            "{\"a\":\"\u{7f}\"}",
            r#"{"a":"\u0007"}"#,
            r#"{"\u009f":1}"#,
            r#"{"a":"\b"}"#,
            r#"{"\f":1}"#,
        ] {
            assert_eq!(
                metadata(bad.to_owned()).unwrap_err().code,
                "control_character",
                "{bad}"
            );
        }
        // A backslash before it: that is text.
        assert!(metadata(r#"{"a":"\\u0007","b":"\\b"}"#.to_owned()).is_ok());
        // Texts of several lines may be kept.
        assert!(metadata(r#"{"a":"one\r\n\ttwo"}"#.to_owned()).is_ok());
    }
}
