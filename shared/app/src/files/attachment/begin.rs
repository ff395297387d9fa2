//! Announcing a file, or another version of one.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::files::attachment::{Announced, Attachment, ObjectId, Upload};
use domain::id::{AttachmentId, TaskId};
use domain::work::task::Task;
use runtime::meter;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::transaction::Transaction;

use super::objects::drop_upload;
use super::{Limits, Objects, OpenedFile, announced, is_seen, object, open};
use crate::{App, retry};

/// A file with the upload that was announced.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The file.
    pub file: Versioned<Attachment>,
    /// The upload; none if the announcement is repeated and the upload has come to its end since.
    pub upload: Option<Upload>,
}

impl Begun {
    fn of(stored: Stored<Attachment>, object: ObjectId, scope: &Scope) -> Self {
        let live = |upload: &&Upload| {
            upload.object == object && upload.rejected.is_none() && scope.at() < upload.expires_at()
        };
        let upload = stored.value.uploads.iter().find(live).cloned();
        Self {
            file: stored.versioned(),
            upload,
        }
    }
}

/// The upload of an announced file; one that is too large for one piece is begun at the store.
async fn upload(
    objects: &impl Objects,
    limits: &Limits,
    scope: &Scope,
    object: ObjectId,
    number: u32,
    announced: Announced,
) -> Result<Upload, Error> {
    let parts = match announced.size > limits.one_piece {
        true => Some(objects.begin_parts(object, &announced.media).await?),
        false => None,
    };
    Ok(Upload {
        number,
        announced,
        object,
        parts,
        by: scope.user(),
        at: scope.at(),
        rejected: None,
    })
}

/// A file that is to be announced. In each attempt it is the same.
struct NewFile {
    id: AttachmentId,
    object: ObjectId,
    file: Announced,
}

impl NewFile {
    /// Begins the upload, and makes the file with the room that it takes.
    async fn announce(
        &self,
        app: &App,
        objects: &impl Objects,
        limits: &Limits,
        scope: &Scope,
        task: &Task,
    ) -> Result<Begun, Error> {
        // Before anything is begun at the object store. The transaction decides.
        limits.check(scope, &self.file, announced::bytes(scope))?;
        let begun = upload(objects, limits, scope, self.object, 1, self.file.clone()).await?;
        let mut transaction = Transaction::new();
        announced::take(&mut transaction, scope, limits, &begun)?;
        let made = self.made(scope, task, begun.clone());
        let made = transaction.create(made, scope.operation(), Error::Conflict)?;
        commit(app, objects, (scope, transaction), &begun).await?;
        Ok(Begun::of(made, self.object, scope))
    }

    /// The file: nothing of it is there yet but its announcement.
    fn made(&self, scope: &Scope, task: &Task, upload: Upload) -> Attachment {
        let (user, now) = (scope.user(), scope.at());
        Attachment {
            id: self.id,
            task: task.id,
            project: task.project,
            current: None,
            older: vec![],
            uploads: vec![upload],
            created_at: now,
            created_by: user,
            updated_at: now,
            updated_by: user,
            deleted_at: None,
        }
    }
}

/// The file that this very request has announced before.
fn again(made: Stored<Attachment>, object: ObjectId, scope: &Scope) -> Result<Begun, Error> {
    made.made_by(scope.operation())?;
    if !is_seen(&made.value, scope, scope.at()) {
        return Err(Error::IdempotencyTargetDeleted);
    }
    meter::note(|totals| totals.replayed = true);
    Ok(Begun::of(made, object, scope))
}

/// Announces a new file on a task.
pub async fn begin_attachment(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    call: &Call,
    task: TaskId,
    file: Announced,
) -> Result<Begun, Error> {
    let operation = app.store.operation(call)?;
    let new = NewFile {
        id: app.new_id(task.tag(), &operation),
        object: object(app, &operation),
        file,
    };
    let key = keys::attachment(task, new.id);
    let mut extra = room(task, call).to_vec();
    // Without an idempotency key the id is random, and nothing can be there.
    extra.extend(operation.keyed.then(|| key.clone()));
    retry::contended(|| async {
        let (scope, opened) = app
            .store
            .open(call, task, &extra)
            .await?
            .require(Action::AttachmentUpload)
            .await?;
        match scope.extra::<Attachment>(&key)? {
            Some(made) => again(made, new.object, &scope),
            None => {
                new.announce(app, objects, limits, &scope, &opened.value)
                    .await
            }
        }
    })
    .await
}

/// Does it. An upload for which there is no room is given up at the store too.
async fn commit(
    app: &App,
    objects: &impl Objects,
    (scope, transaction): (&Scope, Transaction),
    begun: &Upload,
) -> Result<(), Error> {
    let done = app.store.commit(scope, transaction).await;
    if matches!(done, Err(Error::LimitReached { .. })) {
        drop_upload(objects, begun).await;
    }
    done
}

/// What tells how much room there is.
fn room(task: TaskId, call: &Call) -> [Key; 3] {
    let [now, before] = announced::read(task.tag(), call.at);
    [keys::storage(task.tag()), now, before]
}

/// Announces another version of a file.
pub async fn begin_attachment_version(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    call: &Call,
    (task, id): (TaskId, AttachmentId),
    version: Announced,
) -> Result<Begun, Error> {
    retry::contended(|| async {
        let opened = open(
            app,
            call,
            task,
            id,
            &room(task, call),
            Action::AttachmentUpload,
        )
        .await?;
        let OpenedFile { scope, file, .. } = &opened;
        if !file.value.is_available() {
            return Err(Error::NotFound);
        }
        let object = object(app, scope.operation());
        if scope.replays(file)? || is_taken(&file.value, object) {
            return Ok(Begun::of(opened.file, object, &opened.scope));
        }
        limits.check(scope, &version, announced::bytes(scope))?;
        let saved = announce(app, objects, limits, &opened, object, version.clone()).await?;
        Ok(Begun::of(saved, object, scope))
    })
    .await
}

/// Whether the object is one of the file's. The file forgets old operations; that their object is
/// taken tells that this is one of them.
fn is_taken(file: &Attachment, object: ObjectId) -> bool {
    let versions = file.versions().map(|version| version.object);
    versions
        .chain(file.uploads.iter().map(|upload| upload.object))
        .any(|one| one == object)
}

/// Begins the upload of another version, and saves its announcement with the room that it takes.
async fn announce(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    OpenedFile { scope, task, file }: &OpenedFile,
    object: ObjectId,
    version: Announced,
) -> Result<Stored<Attachment>, Error> {
    let number = file.value.next_number();
    let begun = upload(objects, limits, scope, object, number, version).await?;
    let mut next = Attachment {
        project: task.project,
        ..file.value.clone()
    };
    let mut transaction = Transaction::new();
    announced::take(&mut transaction, scope, limits, &begun)?;
    next.announce(begun.clone())?;
    let saved = transaction.save(file, next, scope.operation())?;
    commit(app, objects, (scope, transaction), &begun).await?;
    Ok(saved)
}
