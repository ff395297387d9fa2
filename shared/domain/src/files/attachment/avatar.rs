//! Pictures of people.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use super::{MediaType, Mismatch, ObjectId, Upload};
use crate::error::Error;
use crate::id::UserId;

/// A picture that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Its type: one of [`Avatar::TYPES`].
    pub media: MediaType,
    /// Where its bytes are.
    pub object: ObjectId,
}

/// A person's picture, and the one that is to replace it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avatar {
    /// Whose.
    pub user: UserId,
    /// The picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Picture>,
    /// What is being uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// Former pictures that may not be deleted yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<ObjectId>,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
}

impl Avatar {
    /// The types that a picture can have: of these a browser makes nothing but a picture.
    pub const TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];
    /// The most bytes of a picture.
    pub const MAX_BYTES: u64 = 2 * 1024 * 1024;
    /// The most pixels of a side: what is shown is never larger, and what is said to be is an attack on whoever draws it.
    pub const MAX_SIDE: usize = 4096;

    /// Nothing yet.
    pub fn new(user: UserId, now: Timestamp) -> Self {
        Self {
            user,
            current: None,
            upload: None,
            former: vec![],
            updated_at: now,
        }
    }

    /// The upload, as long as it lives.
    pub fn upload(&self, now: Timestamp) -> Option<&Upload> {
        self.upload
            .as_ref()
            .filter(|upload| now < upload.expires_at())
    }

    /// Takes the announcement of another picture instead of an earlier one.
    pub fn announce(&mut self, upload: Upload) {
        self.updated_at = upload.at;
        self.upload = Some(upload);
    }

    /// Makes the uploaded picture the present one.
    pub fn complete(&mut self, now: Timestamp) -> Result<(), Error> {
        let upload = self.upload.take().ok_or(Error::NotFound)?;
        self.leave(now);
        self.current = Some(Picture {
            media: upload.announced.media,
            object: upload.object,
        });
        Ok(())
    }

    /// Notes that the upload was found to be something else.
    pub fn reject(&mut self, mismatch: Mismatch, now: Timestamp) {
        self.updated_at = now;
        self.upload
            .iter_mut()
            .for_each(|upload| upload.rejected = Some(mismatch));
    }

    /// Takes the picture away; its bytes are to be deleted.
    pub fn leave(&mut self, now: Timestamp) {
        self.updated_at = now;
        self.former
            .extend(self.current.take().map(|picture| picture.object));
    }
}
