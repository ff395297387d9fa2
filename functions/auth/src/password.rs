//! Passwords: changing one, and getting over a forgotten one.

use app::account::auth::{Auth, Password, password, proof};
use axum::extract::State;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::{Accepted, Data, NoContent};
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::{KnownDeviceDto, TokensDto};

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// The account's address.
    #[schema(example = "ann@example.com")]
    email: String,
}

/// Asks for a mail to set a new password.
///
/// The answer is the same whether or not there is such an account. The token in the mail is good for an hour, and a
/// new one voids it. No address gets more than three such mails an hour.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "auth", operation_id = "forgotPassword",
    request_body = ForgotPassword, security(()),
    responses((status = 202, description = "If there is such an account, a mail follows.")),
    extensions(("x-errors" = json!(edge::codes![RateLimited]))))]
pub async fn forgot(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<ForgotPassword>,
) -> Result<Accepted, Problem> {
    let mut faults = Faults::new();
    let email = faults.take("email", body.email.parse());
    password::forgot_password(&auth, &call, &faults.finish(email)?).await?;
    Ok(Accepted)
}

/// A new password, by the token of a mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// The token from the mail.
    token: String,
    /// 8 to 128 characters, taken as they are, and not too easy to guess.
    #[schema(example = "correct horse battery staple")]
    password: String,
}

fn new_password(field: &str, text: &str) -> Result<Password, Error> {
    let mut faults = Faults::new();
    let password = faults.take(field, Password::new(text));
    faults.finish(password)
}

/// Sets a new password by the token of a mail.
///
/// Every session of the account ends, and every other mailed token is void. The token is good once; one that has expired,
/// was used, or was voided by a later one is gone. The address counts as verified, since the mail has reached it. If it was
/// never verified before, join codes that the account has made and invitations that it has sent let nobody in any more; a
/// mail lists where it belongs.
#[utoipa::path(post, path = "/auth/password/reset", tag = "auth", operation_id = "resetPassword",
    request_body = ResetPassword, security(()),
    responses((status = 200, description = "The new password holds.", body = One<KnownDeviceDto>)),
    extensions(("x-errors" = json!(edge::codes![Gone, RateLimited]))))]
pub async fn reset(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<ResetPassword>,
) -> Result<Data<KnownDeviceDto>, Problem> {
    let device_token = password::reset_password(
        &auth,
        &call,
        &body.token,
        &new_password("password", &body.password)?,
    )
    .await?;
    Ok(Data::plain(KnownDeviceDto { device_token }))
}

/// The password, shown again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reauthenticate {
    /// The account's password.
    #[schema(example = "correct horse battery staple")]
    password: String,
}

/// Shows again that it is oneself.
///
/// Some acts want the password to have been shown in the last ten minutes (RFC 9470): they answer 401
/// `insufficient_user_authentication`, and work after this. Attempts count like those to sign in.
#[utoipa::path(post, path = "/auth/reauthenticate", tag = "auth", operation_id = "reauthenticate",
    request_body = Reauthenticate, responses((status = 204, description = "Shown.")),
    extensions(("x-errors" = json!(edge::codes![WrongPassword]))))]
pub async fn reauthenticate(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<Reauthenticate>,
) -> Result<NoContent, Problem> {
    proof::reauthenticate(&auth, &call, &Password::claimed(&body.password)).await?;
    Ok(NoContent)
}

/// A new password, by the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    #[schema(example = "correct horse battery staple")]
    current: String,
    /// 8 to 128 characters, taken as they are, and not too easy to guess.
    #[schema(example = "seven purple kites over Lima")]
    new: String,
}

/// Changes one's own password.
///
/// Every session ends, and a new one begins: go on with its tokens. Attempts count like those to sign in.
#[utoipa::path(post, path = "/auth/password/change", tag = "auth", operation_id = "changePassword",
    request_body = ChangePassword,
    responses((status = 200, description = "The tokens of a new session.", body = One<TokensDto>)),
    extensions(("x-errors" = json!(edge::codes![WrongPassword]))))]
pub async fn change(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<ChangePassword>,
) -> Result<Data<TokensDto>, Problem> {
    let new = new_password("new", &body.new)?;
    Ok(Data::plain(
        password::change_password(&auth, &call, &Password::claimed(&body.current), &new)
            .await?
            .into(),
    ))
}
