//! One file.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::files::attachment::{Attachment, Version};
use domain::id::{AttachmentId, TaskId};

use super::{OpenedFile, is_seen, open};
use crate::App;

/// A file, and the version of it that is to be had.
#[derive(Debug, Clone)]
pub struct ShownFile {
    /// The file.
    pub file: Versioned<Attachment>,
    /// The version; none while there is none at all.
    pub version: Option<Version>,
}

/// A file with its version of this number, or the newest.
pub async fn get_attachment(
    app: &App,
    call: &Call,
    task: TaskId,
    id: AttachmentId,
    number: Option<u32>,
) -> Result<ShownFile, Error> {
    let OpenedFile { scope, file, .. } =
        open(app, call, task, id, &[], Action::AttachmentDownload).await?;
    if !is_seen(&file.value, &scope, scope.at()) {
        return Err(Error::NotFound);
    }
    let version = file.value.version(number).cloned();
    match &version {
        // The link is as good as the file, whose bytes do not pass through here: so this is noted.
        Some(version) => scope.downloaded(id, version.file.name.as_str()),
        None if number.is_some() => return Err(Error::NotFound),
        None => {}
    }
    Ok(ShownFile {
        file: file.versioned(),
        version,
    })
}
