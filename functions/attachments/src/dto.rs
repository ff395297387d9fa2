//! What clients see of files.

use std::collections::BTreeMap;

use domain::call::Versioned;
use domain::files::attachment::{Announced, Attachment, Version};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A file on a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskAttachment)]
pub struct AttachmentDto {
    /// Its id.
    pub id: Uuid,
    /// The task it is on.
    pub task_id: Uuid,
    /// pending, available or rejected.
    #[schema(example = "available")]
    pub state: &'static str,
    /// The number of its newest version, or of the one that is announced.
    #[schema(example = 1)]
    pub number: u32,
    /// What that is called.
    #[schema(example = "Offer 2026.pdf")]
    pub filename: String,
    /// Its length in bytes.
    #[schema(example = 48_213)]
    pub size: u64,
    /// Its media type.
    #[schema(example = "application/pdf")]
    pub content_type: String,
    /// Its SHA-256, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// When the file was announced.
    pub created_at: Timestamp,
    /// Who put it on the task.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// Counts its changes; what `If-Match` takes.
    #[schema(example = 2)]
    pub version: u64,
}

/// A version of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskAttachmentVersion)]
pub struct VersionDto {
    /// Its number; there may be gaps.
    #[schema(example = 1)]
    pub number: u32,
    /// What it is called.
    #[schema(example = "Offer 2026.pdf")]
    pub filename: String,
    /// Its length in bytes.
    #[schema(example = 48_213)]
    pub size: u64,
    /// Its media type.
    #[schema(example = "application/pdf")]
    pub content_type: String,
    /// Its SHA-256, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// When it was completed.
    pub created_at: Timestamp,
    /// Who uploaded it.
    pub created_by: Uuid,
}

/// A file with its versions, and a link to one of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskAttachmentWithVersions)]
pub struct DownloadableDto {
    /// The file.
    #[serde(flatten)]
    pub attachment: AttachmentDto,
    /// Its versions, newest first.
    pub versions: Vec<VersionDto>,
    /// Where the version asked for is to be had.
    pub download: Option<LinkDto>,
}

/// A link for one download.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Download)]
pub struct LinkDto {
    /// The number of the version.
    #[schema(example = 1)]
    pub number: u32,
    /// The address, to be got without a token.
    #[schema(format = "uri")]
    pub url: String,
    /// When it ends to be good.
    pub expires_at: Timestamp,
}

/// An announced file, and how to upload it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BegunTaskAttachment)]
pub struct BegunDto {
    /// The file.
    #[serde(flatten)]
    pub attachment: AttachmentDto,
    /// The upload; null if the request is a repeated one and the upload was completed or has failed since.
    pub upload: Option<UploadDto>,
}

/// How to upload a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upload)]
pub struct UploadDto {
    /// The number of the version that it will be.
    #[schema(example = 1)]
    pub number: u32,
    /// How: with this method.
    #[schema(example = "PUT")]
    pub method: &'static str,
    /// Where; null if the file comes in parts.
    #[schema(format = "uri")]
    pub url: Option<String>,
    /// These headers must be sent, just so. The body has exactly the announced length.
    pub headers: BTreeMap<String, String>,
    /// The parts of a file that is too large for one piece: each is uploaded by itself, and answered with an `ETag` that
    /// the completion names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<PartDto>>,
    /// When the address ends to be good.
    pub expires_at: Timestamp,
    /// Until when the upload must be completed.
    pub complete_until: Timestamp,
}

/// How to upload a part of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UploadPart)]
pub struct PartDto {
    /// Its number, counted from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// How many bytes it has.
    #[schema(example = 67_108_864)]
    pub size: u64,
    /// Where.
    #[schema(format = "uri")]
    pub url: String,
}

/// How to upload a picture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvatarUpload)]
pub struct AvatarUploadDto {
    /// The upload; null if the request is a repeated one and the upload was completed or has failed since.
    pub upload: Option<UploadDto>,
}

/// A person's picture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Avatar)]
pub struct AvatarDto {
    /// Whose.
    pub user_id: Uuid,
    /// Its media type.
    #[schema(example = "image/png")]
    pub content_type: String,
    /// Where it is to be had, without a token.
    #[schema(format = "uri")]
    pub url: String,
    /// When the address ends to be good.
    pub expires_at: Timestamp,
}

/// What is shown of a file, and the number of that version: the newest; while there is none, the
/// one that was announced last.
fn shown(file: &Attachment) -> Option<(u32, &Announced)> {
    let newest = file
        .current
        .as_ref()
        .map(|version| (version.number, &version.file));
    let announced = || {
        file.uploads
            .last()
            .map(|upload| (upload.number, &upload.announced))
    };
    newest.or_else(announced)
}

impl From<&Versioned<Attachment>> for AttachmentDto {
    fn from(stored: &Versioned<Attachment>) -> Self {
        let file = &stored.value;
        let (number, what) = shown(file).unzip();
        let text = |read: fn(&Announced) -> String| what.map(read).unwrap_or_default();
        Self {
            id: file.id.uuid(),
            task_id: file.task.uuid(),
            state: file.state().as_str(),
            number: number.unwrap_or_default(),
            filename: text(|what| what.name.to_string()),
            size: what.map(|what| what.size).unwrap_or_default(),
            content_type: text(|what| what.media.to_string()),
            sha256: text(|what| what.sha256.to_string()),
            created_at: file.created_at,
            created_by: file.created_by.uuid(),
            updated_at: file.updated_at,
            updated_by: file.updated_by.uuid(),
            version: stored.version,
        }
    }
}

impl From<&Version> for VersionDto {
    fn from(version: &Version) -> Self {
        Self {
            number: version.number,
            filename: version.file.name.to_string(),
            size: version.file.size,
            content_type: version.file.media.to_string(),
            sha256: version.file.sha256.to_string(),
            created_at: version.at,
            created_by: version.by.uuid(),
        }
    }
}
