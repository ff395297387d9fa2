//! The bucket: addresses that are good for one thing and a short time, and what is done with objects.

mod check;
mod link;

use std::time::Duration;

use app::files::attachment::{ObjectPlace, Objects, PartEtag};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use domain::Error;
use domain::files::attachment::{MediaType, Mismatch, ObjectId, Upload};
use runtime::env::{Env, MissingVariable};
use runtime::meter;

/// How long the store may take over the whole of a file: the function has 28 s.
const LONG: Duration = Duration::from_secs(20);

/// The bucket and the way to it.
#[derive(Clone)]
pub struct Bucket {
    client: Client,
    name: String,
    part: u64,
}

impl Bucket {
    /// The smallest part that the store takes, but for the last, and the largest that we ask for.
    const PARTS: (u64, u64) = (5 * 1024 * 1024, 64 * 1024 * 1024);

    /// The bucket that the environment names. Files of more than `one_piece` bytes come in parts.
    pub fn new(env: &Env, one_piece: u64) -> Result<Self, MissingVariable> {
        let client = Client::new(&env.aws("AWS_ENDPOINT_URL_S3")?);
        let part = one_piece.clamp(Self::PARTS.0, Self::PARTS.1);
        Ok(Self {
            client,
            name: env.var("BUCKET_NAME")?.to_owned(),
            part,
        })
    }
}

/// The key of an object. Nothing that users have written is in it.
fn key(place: ObjectPlace) -> String {
    match place {
        ObjectPlace::Upload(object) => format!("uploads/{object}"),
        ObjectPlace::File(tag, object) => format!("files/{tag}/{object}"),
        ObjectPlace::Picture(user, object) => format!("avatars/{user}/{object}"),
    }
}

/// Settings of a request that may take long.
fn patient() -> aws_sdk_s3::config::Builder {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(LONG)
        .operation_timeout(LONG)
        .build();
    aws_sdk_s3::Config::builder().timeout_config(timeouts)
}

/// Whether there is no such object. Without the right to list, which we do not have, the store calls that a refusal.
fn is_missing<E>(error: &SdkError<E>) -> bool {
    error
        .raw_response()
        .is_some_and(|response| matches!(response.status().as_u16(), 403 | 404))
}

/// Names a failure: what is worth repeating later is `Unavailable`, anything else a fault of ours.
fn failure<E>(operation: &str, error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let kind = match &error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch failure",
        SdkError::ResponseError(_) => "unreadable response",
        _ => "service error",
    };
    let code = error.code().unwrap_or_default();
    let fault = format!(
        "{operation}: {kind} {status:?} {code} {}",
        error.message().unwrap_or_default()
    );
    if status.is_none_or(|status| status >= 500 || status == 429) {
        meter::note(|totals| totals.fault = Some(fault));
        return Error::Unavailable;
    }
    Error::Internal(fault)
}

impl Objects for Bucket {
    async fn begin_parts(&self, object: ObjectId, media: &MediaType) -> Result<String, Error> {
        let key = key(ObjectPlace::Upload(object));
        let begin = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .content_type(media.as_str());
        let begun = begin
            .send()
            .await
            .map_err(|error| failure("CreateMultipartUpload", error))?;
        begun
            .upload_id
            .ok_or_else(|| Error::Internal("an upload in parts without an id".to_owned()))
    }

    async fn check(
        &self,
        upload: &Upload,
        parts: &[PartEtag],
    ) -> Result<Result<(), Mismatch>, Error> {
        match &upload.parts {
            Some(id) => self.join(upload, id, parts).await?,
            None if parts.is_empty() => {}
            None => {
                return Err(Error::field(
                    "parts",
                    "excluded",
                    "cannot be given of a file in one piece",
                ));
            }
        }
        self.inspect(upload).await
    }

    async fn check_picture(&self, upload: &Upload) -> Result<Result<(), Mismatch>, Error> {
        match self.inspect(upload).await? {
            Ok(()) => self.measure(upload).await,
            mismatch => Ok(mismatch),
        }
    }

    async fn keep(&self, object: ObjectId, place: ObjectPlace) -> Result<(), Error> {
        let from = format!("{}/{}", self.name, key(ObjectPlace::Upload(object)));
        let copy = self
            .client
            .copy_object()
            .copy_source(from)
            .bucket(&self.name)
            .key(key(place));
        match copy.customize().config_override(patient()).send().await {
            Ok(_) => Ok(()),
            // Another request has completed the same upload meanwhile.
            Err(error) if is_missing(&error) => Err(Error::Conflict),
            Err(error) => Err(failure("CopyObject", error)),
        }
    }

    async fn discard(&self, place: ObjectPlace) -> Result<(), Error> {
        let delete = self
            .client
            .delete_object()
            .bucket(&self.name)
            .key(key(place))
            .send()
            .await;
        delete
            .map(drop)
            .map_err(|error| failure("DeleteObject", error))
    }
}
