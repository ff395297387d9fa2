//! Pictures of people: everybody's own, seen by whoever sees the person.

use domain::Error;
use domain::call::Call;
use domain::files::attachment::{Announced, Avatar, Mismatch, ObjectId, Picture, Upload};
use domain::id::UserId;
use runtime::meter;
use store::keys;
use store::open::Me;
use store::record::Stored;
use store::table::Table;

use super::objects::drop_upload;
use super::{ObjectPlace, Objects, object};
use crate::{App, account::user, retry};

/// The caller's own picture, as it is and is to be.
struct Own {
    me: Me,
    stored: Option<Stored<Avatar>>,
}

impl Own {
    async fn open(app: &App, call: &Call) -> Result<Self, Error> {
        let key = keys::avatar(app.store.claimed(call)?);
        let me = app.store.open_me(call, std::slice::from_ref(&key)).await?;
        let stored = me.read(&key)?;
        Ok(Self { me, stored })
    }

    fn value(&self) -> Avatar {
        let new = || Avatar::new(self.me.principal.user, self.me.principal.at);
        self.stored
            .as_ref()
            .map_or_else(new, |stored| stored.value.clone())
    }

    /// Whether this very request was done before.
    fn is_repeated(&self) -> Result<bool, Error> {
        let operation = &self.me.principal.operation;
        let repeated = self
            .stored
            .as_ref()
            .map_or(Ok(false), |stored| stored.replays(operation))?;
        meter::note(|totals| totals.replayed |= repeated && operation.keyed);
        Ok(repeated)
    }

    async fn save(&self, app: &App, next: Avatar) -> Result<(), Error> {
        let (table, operation) = (table(app), &self.me.principal.operation);
        match &self.stored {
            Some(before) => table.save(before, next, operation).await.map(drop),
            // Its key names the person alone: what stands there is nothing that an idempotency key has made.
            None => table
                .create(next, &operation.unkeyed(), Error::Conflict)
                .await
                .map(drop),
        }
    }
}

fn table(app: &App) -> &Table {
    app.store
        .outside("a person's own picture belongs to no tenant")
}

/// Announces a picture of the caller. None if the announcement is repeated and its upload has come to its end since.
pub async fn begin_avatar(
    app: &App,
    call: &Call,
    picture: Announced,
) -> Result<Option<Upload>, Error> {
    retry::contended(|| async {
        let own = Own::open(app, call).await?;
        let principal = &own.me.principal;
        let object = object(app, &principal.operation);
        if own.is_repeated()? {
            let value = own.value();
            let same = value
                .upload(principal.at)
                .filter(|upload| upload.object == object);
            return Ok(same.filter(|upload| upload.rejected.is_none()).cloned());
        }
        let (by, at, announced) = (principal.user, principal.at, picture.clone());
        let upload = Upload {
            number: 1,
            announced,
            object,
            parts: None,
            by,
            at,
            rejected: None,
        };
        let mut next = own.value();
        next.announce(upload.clone());
        own.save(app, next).await?;
        Ok(Some(upload))
    })
    .await
}

/// Makes the picture that the caller has uploaded their own, instead of the one before.
pub async fn complete_avatar(
    app: &App,
    objects: &impl Objects,
    call: &Call,
) -> Result<(UserId, Picture), Error> {
    retry::contended(|| async {
        let own = Own::open(app, call).await?;
        // The picture itself tells what is left to do; a repetition only must be of the same
        // request.
        own.is_repeated()?;
        let next = own.value();
        let answered = own.me.principal.operation.is_answered();
        let waits = next.upload(own.me.principal.at).filter(|_| !answered);
        let Some(upload) = waits.cloned() else {
            return next
                .current
                .map(|picture| (next.user, picture))
                .ok_or(Error::NotFound);
        };
        if let Some(mismatch) = upload.rejected {
            return Err(mismatch.error());
        }
        match objects.check_picture(&upload).await? {
            Ok(()) => own.accept(app, objects, next, &upload).await,
            Err(mismatch) => Err(own.reject(app, objects, next, &upload, mismatch).await?),
        }
    })
    .await
}

impl Own {
    /// Makes the upload their picture. Its bytes are copied before: a picture is never without
    /// them.
    async fn accept(
        &self,
        app: &App,
        objects: &impl Objects,
        mut next: Avatar,
        upload: &Upload,
    ) -> Result<(UserId, Picture), Error> {
        let (user, now) = (self.me.principal.user, self.me.principal.at);
        objects
            .keep(upload.object, ObjectPlace::Picture(user, upload.object))
            .await?;
        // What could not be deleted the last time is tried again, and noted as long as it is there.
        next.former = delete(objects, user, &next.former).await;
        next.complete(now)?;
        self.save(app, next.clone()).await?;
        delete(objects, user, &next.former).await;
        drop_upload(objects, upload).await;
        next.current
            .map(|picture| (user, picture))
            .ok_or(Error::NotFound)
    }

    /// Notes that something else came than was announced, and tells it.
    async fn reject(
        &self,
        app: &App,
        objects: &impl Objects,
        mut next: Avatar,
        upload: &Upload,
        mismatch: Mismatch,
    ) -> Result<Error, Error> {
        next.reject(mismatch, self.me.principal.at);
        self.save(app, next).await?;
        drop_upload(objects, upload).await;
        Ok(mismatch.error())
    }
}

/// Takes the caller's picture away. If its bytes cannot be deleted now, the request is to be repeated.
pub async fn delete_avatar(app: &App, objects: &impl Objects, call: &Call) -> Result<(), Error> {
    retry::contended(|| async {
        let own = Own::open(app, call).await?;
        own.is_repeated()?;
        let Some(stored) = own.stored.as_ref() else {
            return Ok(());
        };
        let mut next = stored.value.clone();
        if next.current.is_some() || next.upload.is_some() {
            next.upload = None;
            next.leave(own.me.principal.at);
            own.save(app, next.clone()).await?;
        }
        let left = delete(objects, next.user, &next.former).await;
        if left.is_empty() {
            Ok(())
        } else {
            Err(Error::Unavailable)
        }
    })
    .await
}

/// Deletes former pictures, and tells which are still there.
async fn delete(objects: &impl Objects, user: UserId, former: &[ObjectId]) -> Vec<ObjectId> {
    let mut left = vec![];
    for object in former {
        if let Err(error) = objects.discard(ObjectPlace::Picture(user, *object)).await {
            tracing::warn!(%error, "a former picture could not be deleted");
            left.push(*object);
        }
    }
    left
}

/// The picture of a person whom the caller may see; without a name, their own.
pub async fn get_avatar(
    app: &App,
    call: &Call,
    of: Option<UserId>,
) -> Result<(UserId, Picture), Error> {
    let user = of.map_or_else(|| app.store.claimed(call), Ok)?;
    let avatar: Option<Stored<Avatar>> = match of {
        None => Own::open(app, call).await?.stored,
        Some(_) => {
            let key = keys::avatar(user);
            let (me, _) = user::seen(app, call, user, std::slice::from_ref(&key)).await?;
            me.read(&key)?
        }
    };
    let picture = avatar
        .and_then(|avatar| avatar.value.current)
        .ok_or(Error::NotFound)?;
    Ok((user, picture))
}
