//! `/users/me/avatar` and `GET /users/{user_id}/avatar`.

use app::files::attachment::{self, begin_avatar, complete_avatar, delete_avatar};
use axum::extract::State;
use domain::files::attachment::{Announced, Picture};
use domain::id::UserId;
use edge::openapi::One;
use edge::reply::{Created, Data, NoContent};
use edge::{Body, Caller, Problem, Segment};
use jiff::Timestamp;

use crate::Files;
use crate::body::PictureAnnouncement;
use crate::dto::{AvatarDto, AvatarUploadDto};

/// The answer that shows a picture: a link to it.
async fn link(
    files: &Files,
    user: UserId,
    picture: &Picture,
    now: Timestamp,
) -> Result<Data<AvatarDto>, Problem> {
    Ok(Data::plain(
        files.bucket.picture_link(user, picture, now).await?,
    ))
}

/// Announces your picture.
///
/// The answer says where and how to upload it, within five minutes, past this API; then complete it. Until then, and
/// should it not be fit, the present one stays. Square; PNG, JPEG or WebP; at most 2 MiB and 4096 pixels a side.
#[utoipa::path(post, path = "/users/me/avatar", tag = "attachments", operation_id = "beginAvatar",
    request_body = PictureAnnouncement,
    responses((status = 201, description = "The upload.", body = One<AvatarUploadDto>)),
    extensions(("x-errors" = json!(edge::codes![FileTooLarge]))))]
pub async fn announce(
    State(files): State<Files>,
    Caller(call): Caller,
    Body(body): Body<PictureAnnouncement>,
) -> Result<Created<AvatarUploadDto>, Problem> {
    let picture = Announced::try_from(body)?;
    let upload = match begin_avatar(&files.app, &call, picture).await? {
        Some(upload) => Some(files.bucket.upload_link(&upload, call.at).await?),
        None => None,
    };
    Ok(Created::plain(AvatarUploadDto { upload }))
}

/// Completes the upload of your picture.
///
/// What has come is checked like any file, and for its sides. If it is fit, it takes the place of the one before, which
/// is deleted.
#[utoipa::path(post, path = "/users/me/avatar/complete", tag = "attachments", operation_id = "completeAvatar",
    responses((status = 200, description = "Your picture.", body = One<AvatarDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound, NotUploaded, ValidationFailed]))))]
pub async fn complete(
    State(files): State<Files>,
    Caller(call): Caller,
) -> Result<Data<AvatarDto>, Problem> {
    let (user, picture) = complete_avatar(&files.app, &files.bucket, &call).await?;
    link(&files, user, &picture, call.at).await
}

/// Deletes your picture.
///
/// And gives up one that is announced. The bytes are gone when this is answered.
#[utoipa::path(delete, path = "/users/me/avatar", tag = "attachments", operation_id = "deleteAvatar",
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn remove(
    State(files): State<Files>,
    Caller(call): Caller,
) -> Result<NoContent, Problem> {
    delete_avatar(&files.app, &files.bucket, &call).await?;
    Ok(NoContent)
}

/// Shows your picture.
///
/// By a link that is good for 60 seconds.
#[utoipa::path(get, path = "/users/me/avatar", tag = "attachments", operation_id = "getMyAvatar",
    responses((status = 200, description = "Your picture.", body = One<AvatarDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn mine(
    State(files): State<Files>,
    Caller(call): Caller,
) -> Result<Data<AvatarDto>, Problem> {
    let (user, picture) = attachment::get_avatar(&files.app, &call, None).await?;
    link(&files, user, &picture, call.at).await
}

/// Shows a person's picture.
///
/// Yours, or that of somebody whom you may see, by a link that is good for 60 seconds.
#[utoipa::path(get, path = "/users/{user_id}/avatar", tag = "attachments", operation_id = "getAvatar",
    params(("user_id" = Uuid, Path, description = "The person's id.")),
    responses((status = 200, description = "The picture.", body = One<AvatarDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(files): State<Files>,
    Caller(call): Caller,
    Segment(user): Segment<UserId>,
) -> Result<Data<AvatarDto>, Problem> {
    let (user, picture) = attachment::get_avatar(&files.app, &call, Some(user)).await?;
    link(&files, user, &picture, call.at).await
}
