//! What is asked of the object store.

use domain::Error;
use domain::files::attachment::{MediaType, Mismatch, ObjectId, Upload};
use domain::id::{Tag, UserId};

/// Where bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectPlace {
    /// Where clients upload to; what stays there is swept.
    Upload(ObjectId),
    /// A version of a file of a tenant.
    File(Tag, ObjectId),
    /// A picture of a person.
    Picture(UserId, ObjectId),
}

/// A part of an upload, as the object store has acknowledged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartEtag {
    /// Its number, counted from 1.
    pub number: i32,
    /// The entity tag that the store gave for it.
    pub etag: String,
}

/// The object store.
pub trait Objects: Sync {
    /// Begins an upload in parts, and tells the store's name for it.
    fn begin_parts(
        &self,
        object: ObjectId,
        media: &MediaType,
    ) -> impl Future<Output = Result<String, Error>> + Send;

    /// Finds out whether what was uploaded is what was announced. Fails with [`Error::NotUploaded`] if nothing was.
    fn check(
        &self,
        upload: &Upload,
        parts: &[PartEtag],
    ) -> impl Future<Output = Result<Result<(), Mismatch>, Error>> + Send;

    /// The same for a picture, which must also be fit to be shown.
    fn check_picture(
        &self,
        upload: &Upload,
    ) -> impl Future<Output = Result<Result<(), Mismatch>, Error>> + Send;

    /// Copies an upload to where it stays. Doing it again changes nothing.
    fn keep(
        &self,
        object: ObjectId,
        place: ObjectPlace,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Deletes an object; one that is not there is no error.
    fn discard(&self, place: ObjectPlace) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Deletes an upload that is of no use any more. What stays is swept.
pub(super) async fn drop_upload(objects: &impl Objects, upload: &Upload) {
    if let Err(error) = objects.discard(ObjectPlace::Upload(upload.object)).await {
        tracing::warn!(%error, "an upload could not be deleted");
    }
}
