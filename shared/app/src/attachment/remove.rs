//! Deleting a file.

use domain::Error;
use domain::access::Action;
use domain::attachment::Attachment;
use domain::call::Call;
use domain::id::{AttachmentId, TaskId};
use store::keys;
use store::write::Transaction;

use super::{BYTES, is_seen, open};
use crate::{App, retry};

/// Deletes a file with all its versions, and gives their bytes back to the organization. The bytes themselves stay as
/// long as what is deleted is kept.
pub async fn remove(app: &App, call: &Call, task: TaskId, id: AttachmentId) -> Result<(), Error> {
    retry::contended(|| async {
        let (scope, opened, file) = open(app, call, task, id, &[], Action::AttachmentDelete).await?;
        if scope.replays(&file)? {
            return Ok(());
        }
        if !is_seen(&file.value, &scope, scope.at()) {
            return Err(Error::NotFound);
        }
        let mut next = Attachment { project: opened.project, ..file.value.clone() };
        next.delete(scope.user(), scope.at());
        let bytes = file.value.bytes();
        if bytes == 0 {
            return app.store.save(&scope, &file, next).await.map(drop);
        }
        let mut transaction = Transaction::new();
        transaction.save(&file, next, scope.operation())?;
        let bytes = i64::try_from(bytes).map_err(|_| Error::Internal("more bytes than there are".to_owned()))?;
        transaction.count(keys::storage(scope.tag()), BYTES, -bytes, None);
        app.store.commit(&scope, transaction).await
    })
    .await
}
