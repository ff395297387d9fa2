//! `POST /tasks/{task_id}/attachments` and `POST /tasks/{task_id}/attachments/{attachment_id}/versions`.

use app::files::attachment::{self, Begun};
use app::work::task::TaskRef;
use axum::extract::State;
use domain::files::attachment::Announced;
use domain::id::AttachmentId;
use edge::openapi::{IfMatch, One};
use edge::reply::Created;
use edge::{Body, Caller, Problem, Segment, Segments};
use jiff::Timestamp;

use crate::Files;
use crate::body::Announcement;
use crate::dto::{AttachmentDto, BegunDto};

/// The answer to an announcement, with the address to upload to.
async fn answer(files: &Files, begun: Begun, now: Timestamp) -> Result<Created<BegunDto>, Problem> {
    let upload = match &begun.upload {
        Some(upload) => Some(files.bucket.upload_link(upload, now).await?),
        None => None,
    };
    let (file, version) = (&begun.file.value, begun.file.version);
    let path = format!("/tasks/{}/attachments/{}", file.task, file.id);
    Ok(Created::at(
        path,
        BegunDto {
            attachment: AttachmentDto::from(&begun.file),
            upload,
        },
        version,
    ))
}

/// Announces a file.
///
/// The answer says where and how to upload it, within five minutes, past this API; then complete it. Until then only
/// you see it, and after two hours it counts as never announced. With the same `Idempotency-Key` you get the same
/// upload again, at a fresh address.
#[utoipa::path(post, path = "/tasks/{task_id}/attachments", tag = "attachments", operation_id = "beginAttachment",
    params(("task_id" = String, Path, description = "The task's id, or its key.")),
    request_body = Announcement,
    responses((status = 201, description = "The announced file, and its upload.", body = One<BegunDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, FileTooLarge, LimitReached, AmbiguousKey
    ]))))]
pub async fn begin(
    State(files): State<Files>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Body(body): Body<Announcement>,
) -> Result<Created<BegunDto>, Problem> {
    let task = app::work::task::find_task(&files.app, &call, &task, None).await?;
    let file = Announced::try_from(body)?;
    let begun =
        attachment::begin_attachment(&files.app, &files.bucket, &files.limits, &call, task, file)
            .await?;
    answer(&files, begun, call.at).await
}

/// Announces another version of a file.
///
/// It is uploaded and completed like a new file; the versions before are kept, at most 20 in all.
#[utoipa::path(post, path = "/tasks/{task_id}/attachments/{attachment_id}/versions", tag = "attachments",
    operation_id = "beginAttachmentVersion",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("attachment_id" = Uuid, Path, description = "The file's id."), IfMatch),
    request_body = Announcement,
    responses((status = 201, description = "The file, and the upload of its next version.", body = One<BegunDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, FileTooLarge, LimitReached, AmbiguousKey
    ]))))]
pub async fn announce(
    State(files): State<Files>,
    Caller(call): Caller,
    Segments(ids): Segments<(TaskRef, AttachmentId)>,
    Body(body): Body<Announcement>,
) -> Result<Created<BegunDto>, Problem> {
    let ids = (
        app::work::task::find_task(&files.app, &call, &ids.0, None).await?,
        ids.1,
    );
    let version = Announced::try_from(body)?;
    let begun = attachment::begin_attachment_version(
        &files.app,
        &files.bucket,
        &files.limits,
        &call,
        ids,
        version,
    )
    .await?;
    answer(&files, begun, call.at).await
}
