//! Completing an upload: finding out what came, and making it a version.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::files::attachment::{Attachment, Mismatch, Upload};
use domain::id::{AttachmentId, TaskId};
use domain::work::task::Task;
use runtime::meter;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::objects::drop_upload;
use super::{BYTES, Limits, ObjectPlace, Objects, OpenedFile, PartEtag, announced, open, signed};
use crate::{App, retry};

/// Completes the caller's upload of this number, or their last one. One that is completed already stays as it is.
///
/// # Errors
/// [`Error::NotUploaded`] if nothing has come; a wrong field if something else has than was announced, which is then
/// deleted, and stays rejected.
// In one piece: what is answered without the object store, the one question to it, and what each
// answer leads to.
pub async fn complete_attachment(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    call: &Call,
    (task, id): (TaskId, AttachmentId),
    number: Option<u32>,
    parts: &[PartEtag],
) -> Result<Versioned<Attachment>, Error> {
    retry::contended(|| async {
        let extra = [keys::storage(task.tag())];
        let OpenedFile {
            scope,
            task: opened,
            file,
        } = open(app, call, task, id, &extra, Action::AttachmentUpload).await?;
        let Some(upload) = waiting(&scope, &file, number)? else {
            return Ok(file.versioned());
        };
        if let Some(mismatch) = upload.rejected {
            return Err(mismatch.error());
        }
        // Of what is announced this is a part.
        limits.check(&scope, &upload.announced, 0)?;
        match objects.check(&upload, parts).await {
            Ok(Ok(())) => accept(app, objects, limits, &scope, &opened, file, &upload).await,
            Ok(Err(mismatch)) => Err(reject(app, objects, &scope, file, &upload, mismatch).await?),
            Err(Error::NotUploaded) => completed_meanwhile(app, call, (task, id), number).await,
            Err(error) => Err(error),
        }
    })
    .await
}

/// The upload to complete; none if that was done before.
fn waiting(
    scope: &Scope,
    file: &Stored<Attachment>,
    number: Option<u32>,
) -> Result<Option<Upload>, Error> {
    let (value, user) = (&file.value, scope.user());
    let repeated = file.replays(scope.operation())?;
    // Which upload was meant is known no more; what waits now is another.
    let waits = value.upload(number, user, scope.at());
    if let Some(upload) = waits.filter(|_| !scope.operation().is_answered()) {
        return Ok(Some(upload.clone()));
    }
    let own = value.is_available()
        && value
            .version(number)
            .is_some_and(|version| version.by == user);
    if !own {
        return Err(Error::NotFound);
    }
    meter::note(|totals| totals.replayed |= repeated && scope.operation().keyed);
    Ok(None)
}

/// The file, if another request of the caller's has completed the upload: then its object is gone.
async fn completed_meanwhile(
    app: &App,
    call: &Call,
    (task, id): (TaskId, AttachmentId),
    number: Option<u32>,
) -> Result<Versioned<Attachment>, Error> {
    let OpenedFile { scope, file, .. } =
        open(app, call, task, id, &[], Action::AttachmentUpload).await?;
    match waiting(&scope, &file, number)? {
        Some(_) => Err(Error::NotUploaded),
        None => Ok(file.versioned()),
    }
}

/// Makes a version of the upload. Its bytes are copied before: a version is never without them. Should the copy come
/// to nothing, the next attempt finds it in its place.
async fn accept(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    scope: &Scope,
    task: &Task,
    file: Stored<Attachment>,
    upload: &Upload,
) -> Result<Versioned<Attachment>, Error> {
    let mut next = Attachment {
        project: task.project,
        ..file.value.clone()
    };
    next.complete(upload.number, scope.at())?;
    objects
        .keep(upload.object, ObjectPlace::File(scope.tag(), upload.object))
        .await?;
    let mut transaction = Transaction::new();
    let saved = transaction.save(&file, next, scope.operation())?;
    let bytes = signed(upload.announced.size)?;
    transaction.count(
        keys::storage(scope.tag()),
        BYTES,
        bytes,
        Some((limits.storage, limits.full())),
    );
    announced::give_back(&mut transaction, scope, [upload])?;
    app.store.commit(scope, transaction).await?;
    drop_upload(objects, upload).await;
    Ok(saved.versioned())
}

/// Notes that something else came than was announced, and tells it.
async fn reject(
    app: &App,
    objects: &impl Objects,
    scope: &Scope,
    file: Stored<Attachment>,
    upload: &Upload,
    mismatch: Mismatch,
) -> Result<Error, Error> {
    let mut next = file.value.clone();
    next.reject(upload.number, mismatch, scope.at());
    let mut transaction = Transaction::new();
    transaction.save(&file, next, scope.operation())?;
    announced::give_back(&mut transaction, scope, [upload])?;
    app.store.commit(scope, transaction).await?;
    drop_upload(objects, upload).await;
    Ok(mismatch.error())
}
