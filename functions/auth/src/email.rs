//! Addresses: verifying one, and changing it.

use app::account::auth::{Auth, Password, email};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Error, Faults};
use edge::reply::{Accepted, NoContent};
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// Either the token of a mail, or the wish for another mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "resend": true, "email": "ann@example.com" }))]
pub struct VerifyEmail {
    /// The token from the mail.
    token: Option<String>,
    /// True to get another mail.
    #[schema(example = true)]
    resend: Option<bool>,
    /// With `resend`: the account's address. Without it, that of the signed-in account.
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    /// With the `token` of a mail for a new address, unless the caller is signed in to the account: its password.
    #[schema(example = "correct horse battery staple")]
    password: Option<String>,
}

/// Verifies an address, or asks for another mail to do so.
///
/// With `token` (of a mail for a new account or for a new address) the address is the account's and verified: 204. A new
/// address takes more than the token: call it signed in to the account, or give its `password`. The old address gets a
/// mail with a token for `/auth/email/revert`, and is kept for the account for seven days. Tokens are void once the
/// password is changed or reset, the address changed, or every session signed out. With
/// `resend` the answer is 202 whether or not there is such an account that is not verified yet; no address gets more
/// than three such mails an hour.
#[utoipa::path(post, path = "/auth/email/verify", tag = "auth", operation_id = "verifyEmail",
    request_body = VerifyEmail, security(()), responses(
        (status = 204, description = "The address is verified."),
        (status = 202, description = "If there is something to verify, a mail follows.")),
    extensions(("x-errors" = json!(edge::codes![
        Gone, EmailTaken, Unauthenticated, TokenExpired, ProofRequired, WrongPassword,
        LimitReached, RateLimited
    ]))))]
// In one piece: an exhaustive match with one arm for each combination of members; the order of the
// arms decides which wrong member is told first.
pub async fn verify(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<VerifyEmail>,
) -> Result<Response, Problem> {
    let password = body.password.as_deref().map(Password::claimed);
    match (body.token, body.resend.unwrap_or(false), body.email) {
        (Some(token), false, None) => {
            email::verify_email(&auth, &call, &token, password.as_ref()).await?;
            return Ok(NoContent.into_response());
        }
        _ if password.is_some() => {
            return Err(Error::field("password", "exclusive", "goes with a token only").into());
        }
        (None, true, Some(text)) => {
            let mut faults = Faults::new();
            let address = faults.take("email", text.parse());
            email::resend_verification_to(&auth, &call, &faults.finish(address)?).await?;
        }
        (None, true, None) if call.bearer.is_some() => {
            email::resend_verification(&auth, &call).await?
        }
        (None, true, None) => {
            return Err(
                Error::field("email", "required", "is required unless you are signed in").into(),
            );
        }
        (Some(_), _, _) => {
            return Err(Error::field("token", "exclusive", "must be given alone").into());
        }
        (None, false, _) => {
            return Err(Error::field("token", "required", "is required without resend").into());
        }
    }
    Ok(Accepted.into_response())
}

/// A new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    /// The new address.
    #[schema(example = "ann@example.org")]
    email: String,
    /// The account's password.
    #[schema(example = "correct horse battery staple")]
    password: String,
}

/// Asks for another address for one's own account.
///
/// A mail goes to the new address; nothing changes before its token is used at `/auth/email/verify`. Then the old
/// address is told, and can take the account back for seven days; so many changes there are at most five. Attempts count
/// like those to sign in.
#[utoipa::path(post, path = "/auth/email/change", tag = "auth", operation_id = "changeEmail",
    request_body = ChangeEmail, responses((status = 202, description = "A mail to the new address follows.")),
    extensions(("x-errors" = json!(edge::codes![WrongPassword]))))]
pub async fn change(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<ChangeEmail>,
) -> Result<Accepted, Problem> {
    let mut faults = Faults::new();
    let address = faults.take("email", body.email.parse());
    email::change_email(
        &auth,
        &call,
        &faults.finish(address)?,
        &Password::claimed(&body.password),
    )
    .await?;
    Ok(Accepted)
}

/// A token that was mailed to a former address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertEmail {
    /// The token from the mail.
    token: String,
}

/// Takes an account back for the address that it had before.
///
/// The token comes with the mail that tells of the change, and works once, for seven days, whatever has happened to the
/// account since. The address is the account's again, later changes are void, every session ends, and the password counts
/// no more: a mail to set a new one follows.
#[utoipa::path(post, path = "/auth/email/revert", tag = "auth", operation_id = "revertEmail",
    request_body = RevertEmail, security(()),
    responses((status = 204, description = "The address is the account's again. A mail to set a new password follows.")),
    extensions(("x-errors" = json!(edge::codes![Gone, RateLimited]))))]
pub async fn revert(
    State(auth): State<Auth>,
    Caller(call): Caller,
    Body(body): Body<RevertEmail>,
) -> Result<NoContent, Problem> {
    email::revert_email(&auth, &call, &body.token).await?;
    Ok(NoContent)
}
