//! What is kept of it that people are told: their inbox items, and who watches a task from now on.

use std::collections::BTreeMap;

use domain::Error;
use domain::feed::event::{Event, EventType};
use domain::id::{OrgId, UserId};
use domain::notices::notification::{Notification, NotificationId, NotificationType, rules};
use domain::notices::watch::{Watch, WatchReason};
use futures_util::{StreamExt, TryStreamExt, stream};
use store::Store;
use store::keys;
use store::record::{Operation, Record, Stored};

use super::circle::{People, Scene};
use super::{is_comment, table};

/// How many items are written at a time.
const AT_ONCE: usize = 16;

/// Writes a thing unless it is there; gives it back as it is now, if its person has not changed it often since.
async fn put<T: Record>(store: &Store, value: T, id: [u8; 16]) -> Result<Option<Stored<T>>, Error> {
    // The operation is the event's, so a hand-over that is repeated meets its own item.
    let operation = Operation::internal(id);
    match table(store)
        .create(value, &operation, Error::Conflict)
        .await
    {
        Ok(stored) => Ok(Some(stored)),
        Err(Error::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the inbox items of those who are told; gives back the items as they are.
pub(super) async fn inbox(
    store: &Store,
    org: OrgId,
    event: &Event,
    told: &BTreeMap<UserId, NotificationType>,
    people: &People,
) -> Result<Vec<Notification>, Error> {
    let writes = told.iter().map(|(user, kind)| {
        let notification = Notification {
            unlisted: !people.channels(*user, *kind).in_app,
            ..told_of(org, event, *user, *kind)
        };
        let digest = notification.id.digest();
        put(store, notification, digest)
    });
    let writes: Vec<_> = writes.collect();
    let written: Vec<_> = stream::iter(writes)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(written
        .into_iter()
        .flatten()
        .map(|stored| stored.value)
        .collect())
}

/// The notification of an event to a person.
fn told_of(org: OrgId, event: &Event, user: UserId, kind: NotificationType) -> Notification {
    let digest = keys::notification_digest(&event.id, user);
    Notification {
        id: NotificationId::new(org.tag(), event.at, digest),
        org,
        user,
        kind,
        event: event.id,
        cause: event.kind,
        actor: event.actor,
        subject: event.subject.clone(),
        name: event.name.clone(),
        project: event.project,
        task: event.task,
        change: rules::told_change(event, kind).cloned(),
        unlisted: false,
        read_at: None,
        snoozed_until: None,
    }
}

/// Whoever comments on a task watches it from then on, and so does who is named there and may know; unless they have a
/// word about it already, be it that they do not want to.
pub(super) async fn watches(
    store: &Store,
    event: &Event,
    scene: &Scene,
    told: &BTreeMap<UserId, NotificationType>,
) -> Result<(), Error> {
    let Some(task) = event.task.filter(|_| is_comment(event)) else {
        return Ok(());
    };
    // Whoever says a word after this was read keeps it: `put` writes nothing over what is there.
    let known = |user: UserId| scene.circle.watches.iter().any(|watch| watch.user == user);
    let mut writes = vec![];
    for (user, reason) in drawn(event, told) {
        if known(user) {
            continue;
        }
        writes.push(put(
            store,
            Watch {
                task,
                user,
                reason,
                since: event.at,
            },
            keys::notification_digest(&event.id, user),
        ));
    }
    let _: Vec<_> = stream::iter(writes)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(())
}

/// Who is drawn into the talk about a task by a comment, and how.
fn drawn(event: &Event, told: &BTreeMap<UserId, NotificationType>) -> Vec<(UserId, WatchReason)> {
    let author = event
        .actor
        .filter(|_| event.kind == EventType::CommentCreated);
    let named = told
        .iter()
        .filter(|(_, kind)| **kind == NotificationType::Mentioned)
        .map(|(user, _)| (*user, WatchReason::Mentioned));
    author
        .map(|user| (user, WatchReason::Commented))
        .into_iter()
        .chain(named)
        .collect()
}
