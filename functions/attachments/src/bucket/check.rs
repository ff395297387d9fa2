//! Finding out what was uploaded.

use app::files::attachment::{ObjectPlace, PartEtag};
use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use domain::Error;
use domain::files::attachment::{Avatar, Digest, MediaType, Mismatch, Upload};

use super::{Bucket, failure, is_missing, key, patient};

/// As many bytes tell the type of a file.
const HEAD: &str = "bytes=0-8191";

/// The parts as the store wants them named.
fn completed(parts: &[PartEtag]) -> CompletedMultipartUpload {
    let parts = parts.iter().map(|part| {
        CompletedPart::builder()
            .part_number(part.number)
            .e_tag(&part.etag)
            .build()
    });
    CompletedMultipartUpload::builder()
        .set_parts(Some(parts.collect()))
        .build()
}

/// Whether a file of this type can begin with these bytes.
fn can_begin(media: &MediaType, first: &[u8]) -> bool {
    let magic = infer::get(first).map(|found| found.mime_type());
    media.agrees(first, magic, infer::is_mime_supported(media.as_str()))
}

/// Whether the store finds fault with the request, not with itself.
fn is_refused<E>(error: &SdkError<E>) -> bool {
    error
        .raw_response()
        .is_some_and(|response| response.status().is_client_error())
}

impl Bucket {
    /// Joins the parts of an upload. What was joined before is looked at as it is.
    pub(super) async fn join(
        &self,
        upload: &Upload,
        id: &str,
        parts: &[PartEtag],
    ) -> Result<(), Error> {
        let expected = upload.announced.size.div_ceil(self.part);
        if u64::try_from(parts.len()) != Ok(expected) {
            return Err(Error::field(
                "parts",
                "invalid",
                format!("must be the {expected} parts of the upload"),
            ));
        }
        let join = self
            .client
            .complete_multipart_upload()
            .bucket(&self.name)
            .upload_id(id)
            .multipart_upload(completed(parts))
            .key(key(ObjectPlace::Upload(upload.object)))
            .if_none_match("*");
        match join.customize().config_override(patient()).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) || error.code() == Some("PreconditionFailed") => {
                Ok(())
            }
            Err(error) if is_refused(&error) => Err(Error::field(
                "parts",
                "invalid",
                "must be parts as they were uploaded",
            )),
            Err(error) => Err(failure("CompleteMultipartUpload", error)),
        }
    }

    /// Compares an object with its announcement. What comes in one piece the store has hashed when it came.
    pub(super) async fn inspect(&self, upload: &Upload) -> Result<Result<(), Mismatch>, Error> {
        let (key, announced) = (key(ObjectPlace::Upload(upload.object)), &upload.announced);
        let head = self.head(&key).await?;
        if head
            .content_length()
            .and_then(|length| u64::try_from(length).ok())
            != Some(announced.size)
        {
            return Ok(Err(Mismatch::Size));
        }
        let first = self.read(&key, Some(HEAD)).await?;
        if !can_begin(&announced.media, &first) {
            return Ok(Err(Mismatch::ContentType));
        }
        let digest = match upload.parts {
            None => head.checksum_sha256().and_then(Digest::from_base64),
            Some(_) => Some(self.digest(&key).await?),
        };
        Ok(if digest == Some(announced.sha256) {
            Ok(())
        } else {
            Err(Mismatch::Sha256)
        })
    }

    /// What the store tells of an object, with the SHA-256 of one that came in one piece.
    async fn head(&self, key: &str) -> Result<HeadObjectOutput, Error> {
        let head = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled);
        head.send().await.map_err(|error| match is_missing(&error) {
            true => Error::NotUploaded,
            false => failure("HeadObject", error),
        })
    }

    /// Whether a picture says of itself that it is square and not too large. It is not decoded: a few bytes may unfold
    /// to gigabytes.
    pub(super) async fn measure(&self, upload: &Upload) -> Result<Result<(), Mismatch>, Error> {
        let bytes = self
            .read(&key(ObjectPlace::Upload(upload.object)), None)
            .await?;
        let fits = imagesize::blob_size(&bytes).is_ok_and(|size| {
            size.width == size.height && (1..=Avatar::MAX_SIDE).contains(&size.width)
        });
        Ok(if fits { Ok(()) } else { Err(Mismatch::Picture) })
    }

    /// The bytes of an object, or a stretch of them.
    async fn read(&self, key: &str, range: Option<&str>) -> Result<Bytes, Error> {
        let get = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .set_range(range.map(str::to_owned));
        let object = get.send().await.map_err(|error| match is_missing(&error) {
            true => Error::NotUploaded,
            false => failure("GetObject", error),
        })?;
        let bytes = object
            .body
            .collect()
            .await
            .map_err(|_| Error::Unavailable)?;
        Ok(bytes.into_bytes())
    }

    /// The SHA-256 of an object, a piece at a time.
    async fn digest(&self, key: &str) -> Result<Digest, Error> {
        let get = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .customize()
            .config_override(patient());
        let mut body = get
            .send()
            .await
            .map_err(|error| failure("GetObject", error))?
            .body;
        let mut context = Context::new(&SHA256);
        while let Some(piece) = body.try_next().await.map_err(|_| Error::Unavailable)? {
            context.update(&piece);
        }
        let digest = context.finish().as_ref().try_into();
        digest
            .map(Digest)
            .map_err(|_| Error::Internal("a SHA-256 of another length".to_owned()))
    }
}
