//! Walking through a stretch of an index that is one organization's.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::Tag;
use serde::Serialize;
use store::Scope;
use store::open::Sealed;
use store::range::Range;
use store::record::{Record, Stored};

use crate::Pager;
use crate::cursor::Cursors;
use crate::lane::Merged;
use crate::page::{Gathering, LeftOut, MOST_ROWS, Merging};

/// A page of an organization's things.
pub struct Walk<'a> {
    pager: Pager<'a>,
    cursors: Cursors,
    tag: Tag,
    after: Result<Option<String>, Error>,
    lane: Range,
    forward: bool,
    limit: usize,
}

impl<'a> Walk<'a> {
    /// Through `range`, which is one of the tenant's, from where `cursor` left off. `filters` is everything that
    /// decides which rows there are.
    pub async fn new(
        pager: Pager<'a>,
        call: &Call,
        tag: Tag,
        range: Range,
        filters: &impl Serialize,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let cursors = Cursors::new(pager, call, filters).await?;
        let after = cursor.map(|cursor| cursors.open(cursor)).transpose();
        Ok(Self {
            pager,
            cursors,
            tag,
            after,
            forward: !range.is_backwards(),
            lane: range,
            limit,
        })
    }

    /// Reads on until the page is full. The first rows are read while `open` finds out whether the caller may see
    /// them: they need the right to `action`, `admit` may ask for more, and `keep` which of the rows they get.
    // In one piece: the order of the checks is the point: right, `admit`, cursor, rows. Much of the
    // rest is the signature.
    pub async fn page<S: Record, T: Record, R: Send>(
        self,
        open: impl Future<Output = Result<Sealed<S>, Error>>,
        action: Action,
        admit: impl FnOnce(&Scope) -> Result<(), Error>,
        keep: impl Fn(&Scope, Stored<T>) -> Option<R> + Send + Sync,
        filtered: bool,
    ) -> Result<Page<R>, Error> {
        let (store, lanes) = (self.pager.store, std::slice::from_ref(&self.lane));
        let page = Gathering::new(self.limit, MOST_ROWS);
        let start = self.after.as_ref().ok().and_then(Option::as_deref);
        let range = self.lane.go_on(self.forward, start, page.stride(filtered));
        let (sealed, rows) = tokio::join!(open, store.peek(self.tag, &range));
        let (scope, _) = sealed?.require(action).await?;
        admit(&scope)?;
        // Who may not see the list is not told whether their cursor is one.
        let after = self.after?;
        let rows = rows?.unseal(&scope)?;
        let scope = &scope;
        let kept = |merged: Merged| std::future::ready(read_kept(merged, scope, &keep));
        let scopes = [Some(scope)];
        let mut source =
            Merging::new(store, lanes, &scopes, self.forward, after, kept).begun(vec![rows]);
        let left_out = if filtered {
            LeftOut::Some
        } else {
            LeftOut::Seldom
        };
        page.fill(&mut source, left_out)
            .await?
            .sealed(&self.cursors)
    }
}

/// What `keep` makes of the rows, each with its place.
fn read_kept<T: Record, R>(
    merged: Merged,
    scope: &Scope,
    keep: impl Fn(&Scope, Stored<T>) -> Option<R>,
) -> Result<Vec<(String, Option<R>)>, Error> {
    let rows = merged
        .rows
        .into_iter()
        .map(|row| Ok((row.place, keep(scope, Stored::read(&row.value)?))));
    rows.collect()
}
