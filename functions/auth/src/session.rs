//! Sessions: beginning, renewing, listing and ending them.

use app::account::auth::login::Login as LoginWith;
use app::account::auth::{Auth, LoginName, Password, login, refresh, sessions};
use axum::extract::State;
use domain::id::SessionId;
use domain::{Error, Faults};
use edge::openapi::{Many, One};
use edge::reply::{Data, Listed, NoContent};
use edge::{Body, Caller, OptionalBody, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::{SessionDto, TokensDto};

/// Signing in: an address or a username, and the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The account's address.
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    /// The account's username, or its address; looked at if there is no `email`.
    #[schema(example = "ann")]
    username: Option<String>,
    /// The password.
    #[schema(example = "correct horse battery staple")]
    password: String,
    /// What the device calls itself: up to 100 characters.
    #[schema(example = "Ann's laptop")]
    device_name: Option<String>,
    /// The `device_token` that an earlier sign-in on this device has answered.
    device_token: Option<String>,
}

impl TryFrom<Login> for LoginWith {
    type Error = Error;

    fn try_from(body: Login) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = match (body.email, body.username) {
            (Some(email), _) => faults.take("email", email.parse().map(LoginName::Email)),
            (None, Some(name)) if name.contains('@') => {
                faults.take("username", name.parse().map(LoginName::Email))
            }
            (None, Some(name)) => faults.take("username", name.parse().map(LoginName::Username)),
            (None, None) => {
                faults.note("email", "required", "or username is required");
                None
            }
        };
        let device = body
            .device_name
            .and_then(|text| faults.take("device_name", text.parse()));
        let (password, known) = (Password::claimed(&body.password), body.device_token);
        faults.finish(name.map(|name| Self {
            name,
            password,
            device,
            known,
        }))
    }
}

/// Signs in.
///
/// A wrong name and a wrong password are the same answer. Attempts are counted before anything is compared: 5 a minute
/// and 50 a day for an account, under whichever of its names; 10 a minute with the `device_token` of an earlier sign-in,
/// so that strangers cannot lock anybody out; and a limit for each address; beyond them 429 with `Retry-After`. An account has at most 50 sessions; one more ends the oldest. Also at
/// `/users/token`.
#[utoipa::path(post, path = "/auth/login", tag = "auth", operation_id = "login", request_body = Login,
    security(()), responses((status = 200, description = "The tokens of a new session.", body = One<TokensDto>)),
    extensions(("x-errors" = json!(edge::codes![
        InvalidCredentials, AccountInactive, RateLimited
    ]))))]
pub async fn login(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<Login>,
) -> Result<Data<TokensDto>, Problem> {
    Ok(Data::plain(
        login::login(&auth, &call, body.try_into()?).await?.into(),
    ))
}

/// A refresh token to be exchanged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token; `refresh` is taken too.
    #[serde(alias = "refresh")]
    refresh_token: String,
}

/// Exchanges a refresh token for the next pair of tokens.
///
/// Each is good once. For 10 seconds the same exchange gives the same refresh token again, so a lost answer does no
/// harm. After that its use shows that two hold it: the session ends (`token_reused`), and its owner gets a mail. A
/// session ends after 30 days without a refresh, and after 90 days in any case. Also at `/users/token/refresh`.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", operation_id = "refresh", request_body = Refresh,
    security(()), responses((status = 200, description = "The next tokens of the session.", body = One<TokensDto>)),
    extensions(("x-errors" = json!(edge::codes![Unauthenticated, TokenReused, RateLimited]))))]
pub async fn refresh(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<Refresh>,
) -> Result<Data<TokensDto>, Problem> {
    Ok(Data::plain(
        refresh::refresh_tokens(&auth, &call, &body.refresh_token)
            .await?
            .into(),
    ))
}

/// Signing out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logout {
    /// Every session of the account, not only this one.
    #[schema(example = false)]
    all: bool,
}

/// Signs out.
///
/// From the next request on the session is nobody's, its access token included. With `all` the password must have been
/// shown in the last ten minutes: by signing in, or at `/auth/reauthenticate`.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", operation_id = "logout", request_body = Option<Logout>,
    responses((status = 204, description = "Signed out.")),
    extensions(("x-errors" = json!(edge::codes![ProofRequired]))))]
pub async fn logout(
    State(auth): State<Auth>,
    Caller(call): Caller,
    OptionalBody(body): OptionalBody<Logout>,
) -> Result<NoContent, Problem> {
    match body.all {
        true => sessions::logout_everywhere(&auth, &call).await?,
        false => sessions::logout(&auth, &call).await?,
    }
    Ok(NoContent)
}

/// Lists one's own sessions.
///
/// The live ones, the oldest first; at most 50, so there are no pages.
#[utoipa::path(get, path = "/auth/sessions", tag = "auth", operation_id = "listSessions",
    responses((status = 200, description = "The sessions.", body = Many<SessionDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(auth): State<Auth>,
    Caller(call): Caller,
) -> Result<Listed<SessionDto>, Problem> {
    let (sessions, current) = sessions::list_sessions(&auth, &call).await?;
    Ok(Listed::all(
        sessions
            .into_iter()
            .map(|session| SessionDto::new(session, current))
            .collect(),
    ))
}

/// Ends one of one's own sessions.
///
/// Its device is signed out from the next request on. To end another than the one that calls, the password must have been
/// shown in the last ten minutes.
#[utoipa::path(delete, path = "/auth/sessions/{session_id}", tag = "auth", operation_id = "revokeSession",
    params(("session_id" = String, Path, description = "The session's id.", example = "3f1c9a0b7d25e864")),
    responses((status = 204, description = "Ended.")),
    extensions(("x-errors" = json!(edge::codes![ProofRequired]))))]
pub async fn revoke(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Segment(id): Segment<SessionId>,
) -> Result<NoContent, Problem> {
    sessions::revoke_session(&auth, &call, id).await?;
    Ok(NoContent)
}
