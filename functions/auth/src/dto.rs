//! What clients see of accounts, tokens and sessions.

use app::account::auth::Tokens;
use app::account::auth::register::Registered;
use domain::access::OrgRole;
use domain::account::Session;
use domain::id::SessionId;
use domain::membership::organization::Organization;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a signed-in device holds.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct TokensDto {
    /// Goes with every call: `Authorization: Bearer …`.
    pub access_token: String,
    /// Buys the next pair, once, at `/auth/refresh`.
    pub refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds for which the access token is good.
    #[schema(example = 86400)]
    pub expires_in: i64,
    /// Keep it on the device, and send it with the next sign-in there: then strangers' wrong guesses do not lock the
    /// person out. Absent where tokens are refreshed. A reset of the password makes it void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    /// The access token again, under the name that some clients look for.
    pub access: String,
    /// The refresh token again, under the name that some clients look for.
    pub refresh: String,
    /// The access token again, under the name that some clients look for.
    pub token: String,
}

impl From<Tokens> for TokensDto {
    fn from(tokens: Tokens) -> Self {
        Self {
            access: tokens.access.clone(),
            refresh: tokens.refresh.clone(),
            token: tokens.access.clone(),
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
            device_token: tokens.device,
        }
    }
}

/// A device that an account knows from now on.
#[derive(Serialize, ToSchema)]
#[schema(as = KnownDevice)]
pub struct KnownDeviceDto {
    /// Send it with the sign-in that follows: then strangers' wrong guesses do not lock the person out.
    pub device_token: String,
}

/// A new account.
#[derive(Serialize, ToSchema)]
#[schema(as = NewUser)]
pub struct UserDto {
    /// Its id.
    pub id: Uuid,
    /// Its address.
    #[schema(example = "ann@example.com")]
    pub email: String,
    /// Whether the person has shown that the address is theirs.
    pub email_verified: bool,
    /// The name by which the person is mentioned, and can sign in.
    #[schema(example = "ann")]
    pub username: String,
    /// What the person is called.
    #[schema(example = "Ann Lee")]
    pub full_name: Option<String>,
    /// The organization that things go to when none is named.
    pub default_organization_id: Uuid,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An organization, as one sees it who has just joined it.
#[derive(Serialize, ToSchema)]
#[schema(as = JoinedOrganization)]
pub struct OrganizationDto {
    /// Its id.
    pub id: Uuid,
    /// personal or team.
    #[schema(example = "team")]
    pub kind: &'static str,
    /// What it is called.
    #[schema(example = "Acme")]
    pub name: String,
    /// The part of an address that names it.
    #[schema(example = "acme")]
    pub slug: String,
    /// One's role in it: owner, admin, manager, member, viewer or guest.
    #[schema(example = "owner")]
    pub role: &'static str,
}

impl OrganizationDto {
    pub fn new(org: Organization, role: OrgRole) -> Self {
        Self {
            id: org.id.uuid(),
            kind: org.kind.as_str(),
            name: org.name.into(),
            slug: org.slug.to_string(),
            role: role.as_str(),
        }
    }
}

/// A new account, signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Registration)]
pub struct RegisteredDto {
    /// The account.
    pub user: UserDto,
    /// The organization that was founded or joined with it; else the personal one.
    pub organization: OrganizationDto,
    /// The tokens of its first session.
    #[serde(flatten)]
    pub tokens: TokensDto,
}

impl From<Registered> for RegisteredDto {
    fn from(made: Registered) -> Self {
        let user = UserDto {
            id: made.account.user.uuid(),
            email: made.account.email.to_string(),
            email_verified: made.account.email_verified,
            username: made.account.username.to_string(),
            full_name: made.profile.full_name.map(String::from),
            default_organization_id: made.account.default_org.uuid(),
            created_at: made.account.created_at,
        };
        Self {
            user,
            organization: OrganizationDto::new(made.org, made.role),
            tokens: made.tokens.into(),
        }
    }
}

/// A signed-in device.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionDto {
    /// Its id.
    #[schema(example = "3f1c9a0b7d25e864")]
    pub id: String,
    /// What the device calls itself.
    #[schema(example = "Ann's laptop")]
    pub device: Option<String>,
    /// The address from which it signed in.
    #[schema(example = "192.0.2.1")]
    pub ip: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it signed in or was last refreshed.
    pub last_seen: Timestamp,
    /// When it ends unless it is refreshed before.
    pub expires_at: Timestamp,
}

impl SessionDto {
    pub fn new(session: Session, current: SessionId) -> Self {
        Self {
            id: session.id.to_string(),
            device: session.device.map(String::from),
            ip: session.address,
            current: session.id == current,
            created_at: session.created_at,
            last_seen: session.turned_at,
            expires_at: session.idle_until.min(session.expires_at),
        }
    }
}
