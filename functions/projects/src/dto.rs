//! What clients see of projects.

use app::in_org::InOrg;
use app::work::project::{Arranged, LetIn, MemberOfProject};
use domain::access::TeamRole;
use domain::account::Profile;
use domain::id::{TeamId, UserId};
use domain::prose::Prose;
use domain::retention::restore_until;
use domain::work::project::Project;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectDto {
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// The prefix of its tasks' keys; never changes.
    #[schema(example = "WEB")]
    pub key: String,
    /// What it is called.
    #[schema(example = "Website relaunch")]
    pub name: String,
    /// What it is about (Markdown). Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// planning, active, on_hold, completed or cancelled.
    #[schema(example = "active")]
    pub status: &'static str,
    /// organization or private.
    #[schema(example = "organization")]
    pub visibility: &'static str,
    /// Who leads it.
    pub lead_id: Option<Uuid>,
    /// The teams that it is attached to: their people's roles count in it.
    pub team_ids: Vec<Uuid>,
    /// It is a team's default project: not shown in lists of projects.
    #[schema(example = false)]
    pub is_default: bool,
    /// Whether those who only read it may comment on its tasks all the same.
    #[schema(example = false)]
    pub viewers_can_comment: bool,
    /// The day on which it begins.
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-01")]
    pub start_date: Option<Date>,
    /// The day by which it should be done.
    #[schema(value_type = Option<String>, format = Date, example = "2027-03-31")]
    pub due_date: Option<Date>,
    /// When it was archived: since then it is read-only.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 3)]
    pub version: u64,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Until when it can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_until: Option<Timestamp>,
    /// Only in the answer to a request that names teams for a private project: who sees it by them, and would not
    /// without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub let_in: Option<LetInDto>,
}

/// Whom teams let into a private project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LetIn)]
pub struct LetInDto {
    /// The people.
    #[schema(max_items = 100)]
    pub people: Vec<LetInPerson>,
    /// There may be more than are shown.
    pub more: bool,
}

/// Somebody who sees a private project by a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetInPerson {
    /// The person.
    pub user_id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: Option<String>,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// admin, member or viewer: their best role in the project's teams, which counts in it.
    #[schema(example = "member")]
    pub team_role: &'static str,
}

impl From<Arranged> for ProjectDto {
    fn from(Arranged { project, let_in }: Arranged) -> Self {
        Self {
            let_in: let_in.map(Into::into),
            ..project.into()
        }
    }
}

impl From<LetIn> for LetInDto {
    fn from(LetIn { people, more }: LetIn) -> Self {
        let person = |(user, role, profile): (UserId, TeamRole, Option<Profile>)| LetInPerson {
            user_id: user.uuid(),
            username: profile.as_ref().map(|profile| profile.username.to_string()),
            full_name: profile
                .and_then(|profile| profile.full_name)
                .map(Into::into),
            team_role: role.as_str(),
        };
        Self {
            people: people.into_iter().map(person).collect(),
            more,
        }
    }
}

impl From<InOrg<Project>> for ProjectDto {
    // In one piece: a list of fields, what a client sees of a project.
    fn from(project: InOrg<Project>) -> Self {
        let (org, version, project) = (project.org, project.thing.version, project.thing.value);
        let team = |suffix: &String| {
            TeamId::from_suffix(project.id.tag(), suffix)
                .ok()
                .map(TeamId::uuid)
        };
        Self {
            team_ids: project.teams.iter().filter_map(team).collect(),
            is_default: project.hidden,
            viewers_can_comment: project.viewers_comment,
            id: project.id.uuid(),
            organization_id: org.uuid(),
            key: project.key.to_string(),
            name: project.name.into(),
            description: project
                .description
                .and_then(Prose::into_text)
                .map(Into::into),
            status: project.status.as_str(),
            visibility: project.visibility.as_str(),
            lead_id: project.lead.map(|lead| lead.uuid()),
            start_date: project.start,
            due_date: project.due,
            archived_at: project.archived_at,
            created_at: project.created_at,
            created_by: project.created_by.uuid(),
            updated_at: project.updated_at,
            updated_by: project.updated_by.uuid(),
            version,
            deleted_at: project.deleted_at,
            restore_until: project.deleted_at.map(restore_until),
            let_in: None,
        }
    }
}

/// A person's place in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectMembership)]
pub struct MemberDto {
    /// The person.
    pub user_id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: Option<String>,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// owner, manager, member or viewer.
    #[schema(example = "member")]
    pub role: &'static str,
    /// Since when.
    pub joined_at: Timestamp,
    /// Counts the changes of the membership.
    #[schema(example = 1)]
    pub version: u64,
}

impl From<MemberOfProject> for MemberDto {
    fn from(member: MemberOfProject) -> Self {
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
