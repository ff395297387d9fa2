//! The notifications of a person, over all their organizations.

use domain::Error;
use domain::call::{Call, Page};
use domain::id::OrgId;
use domain::notices::notification::{Notification, NotificationType};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use paging::{
    Cursors, Gathering, LaneRow, LeftOut, MOST_FETCHED, Merged, Merging, Placed, merge, several,
};
use serde::Serialize;
use store::Scope;
use store::keys;
use store::open::Me;
use store::range::Range;
use store::record::Stored;
use store::table::{Item, Rows};

use super::{ShownNotification, Sight};
use crate::App;
use crate::tenant;

/// Which notifications are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NotificationFilter {
    /// About one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Only those that they have not read, or only those that they have.
    pub unread: Option<bool>,
    /// Only those of this type.
    pub kind: Option<NotificationType>,
}

impl NotificationFilter {
    fn matches(&self, notification: &Notification) -> bool {
        self.unread
            .is_none_or(|unread| unread == notification.is_unread())
            && self.kind.is_none_or(|kind| kind == notification.kind)
    }

    /// How many of the rows that are looked at may well not be wanted.
    fn left_out(&self) -> LeftOut {
        if self.kind.is_some() || self.unread == Some(false) {
            LeftOut::Some
        } else {
            // What they do not see any more is rare.
            LeftOut::Seldom
        }
    }

    /// Where they are looked for: unread ones have an index.
    fn lane(&self, me: &Me, org: OrgId) -> Range {
        let (user, now) = (me.principal.user, me.principal.at);
        let all = match self.unread {
            Some(true) => keys::unread_of(org.tag(), user),
            _ => keys::inbox_of(org.tag(), user),
        };
        let oldest = now
            .checked_sub(Notification::KEPT)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        all.since(oldest).backwards()
    }
}

/// A page of the caller's notifications, newest first.
// In one piece: the rows borrow inbox, lanes and scopes, which must outlive the page.
pub async fn list_notifications(
    app: &App,
    call: &Call,
    filter: &NotificationFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ShownNotification>, Error> {
    let only = tenant::named(app, call, filter.org.as_deref()).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let me = app.store.open_me(call, &[]).await?;
    // Whoever is nobody is told that, and not whether their cursor is one.
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let page = Gathering::new(limit, MOST_FETCHED);
    let left_out = filter.left_out();
    let stride = page.stride(left_out == LeftOut::Some);
    let mut inbox = Inbox::open(app, &me, filter, only, after.as_deref(), stride).await?;
    let (first, inbox) = (std::mem::take(&mut inbox.found), &inbox);
    let scopes = &several::all(&inbox.scopes);
    let keep = |merged: Merged| inbox.seen(app, filter, me.principal.at, merged);
    let mut notifications =
        Merging::new(&app.store, &inbox.lanes, scopes, false, after, keep).begun(first);
    page.fill(&mut notifications, left_out)
        .await?
        .sealed(&cursors)
}

/// How many notifications somebody has not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// So many that they may see, of the newest [`MOST_FETCHED`].
    pub count: usize,
    /// There are more than were looked at.
    pub capped: bool,
}

/// How many notifications the caller has not read.
pub async fn count_unread(app: &App, call: &Call) -> Result<Unread, Error> {
    let me = app.store.open_me(call, &[]).await?;
    count_unread_in(app, &me, None).await
}

/// How many notifications somebody has not read, in all their organizations or in one.
pub async fn count_unread_in(app: &App, me: &Me, only: Option<OrgId>) -> Result<Unread, Error> {
    let filter = NotificationFilter {
        unread: Some(true),
        ..NotificationFilter::default()
    };
    let mut inbox = Inbox::open(app, me, &filter, only, None, MOST_FETCHED).await?;
    let merged = inbox.take(MOST_FETCHED)?;
    let capped = merged.more;
    let seen = inbox.seen(app, &filter, me.principal.at, merged).await?;
    Ok(Unread {
        count: seen.iter().filter(|(_, shown)| shown.is_some()).count(),
        capped,
    })
}

/// How many notifications the caller has not read in one organization, and may see.
pub async fn count_unread_of(app: &App, scope: &Scope) -> Result<Unread, Error> {
    let range = keys::unread_of(scope.tag(), scope.user()).limit(MOST_FETCHED);
    let rows = app.store.rows(scope, &range.backwards()).await?;
    let read = rows
        .items
        .iter()
        .map(Stored::<Notification>::read)
        .collect::<Result<Vec<_>, Error>>()?;
    let shown: Vec<&Notification> = read
        .iter()
        .map(|one| &one.value)
        .filter(|one| one.is_shown(scope.at()))
        .collect();
    let sight = Sight::of(app, scope, shown.iter().copied()).await?;
    Ok(Unread {
        count: shown.iter().filter(|one| sight.sees(scope, one)).count(),
        capped: rows.more,
    })
}

/// The inboxes of one person in several organizations, read side by side.
struct Inbox {
    lanes: Vec<Range>,
    scopes: Vec<Scope>,
    found: Vec<Rows>,
}

impl Inbox {
    /// Reads the first rows while it is found out to which of the organizations they still belong.
    async fn open(
        app: &App,
        me: &Me,
        filter: &NotificationFilter,
        only: Option<OrgId>,
        after: Option<&str>,
        stride: usize,
    ) -> Result<Self, Error> {
        let orgs = tenant::of(me, only)?;
        let ranges: Vec<Range> = orgs
            .iter()
            .map(|org| filter.lane(me, *org).go_on(false, after, stride))
            .collect();
        let (scopes, found) = several::begin(&app.store, me, &orgs, &ranges).await?;
        let of_scope = |(org, rows): (&OrgId, Rows)| {
            scopes
                .iter()
                .any(|scope| scope.org_id() == *org)
                .then_some(rows)
        };
        // Both keep the order of the organizations, so rows and scopes stand side by side.
        let found = orgs.iter().zip(found).filter_map(of_scope).collect();
        let lanes = scopes
            .iter()
            .map(|scope| filter.lane(me, scope.org_id()))
            .collect();
        Ok(Self {
            lanes,
            scopes,
            found,
        })
    }

    /// The rows that were read, in one order.
    fn take(&mut self, stride: usize) -> Result<Merged, Error> {
        merge(&self.lanes, std::mem::take(&mut self.found), false, stride)
    }

    /// The rows as notifications, without those that are not wanted, are not to be shown yet, or are about what they do
    /// not see any more.
    async fn seen(
        &self,
        app: &App,
        filter: &NotificationFilter,
        now: Timestamp,
        merged: Merged,
    ) -> Result<Placed<ShownNotification>, Error> {
        let rows = merged
            .rows
            .into_iter()
            .map(|row| row.read(|item| read(&item, filter, now)))
            .collect::<Result<Vec<_>, Error>>()?;
        let sights = self.sights(app, &rows).await?;
        let shown = |row: LaneRow<Option<Stored<Notification>>>| {
            let (sight, scope) = (&sights[row.lane], &self.scopes[row.lane]);
            let seen = row.value.filter(|stored| sight.sees(scope, &stored.value));
            let shown = seen.map(|stored| ShownNotification::of(stored, sight));
            (row.place, shown)
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// What the person sees in each of the organizations, of what these rows are about.
    async fn sights(
        &self,
        app: &App,
        rows: &[LaneRow<Option<Stored<Notification>>>],
    ) -> Result<Vec<Sight>, Error> {
        let lookups = self.scopes.iter().enumerate().map(|(lane, scope)| {
            let of_lane = rows.iter().filter(move |row| row.lane == lane);
            Sight::of(
                app,
                scope,
                of_lane
                    .filter_map(|row| row.value.as_ref())
                    .map(|stored| &stored.value),
            )
        });
        try_join_all(lookups).await
    }
}

/// The notification of a row, unless it is not wanted or not to be shown yet.
fn read(
    item: &Item,
    filter: &NotificationFilter,
    now: Timestamp,
) -> Result<Option<Stored<Notification>>, Error> {
    let stored = Stored::<Notification>::read(item)?;
    let wanted = filter.matches(&stored.value) && stored.value.is_shown(now);
    Ok(wanted.then_some(stored))
}
