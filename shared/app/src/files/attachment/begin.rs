//! Announcing a file, or another version of one.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::files::attachment::{Announced, Attachment, ObjectId, Upload};
use domain::id::{AttachmentId, TaskId};
use runtime::meter;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::transaction::Transaction;

use super::objects::drop_upload;
use super::{Limits, Objects, OpenedFile, announced, object, open};
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
    let id: AttachmentId = app.new_id(task.tag(), &operation);
    let (key, object) = (keys::attachment(task, id), object(app, &operation));
    let extra = [
        &room(task, call)[..],
        if operation.keyed {
            std::slice::from_ref(&key)
        } else {
            &[]
        },
    ]
    .concat();
    retry::contended(|| async {
        let (scope, opened) = app
            .store
            .open(call, task, &extra)
            .await?
            .require(Action::AttachmentUpload)
            .await?;
        if let Some(made) = scope.extra::<Attachment>(&key)? {
            made.made_by(&operation)?;
            if !super::is_seen(&made.value, &scope, scope.at()) {
                return Err(Error::IdempotencyTargetDeleted);
            }
            meter::note(|totals| totals.replayed = true);
            return Ok(Begun::of(made, object, &scope));
        }
        limits.check(&scope, &file, announced::bytes(&scope))?;
        let begun = upload(objects, limits, &scope, object, 1, file.clone()).await?;
        let (user, now) = (scope.user(), scope.at());
        let mut transaction = Transaction::new();
        announced::take(&mut transaction, &scope, limits, &begun)?;
        let file = Attachment {
            id,
            task,
            project: opened.value.project,
            current: None,
            older: vec![],
            uploads: vec![begun.clone()],
            created_at: now,
            created_by: user,
            updated_at: now,
            updated_by: user,
            deleted_at: None,
        };
        let made = transaction.create(file, &operation, Error::Conflict)?;
        commit(app, objects, (&scope, transaction), &begun).await?;
        Ok(Begun::of(made, object, &scope))
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
        let OpenedFile {
            scope,
            task: opened,
            file,
        } = open(
            app,
            call,
            task,
            id,
            &room(task, call),
            Action::AttachmentUpload,
        )
        .await?;
        if !file.value.is_available() {
            return Err(Error::NotFound);
        }
        let object = object(app, scope.operation());
        // The file forgets old operations; that the object is taken tells that this is one of them.
        let taken = file.value.versions().map(|version| version.object);
        let taken = taken
            .chain(file.value.uploads.iter().map(|upload| upload.object))
            .any(|one| one == object);
        if scope.replays(&file)? || taken {
            return Ok(Begun::of(file, object, &scope));
        }
        limits.check(&scope, &version, announced::bytes(&scope))?;
        let number = file.value.next_number();
        let mut next = Attachment {
            project: opened.project,
            ..file.value.clone()
        };
        let begun = upload(objects, limits, &scope, object, number, version.clone()).await?;
        let mut transaction = Transaction::new();
        announced::take(&mut transaction, &scope, limits, &begun)?;
        next.announce(begun.clone())?;
        let saved = transaction.save(&file, next, scope.operation())?;
        commit(app, objects, (&scope, transaction), &begun).await?;
        Ok(Begun::of(saved, object, &scope))
    })
    .await
}
