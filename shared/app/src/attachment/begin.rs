//! Announcing a file, or another version of one.

use domain::Error;
use domain::access::Action;
use domain::attachment::{Announced, Attachment, ObjectId, Upload};
use domain::call::{Call, Versioned};
use domain::id::{AttachmentId, TaskId};
use runtime::meter;
use store::record::Stored;
use store::{Scope, keys};

use super::{Limits, Objects, object, open};
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
        let live =
            |upload: &&Upload| upload.object == object && upload.rejected.is_none() && scope.at() < upload.expires_at();
        let upload = stored.value.uploads.iter().find(live).cloned();
        Self { file: stored.versioned(), upload }
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
    Ok(Upload { number, announced, object, parts, by: scope.user(), at: scope.at(), rejected: None })
}

/// Announces a new file on a task.
pub async fn begin(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    call: &Call,
    task: TaskId,
    file: Announced,
) -> Result<Begun, Error> {
    let operation = app.store.operation(call)?;
    let id = match operation.keyed {
        true => keys::derived::attachment(task.tag(), &operation.id),
        false => AttachmentId::new(task.tag(), app.entropy.bytes()),
    };
    let (key, object) = (keys::attachment(task, id), object(app, &operation));
    let extra = [keys::storage(task.tag()), key.clone()];
    let extra = if operation.keyed { &extra[..] } else { &extra[..1] };
    let (scope, opened) = app.store.open(call, task, extra).await?.require(Action::AttachmentUpload).await?;
    if let Some(made) = scope.extra::<Attachment>(&key)? {
        made.made_by(&operation)?;
        if !super::is_seen(&made.value, &scope, scope.at()) {
            return Err(Error::IdempotencyTargetDeleted);
        }
        meter::note(|totals| totals.replayed = true);
        return Ok(Begun::of(made, object, &scope));
    }
    limits.check(&scope, &file)?;
    let upload = upload(objects, limits, &scope, object, 1, file).await?;
    let (user, now) = (scope.user(), scope.at());
    let file = Attachment {
        id,
        task,
        project: opened.value.project,
        current: None,
        older: vec![],
        uploads: vec![upload],
        created_at: now,
        created_by: user,
        updated_at: now,
        updated_by: user,
        deleted_at: None,
    };
    let made = app.store.create(&scope, file, Error::Conflict).await?;
    Ok(Begun::of(made, object, &scope))
}

/// Announces another version of a file.
pub async fn announce(
    app: &App,
    objects: &impl Objects,
    limits: &Limits,
    call: &Call,
    (task, id): (TaskId, AttachmentId),
    version: Announced,
) -> Result<Begun, Error> {
    retry::contended(|| async {
        let extra = [keys::storage(task.tag())];
        let (scope, opened, file) = open(app, call, task, id, &extra, Action::AttachmentUpload).await?;
        if !file.value.is_available() {
            return Err(Error::NotFound);
        }
        let object = object(app, scope.operation());
        // The file forgets old operations; that the object is taken tells that this is one of them.
        let taken = file.value.versions().map(|version| version.object);
        let taken = taken.chain(file.value.uploads.iter().map(|upload| upload.object)).any(|one| one == object);
        if scope.replays(&file)? || taken {
            return Ok(Begun::of(file, object, &scope));
        }
        limits.check(&scope, &version)?;
        let number = file.value.next_number();
        let mut next = Attachment { project: opened.project, ..file.value.clone() };
        let upload = upload(objects, limits, &scope, object, number, version.clone()).await?;
        next.announce(upload)?;
        let saved = app.store.save(&scope, &file, next).await?;
        Ok(Begun::of(saved, object, &scope))
    })
    .await
}
