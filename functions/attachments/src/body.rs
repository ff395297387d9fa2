//! What clients say of a file before they send it.

use domain::files::attachment::Announced;
use domain::{Error, Faults};
use serde::Deserialize;
use utoipa::ToSchema;

/// A file that is going to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTaskAttachment)]
pub struct Announcement {
    /// What it is called: 1 to 200 characters. Of a path the last part is kept, and of that what every system can save.
    #[schema(example = "Offer 2026.pdf")]
    filename: String,
    /// Its length in bytes, at least 1.
    #[schema(example = 48_213)]
    size: u64,
    /// Its media type; parameters are dropped. A file that shows by its first bytes what it is must say so, or
    /// `application/octet-stream`.
    #[schema(example = "application/pdf")]
    content_type: String,
    /// Its SHA-256, in 64 hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
}

/// A picture that is going to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAvatar)]
pub struct PictureAnnouncement {
    /// Its length in bytes, at most 2 MiB.
    #[schema(example = 48_213)]
    size: u64,
    /// Its media type: `image/png`, `image/jpeg` or `image/webp`.
    #[schema(example = "image/png")]
    content_type: String,
    /// Its SHA-256, in 64 hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
}

impl TryFrom<Announcement> for Announced {
    type Error = Error;

    fn try_from(body: Announcement) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = faults.take("filename", body.filename.parse());
        let media = faults.take("content_type", body.content_type.parse());
        let sha256 = faults.take("sha256", body.sha256.parse());
        if body.size == 0 {
            faults.note("size", "out_of_range", "must be at least 1");
        }
        let size = body.size;
        faults.finish(
            name.zip(media)
                .zip(sha256)
                .map(|((name, media), sha256)| Self {
                    name,
                    size,
                    media,
                    sha256,
                }),
        )
    }
}

impl TryFrom<PictureAnnouncement> for Announced {
    type Error = Error;

    fn try_from(body: PictureAnnouncement) -> Result<Self, Error> {
        use domain::files::attachment::{Avatar, MediaType};
        let PictureAnnouncement {
            size,
            content_type,
            sha256,
        } = body;
        let kind = content_type
            .parse::<MediaType>()
            .ok()
            .filter(|media| Avatar::TYPES.contains(&media.as_str()));
        if kind.is_none() {
            let message = format!("must be one of: {}", Avatar::TYPES.join(" "));
            return Err(Error::field("content_type", "invalid", message));
        }
        if size > Avatar::MAX_BYTES {
            return Err(Error::FileTooLarge {
                limit: usize::try_from(Avatar::MAX_BYTES).unwrap_or(usize::MAX),
            });
        }
        Announcement {
            filename: "avatar".to_owned(),
            size,
            content_type,
            sha256,
        }
        .try_into()
    }
}
