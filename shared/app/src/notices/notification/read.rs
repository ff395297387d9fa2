//! Marking many notifications as read.

use domain::Error;
use domain::call::Call;
use domain::notices::notification::{Notification, NotificationId};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use store::keys::{self, Key};
use store::open::Me;
use store::range::Range;
use store::record::Stored;

use crate::App;

/// How many notifications one request marks at most.
pub const MOST_MARKED: usize = 500;
/// How many are written at a time.
const AT_ONCE: usize = 16;

/// Which notifications were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// These.
    Ids(Vec<NotificationId>),
    /// All of what happened before this moment; what was put off stays as it is.
    Before(Option<Timestamp>),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// So many were unread until now.
    pub count: usize,
    /// More are unread: ask once more.
    pub more: bool,
}

/// Marks notifications of the caller's as read. Ids that lead to none of theirs are passed over: they may have been of
/// some that are gone.
pub async fn read_notifications(app: &App, call: &Call, which: &Which) -> Result<Marked, Error> {
    let me = app.store.open_me(call, &[]).await?;
    let (user, now) = (me.principal.user, me.principal.at);
    let (keys, more) = match which {
        Which::Ids(ids) => (
            ids.iter().map(|id| keys::notification(user, *id)).collect(),
            false,
        ),
        Which::Before(before) => unread_before(app, &me, *before).await?,
    };
    let count = mark(app, keys, now).await?;
    // Whoever has put off all that was looked at is not to ask for ever.
    Ok(Marked {
        count,
        more: more && count > 0,
    })
}

async fn mark(app: &App, mut keys: Vec<Key>, now: Timestamp) -> Result<usize, Error> {
    keys.sort();
    keys.dedup();
    let table = app
        .store
        .outside("their own inbox: the keys name the caller");
    let marks: Vec<_> = keys
        .into_iter()
        .map(|key| async move { table.mark_read(&key, now).await })
        .collect();
    let done: Vec<bool> = stream::iter(marks)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(done.into_iter().filter(|done| *done).count())
}

/// The keys of what the caller has not read and not put off, and whether there is more of it.
async fn unread_before(
    app: &App,
    me: &Me,
    before: Option<Timestamp>,
) -> Result<(Vec<Key>, bool), Error> {
    let (user, now, orgs) = (me.principal.user, me.principal.at, &me.account.value.orgs);
    let queries = orgs.iter().map(|org| {
        let unread = keys::unread_of(org.tag(), user).limit(MOST_MARKED);
        let range = before.into_iter().fold(unread, Range::before);
        async move { app.store.peek(org.tag(), &range).await }
    });
    let (scopes, found) = tokio::join!(app.store.scopes(me, orgs), try_join_all(queries));
    let scopes = scopes?;
    let (mut keys, mut more) = (vec![], false);
    for (org, rows) in orgs.iter().zip(found?) {
        let Some(scope) = scopes.iter().find(|scope| scope.org_id() == *org) else {
            continue;
        };
        let rows = rows.unseal(scope)?;
        more |= rows.more;
        for item in &rows.items {
            let notification = Stored::<Notification>::read(item)?.value;
            keys.extend(
                (!notification.is_snoozed(now)).then(|| keys::notification(user, notification.id)),
            );
        }
    }
    more |= keys.len() > MOST_MARKED;
    keys.truncate(MOST_MARKED);
    Ok((keys, more))
}
