//! Marking many notifications as read.

use domain::Error;
use domain::call::Call;
use domain::id::{OrgId, UserId};
use domain::notices::notification::{Notification, NotificationId};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use paging::several;
use store::keys::{self, Key};
use store::open::Me;
use store::range::Range;
use store::record::Stored;
use store::table::Rows;

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
    let range = |org: &OrgId| {
        let unread = keys::unread_of(org.tag(), user).limit(MOST_MARKED);
        before.into_iter().fold(unread, Range::before)
    };
    let ranges: Vec<Range> = orgs.iter().map(range).collect();
    // Of organizations that they have left there are no rows: nothing is marked there.
    let (_, found) = several::begin(&app.store, me, orgs, &ranges).await?;
    let (mut keys, mut more) = (vec![], false);
    for rows in found {
        more |= rows.more;
        keys.extend(not_put_off(&rows, user, now)?);
    }
    more |= keys.len() > MOST_MARKED;
    keys.truncate(MOST_MARKED);
    Ok((keys, more))
}

/// The keys of those notifications among the rows that were not put off.
fn not_put_off(rows: &Rows, user: UserId, now: Timestamp) -> Result<Vec<Key>, Error> {
    let mut keys = vec![];
    for item in &rows.items {
        let notification = Stored::<Notification>::read(item)?.value;
        if !notification.is_snoozed(now) {
            keys.push(keys::notification(user, notification.id));
        }
    }
    Ok(keys)
}
