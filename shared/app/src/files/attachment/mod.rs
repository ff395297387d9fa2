//! Files on tasks, and pictures of people.
//!
//! Their bytes never pass through here. They are announced, uploaded past us, and completed; what a file is worth is
//! found out by [`Objects`], which alone knows the object store.

mod announced;
mod avatar;
mod begin;
mod complete;
mod list;
mod objects;
mod remove;
mod show;

pub use avatar::{begin_avatar, complete_avatar, delete_avatar, get_avatar};
pub use begin::{Begun, begin_attachment, begin_attachment_version};
pub use complete::complete_attachment;
pub use list::list_attachments;
pub use objects::{ObjectPlace, Objects, PartEtag};
pub use remove::delete_attachment;
pub use show::{ShownFile, get_attachment};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::files::attachment::{Announced, Attachment, ObjectId};
use domain::id::{AttachmentId, TaskId};
use domain::work::task::Task;
use jiff::Timestamp;
use store::keys::{self, Key};
use store::record::{Operation, Stored};
use store::{Scope, keys::derived};

use crate::App;

/// The attribute of the item that counts an organization's bytes.
const BYTES: &str = "bytes";

/// How much may be kept, until it is a matter of what was paid for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most bytes of a file.
    pub file: u64,
    /// The most bytes of all files of an organization.
    pub storage: u64,
    /// Files of more bytes come in parts.
    pub one_piece: u64,
}

impl Limits {
    /// The error that the organization's files would be too many bytes.
    fn full(&self) -> Error {
        Error::LimitReached {
            what: "bytes of an organization's files",
            limit: size(self.storage),
        }
    }

    /// The most bytes that one person may have announced in an organization: a tenth of its room, but a file always.
    fn person(&self) -> u64 {
        self.file.max(self.storage / 10)
    }

    /// Whether there is room for a file beside `announced` bytes, as far as is known now. It is decided when the file
    /// is there.
    fn check(&self, scope: &Scope, file: &Announced, announced: u64) -> Result<(), Error> {
        if file.size > self.file {
            return Err(Error::FileTooLarge {
                limit: size(self.file),
            });
        }
        let used = scope
            .extra_number(&keys::storage(scope.tag()), BYTES)
            .saturating_add(announced);
        if used.saturating_add(file.size) > self.storage {
            Err(self.full())
        } else {
            Ok(())
        }
    }
}

/// Bytes to add or to take away.
fn signed(bytes: u64) -> Result<i64, Error> {
    i64::try_from(bytes).map_err(|_| Error::Internal("more bytes than there are".to_owned()))
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Where an operation's bytes go: the same place if it is repeated.
fn object(app: &App, operation: &Operation) -> ObjectId {
    match operation.keyed {
        true => derived::object(&operation.id),
        false => ObjectId::from_bytes(app.entropy.bytes()),
    }
}

/// A file and its task, opened.
struct OpenedFile {
    scope: Scope,
    task: Task,
    file: Stored<Attachment>,
}

/// Opens a file and its task for an action.
async fn open(
    app: &App,
    call: &Call,
    task: TaskId,
    id: AttachmentId,
    extra: &[Key],
    action: Action,
) -> Result<OpenedFile, Error> {
    let key = keys::attachment(task, id);
    let wanted = [std::slice::from_ref(&key), extra].concat();
    let sealed = app.store.open(call, task, &wanted).await?;
    let sealed = sealed.about_part::<Attachment>(&key, |file| file.created_by)?;
    let (scope, opened) = sealed.require(action).await?;
    let file: Stored<Attachment> = scope.extra(&key)?.ok_or(Error::NotFound)?;
    // The key says nothing of the id's tenant, which is the task's.
    if file.value.id != id {
        return Err(Error::NotFound);
    }
    Ok(OpenedFile {
        scope,
        task: opened.value,
        file,
    })
}

/// Whether a file is there for the caller: for everybody once there is a version, before that for whoever announced it.
fn is_seen(file: &Attachment, scope: &Scope, now: Timestamp) -> bool {
    let announced = file.deleted_at.is_none() && file.expires_at().is_none_or(|end| now < end);
    file.is_available() || announced && file.created_by == scope.user()
}
