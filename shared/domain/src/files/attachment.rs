//! Files on tasks: what was announced, what was uploaded, and which versions of it there are.
//!
//! The bytes are in the object store and come there without passing through the API. A file is announced first (an
//! [`Upload`]), then uploaded, then completed: only what was found to be as announced becomes a [`Version`].

use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::error::Error;
use crate::id::{AttachmentId, ProjectId, TaskId, UserId};

mod avatar;
pub mod content;
mod media;
mod name;

pub use avatar::{Avatar, Picture};
pub use content::{Digest, ObjectId};
pub use media::MediaType;
pub use name::FileName;

words!(
    /// Where a file is in its life.
    State {
        /// Announced; nothing has been checked yet.
        Pending = "pending",
        /// There is at least one version to be had.
        Available = "available",
        /// What was uploaded was not what had been announced.
        Rejected = "rejected",
        /// Deleted.
        Deleted = "deleted",
    }
);

words!(
    /// What of an uploaded object was not as announced, or not as it must be. The words are the fields of the
    /// announcement, but for the picture, which is the object itself.
    Mismatch {
        /// It has another length.
        Size = "size",
        /// Its first bytes are those of another type.
        ContentType = "content_type",
        /// It has another SHA-256.
        Sha256 = "sha256",
        /// It is no picture whose sides are equal, and not too long.
        Picture = "picture",
    }
);

impl Mismatch {
    /// The error that tells it, as if the announcement were wrong.
    pub fn error(self) -> Error {
        let message = match self {
            Self::Picture => "must be square, of at most 4096 pixels a side",
            Self::Size => "is not the length of what was uploaded",
            Self::ContentType => "is not what the first bytes of the upload say that it is",
            Self::Sha256 => "is not the SHA-256 of what was uploaded",
        };
        Error::field(self.as_str(), "mismatch", message)
    }
}

/// A file as its uploader describes it before they send it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// What it is called.
    pub name: FileName,
    /// Its length in bytes.
    pub size: u64,
    /// Its type.
    pub media: MediaType,
    /// Its SHA-256.
    #[serde(rename = "sha")]
    pub sha256: Digest,
}

/// An upload that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The number of the version that it will be.
    #[serde(rename = "n")]
    pub number: u32,
    /// What was announced.
    #[serde(flatten)]
    pub announced: Announced,
    /// Where its bytes go.
    pub object: ObjectId,
    /// What the object store calls an upload in parts; none if it comes in one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<String>,
    /// Who uploads it; nobody else can complete it.
    pub by: UserId,
    /// When it was announced.
    #[serde(with = "timestamp::millisecond::required")]
    pub at: Timestamp,
    /// What was found wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Mismatch>,
}

impl Upload {
    /// How long it may take from the announcement to the completion.
    pub const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

    /// From when on it counts as never made.
    pub fn expires_at(&self) -> Timestamp {
        self.at.saturating_add(Self::LIFETIME).unwrap_or(self.at)
    }

    fn lives(&self, now: Timestamp) -> bool {
        now < self.expires_at()
    }

    /// Whether its bytes may still come.
    pub fn is_awaited(&self, now: Timestamp) -> bool {
        self.rejected.is_none() && self.lives(now)
    }
}

/// A version of a file: checked, and never changed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, rising from 1; announcements that came to nothing leave gaps.
    #[serde(rename = "n")]
    pub number: u32,
    /// What it is.
    #[serde(flatten)]
    pub file: Announced,
    /// Where its bytes are.
    pub object: ObjectId,
    /// Who uploaded it.
    pub by: UserId,
    /// When it was completed.
    #[serde(with = "timestamp::millisecond::required")]
    pub at: Timestamp,
}

/// A file on a task, in all its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The task it is on.
    pub task: TaskId,
    /// The project in which the task was when the file was last changed.
    pub project: ProjectId,
    /// Its newest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Version>,
    /// The versions before, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Version>,
    /// What is being uploaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<Upload>,
    /// When it was first announced.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who put it on the task.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
}

impl Attachment {
    /// The most versions that are kept.
    pub const MAX_VERSIONS: usize = 20;
    /// The most uploads of one file that may be under way at once.
    pub const MAX_UPLOADS: usize = 5;

    /// Where it is in its life.
    pub fn state(&self) -> State {
        match (self.deleted_at, &self.current) {
            (Some(_), _) => State::Deleted,
            (None, Some(_)) => State::Available,
            (None, None) if self.uploads.iter().all(|upload| upload.rejected.is_some()) => {
                State::Rejected
            }
            (None, None) => State::Pending,
        }
    }

    /// What it is called: by its newest version, or else by what was announced.
    pub fn name(&self) -> Option<&FileName> {
        let announced = || self.uploads.last().map(|upload| &upload.announced);
        self.current
            .as_ref()
            .map(|version| &version.file)
            .or_else(announced)
            .map(|file| &file.name)
    }

    /// Every version, newest first.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.current.iter().chain(&self.older)
    }

    /// The version of this number, or the newest.
    pub fn version(&self, number: Option<u32>) -> Option<&Version> {
        self.versions()
            .find(|version| number.is_none_or(|number| version.number == number))
    }

    /// The version that can be had now and could not before.
    pub fn became_available(&self, before: Option<&Self>) -> Option<&Version> {
        self.versions().find(|version| {
            before.is_none_or(|before| before.version(Some(version.number)).is_none())
        })
    }

    /// Until when it is kept: one of which there is no version only as long as its uploads live.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self.current {
            Some(_) => None,
            None => self.uploads.iter().map(Upload::expires_at).max(),
        }
    }

    /// Whether it is there for readers: neither deleted nor without a version.
    pub fn is_available(&self) -> bool {
        self.state() == State::Available
    }

    /// How many bytes its versions take.
    pub fn bytes(&self) -> u64 {
        self.versions().map(|version| version.file.size).sum()
    }

    /// The upload that somebody announced under this number, or as their last, as long as it lives.
    pub fn upload(&self, number: Option<u32>, by: UserId, now: Timestamp) -> Option<&Upload> {
        self.deleted_at.is_none().then_some(())?;
        let own = |upload: &&Upload| upload.by == by && upload.lives(now);
        self.uploads
            .iter()
            .rev()
            .filter(own)
            .find(|upload| number.is_none_or(|number| upload.number == number))
    }

    /// The number that the next upload gets.
    pub fn next_number(&self) -> u32 {
        let uploads = self.uploads.iter().map(|upload| upload.number);
        uploads
            .chain(self.versions().map(|version| version.number))
            .max()
            .unwrap_or_default()
            + 1
    }

    /// Takes an announcement of another version, and forgets the uploads that came to nothing.
    pub fn announce(&mut self, upload: Upload) -> Result<(), Error> {
        let now = upload.at;
        self.uploads.retain(|upload| upload.is_awaited(now));
        if self.versions().count() >= Self::MAX_VERSIONS {
            return Err(Error::LimitReached {
                what: "versions of a file",
                limit: Self::MAX_VERSIONS,
            });
        }
        if self.uploads.len() >= Self::MAX_UPLOADS {
            return Err(Error::LimitReached {
                what: "uploads of one file at once",
                limit: Self::MAX_UPLOADS,
            });
        }
        self.touch(upload.by, now);
        self.uploads.push(upload);
        Ok(())
    }

    /// Makes a version of an upload that was found to be as announced.
    pub fn complete(&mut self, number: u32, now: Timestamp) -> Result<(), Error> {
        let place = self
            .uploads
            .iter()
            .position(|upload| upload.number == number)
            .ok_or(Error::NotFound)?;
        let upload = self.uploads.remove(place);
        let Upload {
            announced,
            object,
            by,
            ..
        } = upload;
        let mut versions: Vec<Version> = self.versions().cloned().collect();
        if versions.len() >= Self::MAX_VERSIONS {
            return Err(Error::LimitReached {
                what: "versions of a file",
                limit: Self::MAX_VERSIONS,
            });
        }
        versions.push(Version {
            number,
            file: announced,
            object,
            by,
            at: now,
        });
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        let mut versions = versions.into_iter();
        self.current = versions.next();
        self.older = versions.collect();
        self.touch(by, now);
        Ok(())
    }

    /// Notes that an upload was found to be something else.
    pub fn reject(&mut self, number: u32, mismatch: Mismatch, now: Timestamp) {
        if let Some(upload) = self
            .uploads
            .iter_mut()
            .find(|upload| upload.number == number)
        {
            upload.rejected = Some(mismatch);
            let by = upload.by;
            self.touch(by, now);
        }
    }

    /// Deletes it, and gives up what is being uploaded.
    pub fn delete(&mut self, by: UserId, now: Timestamp) {
        self.uploads.clear();
        self.deleted_at = Some(now);
        self.touch(by, now);
    }

    fn touch(&mut self, by: UserId, now: Timestamp) {
        (self.updated_by, self.updated_at) = (by, now);
    }
}

#[cfg(test)]
mod tests;
