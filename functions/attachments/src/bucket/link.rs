//! Signed addresses. The signature covers all that matters: what may be done, with which object, until when, and of an
//! upload the length, the type, the SHA-256, and that nothing may be there yet.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use app::files::attachment::ObjectPlace;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use domain::Error;
use domain::files::attachment::{MediaType, Picture, Upload, Version};
use domain::id::{Tag, UserId};
use jiff::{SignedDuration, Timestamp};

use super::{Bucket, key};
use crate::dto::{AvatarDto, LinkDto, PartDto, UploadDto};

/// How long a file in one piece may be begun to be sent.
const UPLOAD: Duration = Duration::from_secs(5 * 60);
/// How long the parts of a large file may be begun to be sent, one after the other.
const PARTS: Duration = Duration::from_secs(60 * 60);
/// How long a file may be begun to be got.
const DOWNLOAD: Duration = Duration::from_secs(60);
/// What nobody keeps between the store and the one whose link it is.
const PRIVATE: &str = "private, no-store";

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("an address cannot be signed: {error}"))
}

/// From now on, for so long.
fn during(now: Timestamp, time: Duration) -> Result<PresigningConfig, Error> {
    PresigningConfig::builder()
        .start_time(SystemTime::from(now))
        .expires_in(time)
        .build()
        .map_err(fault)
}

fn after(now: Timestamp, time: Duration) -> Timestamp {
    SignedDuration::try_from(time)
        .ok()
        .and_then(|time| now.checked_add(time).ok())
        .unwrap_or(now)
}

/// The headers that the client must send. The length follows from the body, and browsers let nobody set it.
fn headers(signed: &PresignedRequest) -> BTreeMap<String, String> {
    let said = signed
        .headers()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    said.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

impl Bucket {
    /// How to upload what was announced: one address for one object, once; or one for each part.
    pub async fn upload_link(&self, upload: &Upload, now: Timestamp) -> Result<UploadDto, Error> {
        match &upload.parts {
            Some(id) => self.link_in_parts(upload, id, now).await,
            None => self.link_in_one_piece(upload, now).await,
        }
    }

    async fn link_in_parts(
        &self,
        upload: &Upload,
        id: &str,
        now: Timestamp,
    ) -> Result<UploadDto, Error> {
        Ok(UploadDto {
            number: upload.number,
            method: "PUT",
            url: None,
            headers: BTreeMap::new(),
            parts: Some(self.parts(upload, id, now).await?),
            expires_at: after(now, PARTS),
            complete_until: upload.expires_at(),
        })
    }

    async fn link_in_one_piece(&self, upload: &Upload, now: Timestamp) -> Result<UploadDto, Error> {
        let announced = &upload.announced;
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key(ObjectPlace::Upload(upload.object)));
        let put = put
            .content_length(i64::try_from(announced.size).map_err(fault)?)
            .content_type(announced.media.as_str())
            .checksum_sha256(announced.sha256.base64())
            .if_none_match("*");
        let signed = put.presigned(during(now, UPLOAD)?).await.map_err(fault)?;
        Ok(UploadDto {
            number: upload.number,
            method: "PUT",
            url: Some(signed.uri().to_owned()),
            headers: headers(&signed),
            parts: None,
            expires_at: after(now, UPLOAD),
            complete_until: upload.expires_at(),
        })
    }

    /// How to upload each part of a large file.
    async fn parts(
        &self,
        upload: &Upload,
        id: &str,
        now: Timestamp,
    ) -> Result<Vec<PartDto>, Error> {
        let mut left = upload.announced.size;
        let mut parts = vec![];
        while left > 0 {
            let (number, size) = (
                i32::try_from(parts.len() + 1).map_err(fault)?,
                left.min(self.part),
            );
            let put = self
                .client
                .upload_part()
                .bucket(&self.name)
                .key(key(ObjectPlace::Upload(upload.object)));
            let put = put
                .upload_id(id)
                .part_number(number)
                .content_length(i64::try_from(size).map_err(fault)?);
            let signed = put.presigned(during(now, PARTS)?).await.map_err(fault)?;
            parts.push(PartDto {
                number,
                size,
                url: signed.uri().to_owned(),
            });
            left -= size;
        }
        Ok(parts)
    }

    /// A link that offers a version for saving, under its name, and as nothing that a browser would run.
    pub async fn download_link(
        &self,
        tag: Tag,
        version: &Version,
        now: Timestamp,
    ) -> Result<LinkDto, Error> {
        let place = ObjectPlace::File(tag, version.object);
        let disposition = version.file.name.disposition("attachment");
        let url = self
            .link(place, disposition, version.file.media.served_as(), now)
            .await?;
        Ok(LinkDto {
            number: version.number,
            url,
            expires_at: after(now, DOWNLOAD),
        })
    }

    /// A link by which a picture is shown.
    pub async fn picture_link(
        &self,
        user: UserId,
        picture: &Picture,
        now: Timestamp,
    ) -> Result<AvatarDto, Error> {
        let media: &MediaType = &picture.media;
        let url = self
            .link(
                ObjectPlace::Picture(user, picture.object),
                "inline".to_owned(),
                media.as_str(),
                now,
            )
            .await?;
        let (user_id, content_type) = (user.uuid(), media.to_string());
        Ok(AvatarDto {
            user_id,
            content_type,
            url,
            expires_at: after(now, DOWNLOAD),
        })
    }

    async fn link(
        &self,
        place: ObjectPlace,
        as_what: String,
        media: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let get = self.client.get_object().bucket(&self.name).key(key(place));
        let get = get
            .response_content_disposition(as_what)
            .response_content_type(media);
        let get = get.response_cache_control(PRIVATE);
        let signed = get.presigned(during(now, DOWNLOAD)?).await.map_err(fault)?;
        Ok(signed.uri().to_owned())
    }
}
