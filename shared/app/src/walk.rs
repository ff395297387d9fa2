//! Walking through a stretch of an index that is one organization's.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::Tag;
use serde::Serialize;
use store::Scope;
use store::open::Sealed;
use store::record::{Record, Stored};
use store::table::Range;

use crate::App;
use crate::cursor::Cursors;
use crate::listing::{Gathering, Lane, MOST_ROWS, STRIDE, merge};

/// A page of an organization's things.
pub struct Walk<'a> {
    app: &'a App,
    cursors: Cursors,
    tag: Tag,
    after: Result<Option<String>, Error>,
    lane: Lane,
    forward: bool,
    limit: usize,
}

impl<'a> Walk<'a> {
    /// Through `range`, which is one of the tenant's, from where `cursor` left off. `filters` is everything that
    /// decides which rows there are.
    pub async fn new(
        app: &'a App,
        call: &Call,
        tag: Tag,
        range: Range,
        filters: &impl Serialize,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let cursors = Cursors::new(app, call, filters).await?;
        let after = cursor.map(|cursor| cursors.open(cursor)).transpose();
        Ok(Self { app, cursors, tag, after, forward: range.forward, lane: Lane::new(range), limit })
    }

    /// Reads on until the page is full. The first rows are read while `open` finds out whether the caller may see
    /// them: they need the right to `action`, `admit` may ask for more, and `keep` which of the rows they get.
    pub async fn page<S: Record, T: Record, R>(
        self,
        open: impl Future<Output = Result<Sealed<S>, Error>>,
        action: Action,
        admit: impl FnOnce(&Scope) -> Result<(), Error>,
        keep: impl Fn(&Scope, Stored<T>) -> Option<R>,
        filtered: bool,
    ) -> Result<Page<R>, Error> {
        let store = &self.app.store;
        let mut gathering = Gathering::new(self.limit, MOST_ROWS);
        let start = self.after.as_ref().ok().and_then(Option::as_deref);
        let mut range = self.lane.range_from(self.forward, start, gathering.stride(filtered));
        let (sealed, rows) = tokio::join!(open, store.peek(self.tag, &range));
        let (scope, _) = sealed?.require(action).await?;
        admit(&scope)?;
        // Who may not see the list is not told whether their cursor is one.
        self.after?;
        let mut rows = rows?.unseal(&scope)?;
        loop {
            let merged = merge(std::slice::from_ref(&self.lane), vec![rows], self.forward, range.limit)?;
            let last = merged.rows.last().map(|(place, ..)| place.clone());
            let kept = merged.rows.into_iter().map(|(place, _, item)| Ok((place, keep(&scope, Stored::read(&item)?))));
            let kept = kept.collect::<Result<Vec<_>, Error>>()?;
            if gathering.take(kept, merged.more) {
                break;
            }
            // Some were left out, so more may be.
            let stride = gathering.stride(true).min(STRIDE);
            range = self.lane.range_from(self.forward, last.as_deref(), stride);
            rows = store.rows(&scope, &range).await?;
        }
        let next = gathering.position.map(|place| self.cursors.seal(self.app, &place)).transpose()?;
        Ok(Page { rows: gathering.rows, next, limit: self.limit })
    }
}
