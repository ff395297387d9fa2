//! What clients see of teams.

use app::in_org::InOrg;
use app::membership::team::{Added, MemberOfTeam};
use domain::id::ProjectId;
use domain::membership::team::Team;
use domain::prose::Prose;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub struct TeamDto {
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// What it is called.
    #[schema(example = "Design")]
    pub name: String,
    /// What it is about (Markdown). Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who alone of its people may delete it or hand it over.
    pub owner_id: Uuid,
    /// The project that it is inside of: then only people with a role in the project belong to it.
    pub project_id: Option<Uuid>,
    /// The projects that it is attached to: there its people's roles count.
    pub project_ids: Vec<Uuid>,
    /// Where its work goes that names no project; made on first use, and not shown in lists of projects.
    pub default_project_id: Option<Uuid>,
    /// What clients keep for it. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// How many of its people are admins.
    #[schema(example = 1)]
    pub admins_count: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// Counts its changes, those of its people and projects included; the `ETag` and `If-Match` of it.
    #[schema(example = 3)]
    pub version: u64,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl From<InOrg<Team>> for TeamDto {
    // In one piece: a list of fields, what a client sees of a team.
    fn from(team: InOrg<Team>) -> Self {
        let (org, version, team) = (team.org, team.thing.version, team.thing.value);
        let attached = |suffix: &String| {
            ProjectId::from_suffix(team.id.tag(), suffix)
                .ok()
                .map(ProjectId::uuid)
        };
        Self {
            id: team.id.uuid(),
            organization_id: org.uuid(),
            project_ids: team.projects.iter().filter_map(attached).collect(),
            name: team.name.into(),
            description: team.description.and_then(Prose::into_text).map(Into::into),
            owner_id: team.owner.uuid(),
            project_id: team.project.map(ProjectId::uuid),
            default_project_id: team.default_project.map(ProjectId::uuid),
            metadata: Some(
                team.metadata
                    .and_then(|json| serde_json::from_str(&json).ok())
                    .unwrap_or_default(),
            ),
            admins_count: team.admins,
            created_at: team.created_at,
            created_by: team.created_by.uuid(),
            updated_at: team.updated_at,
            updated_by: team.updated_by.uuid(),
            version,
            deleted_at: team.deleted_at,
        }
    }
}

impl TeamDto {
    /// The view of a team in a list: without what is long.
    pub fn listed(mut team: InOrg<Team>) -> Self {
        team.thing.value.description = None;
        Self {
            metadata: None,
            ..Self::from(team)
        }
    }
}

/// A person's place in a team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamMember)]
pub struct MemberDto {
    /// The person.
    pub user_id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: Option<String>,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// admin, member or viewer.
    #[schema(example = "member")]
    pub role: &'static str,
    /// Since when.
    pub joined_at: Timestamp,
    /// Counts the changes of the membership.
    #[schema(example = 1)]
    pub version: u64,
}

impl From<MemberOfTeam> for MemberDto {
    fn from(member: MemberOfTeam) -> Self {
        let (profile, version, member) =
            (member.profile, member.member.version, member.member.value);
        Self {
            user_id: member.user.uuid(),
            username: profile.as_ref().map(|profile| profile.username.to_string()),
            full_name: profile
                .and_then(|profile| profile.full_name)
                .map(Into::into),
            role: member.role.as_str(),
            joined_at: member.created_at,
            version,
        }
    }
}

/// What became of adding somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamAddition)]
pub struct AddedDto {
    /// added, or invited: into the organization, and with it into the team.
    #[schema(example = "added")]
    pub status: &'static str,
    /// The person's place in the team, if they were added.
    pub member: Option<MemberDto>,
    /// The invitation, if they were invited.
    pub invitation: Option<InvitedDto>,
}

/// An invitation into a team and its organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamInvitation)]
pub struct InvitedDto {
    /// Its id.
    pub id: Uuid,
    /// Who is invited.
    #[schema(example = "ben@example.com")]
    pub email: String,
    /// The role in the organization that waits: member, or viewer for a viewer of the team.
    #[schema(example = "member")]
    pub role: &'static str,
    /// The role in the team that waits.
    #[schema(example = "member")]
    pub team_role: Option<&'static str>,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

impl From<Added> for AddedDto {
    fn from(added: Added) -> Self {
        match added {
            Added::Member(member) => Self {
                status: "added",
                member: Some(member.into()),
                invitation: None,
            },
            Added::Invited(invitation) => {
                let invitation = invitation.value;
                let view = InvitedDto {
                    id: invitation.id.uuid(),
                    email: invitation.email.to_string(),
                    role: invitation.role.as_str(),
                    team_role: invitation.team_role.map(|role| role.as_str()),
                    expires_at: invitation.expires_at,
                };
                Self {
                    status: "invited",
                    member: None,
                    invitation: Some(view),
                }
            }
        }
    }
}
