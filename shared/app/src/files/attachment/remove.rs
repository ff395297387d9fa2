//! Deleting a file.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::files::attachment::Attachment;
use domain::id::{AttachmentId, TaskId};
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{BYTES, OpenedFile, announced, is_seen, open, signed};
use crate::{App, retry};

/// Deletes a file with all its versions, and gives their bytes back to the organization. The bytes themselves stay as
/// long as what is deleted is kept.
pub async fn delete_attachment(
    app: &App,
    call: &Call,
    task: TaskId,
    id: AttachmentId,
) -> Result<(), Error> {
    retry::contended(|| async {
        let OpenedFile {
            scope,
            task: opened,
            file,
        } = open(app, call, task, id, &[], Action::AttachmentDelete).await?;
        if scope.replays(&file)? {
            return Ok(());
        }
        if !is_seen(&file.value, &scope, scope.at()) {
            return Err(Error::NotFound);
        }
        let mut next = Attachment {
            project: opened.project,
            ..file.value.clone()
        };
        next.delete(scope.user(), scope.at());
        save(app, &scope, &file, next).await
    })
    .await
}

/// Saves a deleted file, and gives back the room of its versions and of what was announced for
/// others.
async fn save(
    app: &App,
    scope: &Scope,
    before: &Stored<Attachment>,
    next: Attachment,
) -> Result<(), Error> {
    let bytes = before.value.bytes();
    let waiting = before
        .value
        .uploads
        .iter()
        .filter(|upload| upload.is_awaited(scope.at()));
    // Nothing to give back: one item alone costs half of what it costs in a transaction.
    if bytes == 0 && waiting.clone().next().is_none() {
        return app.store.save(scope, before, next).await.map(drop);
    }
    let mut transaction = Transaction::new();
    transaction.save(before, next, scope.operation())?;
    if bytes > 0 {
        transaction.count(keys::storage(scope.tag()), BYTES, -signed(bytes)?, None);
    }
    announced::give_back(&mut transaction, scope, waiting)?;
    app.store.commit(scope, transaction).await
}
