//! What clients see of people.

use app::account::user::{Myself, Person, SharedOrganization};
use app::membership::invitation::Waiting;
use domain::membership::organization::Card;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// Yourself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeDto {
    /// Your id.
    pub id: Uuid,
    /// Under which you sign in.
    #[schema(example = "ann@example.com")]
    pub email: String,
    /// Whether you have shown that the address is yours.
    #[schema(example = true)]
    pub email_verified: bool,
    /// Under which you sign in too, and by which you are mentioned.
    #[schema(example = "ann")]
    pub username: String,
    /// What you are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// What you say about yourself.
    pub bio: Option<String>,
    /// IANA name of your time zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// BCP 47 tag of your language.
    #[schema(example = "de-DE")]
    pub locale: Option<String>,
    /// What your clients keep for you.
    #[schema(value_type = Object)]
    pub preferences: Map<String, Value>,
    /// The organization where things go that name none.
    pub default_organization_id: Uuid,
    /// Your organizations, your personal one first. Deleted ones are left out.
    pub organizations: Vec<OrganizationRole>,
    /// The session in which you call.
    pub session: SessionDto,
    /// When you registered.
    pub created_at: Timestamp,
    /// When your profile was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes of your profile. `If-Match: "v<version>"` takes it.
    #[schema(example = 3)]
    pub version: u64,
}

/// An organization, and somebody's role in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationRole {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    #[schema(example = "Acme")]
    pub name: String,
    /// Its name in addresses.
    #[schema(example = "acme")]
    pub slug: String,
    /// personal or team.
    #[schema(example = "team")]
    pub kind: &'static str,
    /// owner, admin, manager, member, viewer or guest.
    #[schema(example = "owner")]
    pub role: &'static str,
}

impl From<SharedOrganization> for OrganizationRole {
    fn from(org: SharedOrganization) -> Self {
        Self {
            id: org.id.uuid(),
            name: org.name.into(),
            slug: org.slug.to_string(),
            kind: org.kind.as_str(),
            role: org.role.as_str(),
        }
    }
}

/// A session, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentSession)]
pub struct SessionDto {
    /// Its id.
    #[schema(example = "9f1c2d3e4b5a6978")]
    pub id: String,
    /// What the device calls itself.
    #[schema(example = "Ann's laptop")]
    pub device_name: Option<String>,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

impl From<Myself> for MeDto {
    fn from(me: Myself) -> Self {
        let (account, session) = (me.account, me.session);
        let (version, profile) = (me.profile.version, me.profile.value);
        let preferences = profile
            .preferences
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default();
        Self {
            id: account.user.uuid(),
            email: account.email.to_string(),
            email_verified: account.email_verified,
            username: profile.username.to_string(),
            full_name: profile.full_name.map(Into::into),
            bio: profile.bio.map(Into::into),
            timezone: profile.timezone,
            locale: profile.locale,
            preferences,
            default_organization_id: account.default_org.uuid(),
            organizations: me
                .organizations
                .into_iter()
                .map(OrganizationRole::from)
                .collect(),
            session: SessionDto {
                id: session.id.to_string(),
                device_name: session.device.map(Into::into),
                created_at: session.created_at,
                expires_at: session.expires_at,
            },
            created_at: account.created_at,
            updated_at: profile.updated_at,
            version,
        }
    }
}

/// A person, in lists.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserDto {
    /// The person's id.
    pub id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: String,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
}

impl From<Card> for UserDto {
    fn from(card: Card) -> Self {
        Self {
            id: card.user.uuid(),
            username: card.username.to_string(),
            full_name: card.full_name.map(Into::into),
        }
    }
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserProfile)]
pub struct PersonDto {
    /// The person's id.
    pub id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: String,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
    /// What they say about themselves.
    pub bio: Option<String>,
    /// IANA name of their time zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// The address: only if it is you.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The organizations that you share, with the person's role.
    pub organizations: Vec<OrganizationRole>,
}

impl From<Person> for PersonDto {
    fn from(person: Person) -> Self {
        let profile = person.profile;
        Self {
            id: profile.user.uuid(),
            username: profile.username.to_string(),
            full_name: profile.full_name.map(Into::into),
            bio: profile.bio.map(Into::into),
            timezone: profile.timezone,
            email: person.email.map(|email| email.to_string()),
            organizations: person
                .organizations
                .into_iter()
                .map(OrganizationRole::from)
                .collect(),
        }
    }
}

/// An invitation that waits for you.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingInvitation {
    /// Its id. Accept or decline it at `/organizations/{org}/invitations/{invitation_id}/accept`.
    pub id: Uuid,
    /// The organization that invites.
    pub organization: InvitingOrganization,
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
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts its changes and sendings.
    #[schema(example = 1)]
    pub version: u64,
}

/// An organization, as those see it who are invited.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitingOrganization {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    #[schema(example = "Acme")]
    pub name: String,
    /// Its name in addresses.
    #[schema(example = "acme")]
    pub slug: String,
}

impl From<Waiting> for WaitingInvitation {
    fn from(waiting: Waiting) -> Self {
        let (version, invitation, org) = (
            waiting.invitation.version,
            waiting.invitation.value,
            waiting.org,
        );
        Self {
            id: invitation.id.uuid(),
            organization: InvitingOrganization {
                id: org.id.uuid(),
                name: org.name.into(),
                slug: org.slug.to_string(),
            },
            role: invitation.role.as_str(),
            project_id: invitation.project.map(|project| project.uuid()),
            project_role: invitation.project_role.map(|role| role.as_str()),
            team_id: invitation.team.map(|team| team.uuid()),
            team_role: invitation.team_role.map(|role| role.as_str()),
            expires_at: invitation.expires_at,
            created_at: invitation.created_at,
            version,
        }
    }
}
