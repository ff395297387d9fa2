//! `POST /tasks/{task_id}/attachments/{attachment_id}/complete`.

use app::files::attachment::{self, PartEtag};
use app::work::task::TaskRef;
use axum::extract::State;
use domain::Error;
use domain::id::AttachmentId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, OptionalBody, Problem, Segments};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Files;
use crate::dto::AttachmentDto;

/// Which upload is complete.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CompleteUpload)]
pub struct Completion {
    /// The number of the version; without it your last upload of the file.
    #[schema(example = 1)]
    number: Option<u32>,
    /// Of a file that came in parts: every part, in order.
    parts: Option<Vec<UploadedPart>>,
}

/// A part that was uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadedPart {
    /// Its number, counted from 1.
    #[schema(example = 1)]
    number: i32,
    /// The `ETag` with which its upload was answered.
    #[schema(example = "\"5d41402abc4b2a76b9719d911017c592\"")]
    etag: String,
}

/// The parts of a body. An entity tag that is none never reaches the store.
fn parts(given: Option<Vec<UploadedPart>>) -> Result<Vec<PartEtag>, Error> {
    let part = |(n, part): (usize, UploadedPart)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'"' | b'-');
        if usize::try_from(part.number) != Ok(n + 1) {
            return Err(Error::field(
                &format!("parts/{n}/number"),
                "invalid",
                "must count the parts from 1",
            ));
        }
        if part.etag.is_empty() || part.etag.len() > 100 || !part.etag.bytes().all(plain) {
            return Err(Error::field(
                &format!("parts/{n}/etag"),
                "invalid",
                "must be an ETag of the upload",
            ));
        }
        Ok(PartEtag {
            number: part.number,
            etag: part.etag,
        })
    };
    given
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(part)
        .collect()
}

/// Completes an upload.
///
/// What has come is checked: its length, its SHA-256, and whether its first bytes are of the announced type. If all is
/// as announced, the file, or the version, can be had from now on. If not, the answer names the field that is not, the
/// upload is deleted, and the file is to be announced anew. Only who announced it can complete it; doing so again
/// answers the same.
#[utoipa::path(post, path = "/tasks/{task_id}/attachments/{attachment_id}/complete", tag = "attachments",
    operation_id = "completeAttachment",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("attachment_id" = Uuid, Path, description = "The file's id.")),
    request_body = Option<Completion>,
    responses((status = 200, description = "The file.", body = One<AttachmentDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, FileTooLarge, LimitReached, NotUploaded, AmbiguousKey
    ]))))]
pub async fn complete(
    State(files): State<Files>,
    Caller(call): Caller,
    Segments(ids): Segments<(TaskRef, AttachmentId)>,
    OptionalBody(body): OptionalBody<Completion>,
) -> Result<Data<AttachmentDto>, Problem> {
    let ids = (
        app::work::task::find_task(&files.app, &call, &ids.0, None).await?,
        ids.1,
    );
    let (number, parts) = (body.number, parts(body.parts)?);
    let file = attachment::complete_attachment(
        &files.app,
        &files.bucket,
        &files.limits,
        &call,
        ids,
        number,
        &parts,
    )
    .await?;
    Ok(Data::versioned(AttachmentDto::from(&file), file.version))
}
