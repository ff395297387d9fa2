//! A page of a list in the making: the one loop that reads on until it is full, or enough was looked at.

use domain::Error;
use domain::call::Page;
use store::range::Range;
use store::table::Rows;
use store::{Scope, Store};

use crate::cursor::Cursors;
use crate::lane::{Merged, merge, ranges};
use crate::several;

/// The most rows that one request looks at when the index has all that the list prints.
pub const MOST_ROWS: usize = 500;
/// The most rows that one request looks at when each must be fetched.
pub const MOST_FETCHED: usize = 100;
/// How many rows are looked at in one go when some of them may be left out.
pub const STRIDE: usize = 100;

/// What a list gathers until its page is full or it has looked at enough.
#[derive(Debug)]
pub struct Gathering<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// Where the list goes on.
    pub position: Option<String>,
    limit: usize,
    looked: usize,
    most: usize,
}

impl<T> Gathering<T> {
    /// A page of `limit` rows that looks at no more than `most`.
    pub fn new(limit: usize, most: usize) -> Self {
        Self {
            rows: vec![],
            position: None,
            limit,
            looked: 0,
            most,
        }
    }

    /// Takes the rows of one go, each with its place and whether it belongs to the list. `more` says whether rows
    /// follow them. True when the page is complete.
    pub fn take(
        &mut self,
        rows: impl IntoIterator<Item = (String, Option<T>)>,
        more: bool,
    ) -> bool {
        let rows: Vec<_> = rows.into_iter().collect();
        let count = rows.len();
        for (number, (place, row)) in rows.into_iter().enumerate() {
            self.looked += 1;
            self.rows.extend(row);
            let last = number + 1 == count && !more;
            self.position = (!last).then_some(place);
            if self.rows.len() == self.limit || self.looked == self.most {
                return true;
            }
        }
        !more
    }

    /// Reads on until the page is full or enough was looked at.
    pub async fn fill<S: RowSource<Row = T>>(
        mut self,
        source: &mut S,
        left_out: LeftOut,
    ) -> Result<Self, Error> {
        let mut filtered = left_out == LeftOut::Some;
        loop {
            let Stretch { rows, more } = source.next(self.stride(filtered)).await?;
            if self.take(rows, more) {
                return Ok(self);
            }
            filtered = left_out != LeftOut::Never;
        }
    }

    /// The page, with the cursor of the next.
    pub fn sealed(self, cursors: &Cursors) -> Result<Page<T>, Error> {
        let next = self
            .position
            .map(|place| cursors.seal(&place))
            .transpose()?;
        Ok(Page {
            rows: self.rows,
            next,
            limit: self.limit,
        })
    }

    /// How many rows to look at next.
    pub fn stride(&self, filtered: bool) -> usize {
        let wanted = if filtered {
            STRIDE
        } else {
            self.limit - self.rows.len()
        };
        wanted.min(self.most - self.looked)
    }
}

/// Rows, each with its place, and with what it says if it belongs to the list.
pub type Placed<T> = Vec<(String, Option<T>)>;

/// Rows that belong together.
#[derive(Debug)]
pub struct Stretch<T> {
    /// The rows.
    pub rows: Placed<T>,
    /// More follow.
    pub more: bool,
}

/// Where the rows of a list come from.
pub trait RowSource {
    /// What a row of the list says.
    type Row;

    /// The next rows, no more than `stride`.
    fn next(
        &mut self,
        stride: usize,
    ) -> impl Future<Output = Result<Stretch<Self::Row>, Error>> + Send;
}

/// Whether rows that are read are left out of a list: then it reads more than it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Hardly any: it asks for no more than it shows.
    Never,
    /// Few: it asks for more once some were.
    Seldom,
    /// Some.
    Some,
}

/// Rows of several lanes in one order, each read in the organization of the scope beside it. `keep` says which of them belong
/// to the list.
pub struct Merging<'l, K> {
    store: &'l Store,
    lanes: &'l [Range],
    scopes: &'l [Option<&'l Scope>],
    forward: bool,
    after: Option<String>,
    first: Option<Vec<Rows>>,
    keep: K,
}

impl<'l, K> Merging<'l, K> {
    /// From behind a place on. A lane without a scope has no rows.
    pub fn new(
        store: &'l Store,
        lanes: &'l [Range],
        scopes: &'l [Option<&'l Scope>],
        forward: bool,
        after: Option<String>,
        keep: K,
    ) -> Self {
        Self {
            store,
            lanes,
            scopes,
            forward,
            after,
            first: None,
            keep,
        }
    }

    /// The same where the first rows were read already, as many as the page asks for.
    pub fn begun(self, rows: Vec<Rows>) -> Self {
        Self {
            first: Some(rows),
            ..self
        }
    }
}

impl<K, FK, T> RowSource for Merging<'_, K>
where
    K: Fn(Merged) -> FK + Send + Sync,
    FK: Future<Output = Result<Placed<T>, Error>> + Send,
{
    type Row = T;

    async fn next(&mut self, stride: usize) -> Result<Stretch<T>, Error> {
        let found = match self.first.take() {
            Some(found) => found,
            None => {
                let ranges = ranges(self.lanes, self.forward, self.after.as_deref(), stride);
                several::rows(self.store, self.scopes, &ranges).await?
            }
        };
        let merged = merge(self.lanes, found, self.forward, stride)?;
        self.after = merged.rows.last().map(|row| row.place.clone());
        let more = merged.more;
        Ok(Stretch {
            rows: (self.keep)(merged).await?,
            more,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(places: &[&str]) -> Vec<(String, Option<u8>)> {
        places
            .iter()
            .map(|place| ((*place).to_owned(), Some(0)))
            .collect()
    }

    #[test]
    fn a_page_ends_when_it_is_full_and_says_where_it_goes_on() {
        let mut page = Gathering::new(2, 100);
        assert!(page.take(rows(&["a", "b", "c"]), false));
        assert_eq!((page.rows.len(), page.position.as_deref()), (2, Some("b")));
    }

    #[test]
    fn the_last_row_of_a_list_leaves_no_position() {
        let mut page = Gathering::new(2, 100);
        assert!(page.take(rows(&["a", "b"]), false));
        assert_eq!(page.position, None);
        let mut page: Gathering<u8> = Gathering::new(2, 100);
        assert!(page.take([], false));
        assert_eq!(page.position, None);
    }

    #[test]
    fn a_list_of_misses_stops_when_it_has_looked_at_enough() {
        let mut page: Gathering<u8> = Gathering::new(2, 3);
        assert!(!page.take([("a".to_owned(), None), ("b".to_owned(), None)], true));
        assert_eq!(page.stride(true), 1);
        assert!(page.take([("c".to_owned(), None)], true));
        assert_eq!((page.rows.len(), page.position.as_deref()), (0, Some("c")));
    }
}
