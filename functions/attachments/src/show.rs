//! `GET /tasks/{task_id}/attachments/{attachment_id}`.

use app::files::attachment;
use app::work::task::TaskRef;
use axum::extract::State;
use domain::Error;
use domain::id::AttachmentId;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Params, Problem, Segments};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Files;
use crate::dto::{AttachmentDto, DownloadableDto, VersionDto};

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfVersion {
    /// The number of the version to download; without it the newest.
    version: Option<String>,
}

fn number(text: Option<&str>) -> Result<Option<u32>, Error> {
    let read = |text: &str| {
        let digits = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.ok_or_else(|| Error::filter("version", "must be a version's number"))
    };
    text.map(read).transpose()
}

/// Shows a file, with a link to download it.
///
/// The link is good for 60 seconds and offers the file for saving. It is given to you, not to the public: whoever has
/// it can use it. Every version is listed. Without a version, to the one who has announced it, there is no link.
#[utoipa::path(get, path = "/tasks/{task_id}/attachments/{attachment_id}", tag = "attachments",
    operation_id = "getAttachment",
    params(("task_id" = String, Path, description = "The task's id, or its key."),
        ("attachment_id" = Uuid, Path, description = "The file's id."), OfVersion),
    responses((status = 200, description = "The file.", body = One<DownloadableDto>)),
    extensions(("x-errors" = json!(edge::codes![AmbiguousKey]))))]
pub async fn show(
    State(files): State<Files>,
    Caller(call): Caller,
    Segments((task, id)): Segments<(TaskRef, AttachmentId)>,
    Params(query): Params<OfVersion>,
) -> Result<Data<DownloadableDto>, Problem> {
    let task = app::work::task::find_task(&files.app, &call, &task, None).await?;
    let number = number(query.version.as_deref())?;
    let shown = attachment::get_attachment(&files.app, &call, task, id, number).await?;
    let download = match &shown.version {
        Some(version) => Some(
            files
                .bucket
                .download_link(task.tag(), version, call.at)
                .await?,
        ),
        None => None,
    };
    let versions = shown.file.value.versions().map(VersionDto::from).collect();
    let attachment = AttachmentDto::from(&shown.file);
    Ok(Data::plain(DownloadableDto {
        attachment,
        versions,
        download,
    }))
}
