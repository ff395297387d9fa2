//! `POST /auth/register`.

use app::account::auth::register::{self, FirstOrganization, NewAccount};
use app::account::auth::{Auth, Password};
use axum::extract::State;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::RegisteredDto;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ann@example.com",
    "password": "correct horse battery staple",
    "username": "ann",
    "full_name": "Ann Lee",
    "organization": { "name": "Acme", "slug": "acme" }
}))]
pub struct Register {
    /// The address under which to sign in; unique.
    #[schema(example = "ann@example.com")]
    email: String,
    /// 8 to 128 characters, taken as they are, and not too easy to guess.
    #[schema(example = "correct horse battery staple")]
    password: String,
    /// 3 to 32 of a-z, 0-9, '.', '_' and '-'; unique. Without it one is made.
    #[schema(example = "ann")]
    username: Option<String>,
    /// What the person is called: up to 100 characters.
    #[schema(example = "Ann Lee")]
    full_name: Option<String>,
    /// The token of an invitation to accept with it. Not together with `organization`.
    invite_token: Option<String>,
    /// An organization to found with it.
    #[serde(default, deserialize_with = "edge::object::optional")]
    organization: Option<RegisterOrganization>,
    /// What the device calls itself: up to 100 characters.
    #[schema(example = "Ann's laptop")]
    device_name: Option<String>,
}

/// An organization to found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterOrganization {
    /// What it is called: up to 80 characters; unique.
    #[schema(example = "Acme")]
    name: String,
    /// 2 to 40 of a-z, 0-9 and '-'; unique.
    #[schema(example = "acme")]
    slug: String,
}

impl RegisterOrganization {
    fn read(self, faults: &mut Faults) -> Option<FirstOrganization> {
        let name = faults.take("organization/name", self.name.parse());
        let slug = faults.take("organization/slug", self.slug.parse());
        name.zip(slug)
            .map(|(name, slug)| FirstOrganization { name, slug })
    }
}

impl TryFrom<Register> for NewAccount {
    type Error = Error;

    fn try_from(body: Register) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let email = faults.take("email", body.email.parse());
        let password = faults.take("password", Password::new(&body.password));
        let username = body
            .username
            .and_then(|text| faults.take("username", text.parse()));
        let full_name = body
            .full_name
            .and_then(|text| faults.take("full_name", text.parse()));
        let device = body
            .device_name
            .and_then(|text| faults.take("device_name", text.parse()));
        let organization = body.organization.and_then(|org| org.read(&mut faults));
        if organization.is_some() && body.invite_token.is_some() {
            faults.note(
                "invite_token",
                "exclusive",
                "must not be given together with organization",
            );
        }
        let invite_token = body.invite_token;
        let needed = email.zip(password);
        let new = |(email, password)| Self {
            email,
            password,
            username,
            full_name,
            invite_token,
            organization,
            device,
        };
        faults.finish(needed.map(new))
    }
}

/// Creates an account and signs it in.
///
/// The account gets a personal organization. One that is founded or joined with it comes besides, is answered, and is
/// where things go when no organization is named. A mail with a token for `/auth/email/verify` follows, unless an
/// invitation's token has shown that the address is the person's. Too many attempts from one address are refused with
/// 429. Also at `/users/register`.
#[utoipa::path(post, path = "/auth/register", tag = "auth", operation_id = "register", request_body = Register,
    security(()), responses((status = 201, description = "The account and its first tokens.", body = One<RegisteredDto>)),
    extensions(("x-errors" = json!(edge::codes![
        EmailTaken, UsernameTaken, SlugTaken, NameTaken, Gone, AlreadyAccepted, EmailMismatch,
        RateLimited
    ]))))]
pub async fn register(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<Register>,
) -> Result<Created<RegisteredDto>, Problem> {
    Ok(Created::plain(
        register::register_account(&auth, &call, body.try_into()?)
            .await?
            .into(),
    ))
}
