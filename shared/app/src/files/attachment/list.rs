//! The files on a task.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page, Versioned};
use domain::files::attachment::Attachment;
use domain::id::TaskId;
use paging::Walk;
use store::Scope;
use store::keys;
use store::record::Stored;

use crate::App;

/// A page of the files on a task, oldest first, each with its newest version.
pub async fn list_attachments(
    app: &App,
    call: &Call,
    task: TaskId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Versioned<Attachment>>, Error> {
    let range = keys::attachments_of(task).limit(limit);
    let walk = Walk::new(app.pager(), call, task.tag(), range, &task, limit, cursor).await?;
    let open = app.store.open(call, task, &[]);
    // The index may not know yet that one was deleted.
    let keep =
        |_: &Scope, file: Stored<Attachment>| file.value.is_available().then(|| file.versioned());
    walk.page(open, Action::AttachmentDownload, |_| Ok(()), keep, false)
        .await
}
