//! What clients see of organizations, their people and invitations.

use app::membership::invitation::admission::Membership;
use app::membership::organization::Mine;
use domain::access::OrgRole;
use domain::call::Versioned;
use domain::membership::invitation::Invitation;
use domain::membership::organization::{Card, Organization};
use domain::retention::restore_until;
use edge::reply::{Created, Data};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An organization. Guests see only its id, name, slug, kind, version and their role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OrganizationDto {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    #[schema(example = "Acme")]
    pub name: String,
    /// Its name in addresses.
    #[schema(example = "acme")]
    pub slug: String,
    /// personal (yours alone) or team.
    #[schema(example = "team")]
    pub kind: &'static str,
    /// Your role: owner, admin, manager, member, viewer or guest.
    #[schema(example = "owner")]
    pub role: &'static str,
    /// Counts its changes, not those of its members; the `If-Match` of it. The `ETag` begins with it, and tells your role and
    /// the counts of people too.
    #[schema(example = 3)]
    pub version: u64,
    /// The rest, for everybody but guests.
    #[serde(flatten)]
    pub details: Option<Details>,
}

/// What guests do not see of an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct Details {
    /// Where it can be reached.
    #[schema(example = "office@acme.example")]
    pub email: Option<String>,
    /// Whether that is the confirmed address of the person who set it; no other organization can have it then.
    #[schema(example = true)]
    pub email_verified: bool,
    /// What admins may set.
    pub settings: SettingsDto,
    /// How many members it has.
    #[schema(example = 12)]
    pub members_count: u64,
    /// How many of them are owners.
    #[schema(example = 2)]
    pub owners_count: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Until when it can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_until: Option<Timestamp>,
}

/// An organization's settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationSettings)]
pub struct SettingsDto {
    /// Members (not only managers) may make projects.
    #[schema(example = true)]
    pub members_can_create_projects: bool,
    /// Members (not only managers) may make teams.
    #[schema(example = true)]
    pub members_can_create_teams: bool,
}

impl OrganizationDto {
    /// What stands in its tag beside the version: the caller's role, and the counts for those who see them.
    fn beside(mine: &Mine) -> Vec<u64> {
        let counts = [mine.people.members, mine.people.owners.into()];
        let seen = if mine.role == OrgRole::Guest {
            &[][..]
        } else {
            &counts
        };
        std::iter::once(mine.role as u64)
            .chain(seen.iter().copied())
            .collect()
    }

    /// The answer that shows an organization.
    pub fn answer(mine: Mine) -> Data<Self> {
        let (version, beside) = (mine.org.version, Self::beside(&mine));
        Data::counted(mine.into(), version, &beside)
    }

    /// The answer that shows a new one.
    pub fn made(mine: Mine) -> Created<Self> {
        let (version, beside) = (mine.org.version, Self::beside(&mine));
        Created::counted(
            format!("/organizations/{}", mine.org.value.id),
            mine.into(),
            version,
            &beside,
        )
    }
}

impl From<Mine> for OrganizationDto {
    fn from(mine: Mine) -> Self {
        let (version, org) = (mine.org.version, mine.org.value);
        let details = || Details {
            email: org.email.as_ref().map(|email| email.to_string()),
            email_verified: org.email_verified,
            settings: SettingsDto {
                members_can_create_projects: org.settings.members_can_create_projects,
                members_can_create_teams: org.settings.members_can_create_teams,
            },
            members_count: mine.people.members,
            owners_count: mine.people.owners,
            created_at: org.created_at,
            created_by: org.created_by.uuid(),
            updated_at: org.updated_at,
            updated_by: org.updated_by.uuid(),
            deleted_at: org.deleted_at,
            restore_until: org.deleted_at.map(restore_until),
        };
        Self {
            id: org.id.uuid(),
            details: (mine.role != OrgRole::Guest).then(details),
            kind: org.kind.as_str(),
            role: mine.role.as_str(),
            version,
            name: org.name.into(),
            slug: org.slug.to_string(),
        }
    }
}

/// A member of an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationMember)]
pub struct MemberDto {
    /// The person.
    pub user_id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: String,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// owner, admin, manager, member, viewer or guest.
    #[schema(example = "member")]
    pub role: &'static str,
    /// When they joined.
    pub joined_at: Timestamp,
    /// When their role or names were last changed.
    pub updated_at: Timestamp,
    /// Counts the changes; the `ETag` and `If-Match` of the membership.
    #[schema(example = 1)]
    pub version: u64,
}

impl From<Versioned<Card>> for MemberDto {
    fn from(card: Versioned<Card>) -> Self {
        let (version, card) = (card.version, card.value);
        Self {
            user_id: card.user.uuid(),
            username: card.username.to_string(),
            full_name: card.full_name.map(Into::into),
            role: card.role.as_str(),
            joined_at: card.created_at,
            updated_at: card.updated_at,
            version,
        }
    }
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationDto {
    /// Its id.
    pub id: Uuid,
    /// The organization that invites.
    pub organization_id: Uuid,
    /// Who is invited.
    #[schema(example = "ben@example.com")]
    pub email: String,
    /// The role that waits: owner, admin, manager, member, viewer or guest.
    #[schema(example = "member")]
    pub role: &'static str,
    /// A project in which a role waits too.
    pub project_id: Option<Uuid>,
    /// The role in that project: owner, manager, member or viewer.
    pub project_role: Option<&'static str>,
    /// A team in which a role waits too.
    pub team_id: Option<Uuid>,
    /// The role in that team: admin, member or viewer.
    pub team_role: Option<&'static str>,
    /// pending, accepted, declined, revoked or expired.
    #[schema(example = "pending")]
    pub state: &'static str,
    /// In lists: whether it lets nobody in, since whoever sent it last may not let people in any more. Sent again by
    /// somebody who may, it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    pub suspended: Option<bool>,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who invited.
    pub created_by: Uuid,
    /// When it was last changed or sent.
    pub updated_at: Timestamp,
    /// Counts its changes and sendings; the `ETag` and `If-Match` of it.
    #[schema(example = 1)]
    pub version: u64,
}

impl InvitationDto {
    /// The invitation as it is at this moment.
    pub fn at(now: Timestamp, invitation: Versioned<Invitation>) -> Self {
        let (version, invitation) = (invitation.version, invitation.value);
        Self {
            id: invitation.id.uuid(),
            organization_id: invitation.org.uuid(),
            state: invitation.state_at(now).as_str(),
            suspended: None,
            email: invitation.email.to_string(),
            role: invitation.role.as_str(),
            project_id: invitation.project.map(|project| project.uuid()),
            project_role: invitation.project_role.map(|role| role.as_str()),
            team_id: invitation.team.map(|team| team.uuid()),
            team_role: invitation.team_role.map(|role| role.as_str()),
            expires_at: invitation.expires_at,
            created_at: invitation.created_at,
            created_by: invitation.created_by.uuid(),
            updated_at: invitation.updated_at,
            version,
        }
    }
}

/// What came of answering an invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationAnswer)]
pub struct AnswerDto {
    /// The organization that invited.
    pub organization: OrganizationName,
    /// Your role in it; if you declined, the one that was offered.
    #[schema(example = "member")]
    pub role: &'static str,
    /// accepted or declined.
    #[schema(example = "accepted")]
    pub state: &'static str,
}

/// How an organization is called.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationName {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    #[schema(example = "Acme")]
    pub name: String,
    /// Its name in addresses.
    #[schema(example = "acme")]
    pub slug: String,
}

impl From<Organization> for OrganizationName {
    fn from(org: Organization) -> Self {
        Self {
            id: org.id.uuid(),
            name: org.name.into(),
            slug: org.slug.to_string(),
        }
    }
}

impl From<Membership> for AnswerDto {
    fn from(membership: Membership) -> Self {
        let (role, state) = (membership.role.as_str(), membership.state.as_str());
        Self {
            organization: membership.org.into(),
            role,
            state,
        }
    }
}
