//! Lists: stretches of indexes, merged in order, filtered, a page at a time.

use std::cmp::Ordering;

use domain::Error;
use store::table::{Item, Range, Rows};

/// The most rows that one request looks at when the index has all that the list prints.
pub const MOST_ROWS: usize = 500;
/// The most rows that one request looks at when each must be fetched.
pub const MOST_FETCHED: usize = 100;
/// How many rows are looked at in one go when some of them may be left out.
pub const STRIDE: usize = 100;

/// One stretch of an index that takes part in a list.
#[derive(Debug, Clone)]
pub struct Lane {
    /// The stretch.
    pub range: Range,
    /// What its sort keys begin with and the order does not count.
    pub prefix: String,
}

impl Lane {
    /// A lane ordered by the whole sort key.
    pub fn new(range: Range) -> Self {
        Self { range, prefix: String::new() }
    }

    /// The stretch from behind a place on.
    pub fn range_from(&self, forward: bool, after: Option<&str>, limit: usize) -> Range {
        let after = after.map(|place| format!("{}{place}", self.prefix));
        Range { limit, ..self.range.clone().from(forward, after) }
    }

    /// Where a row of this lane stands in the order of the list.
    pub(crate) fn place(&self, item: &Item) -> Option<String> {
        let attribute = self.range.index.map_or("sk", |index| index.attributes().1);
        item.get(attribute)?.as_s().ok()?.strip_prefix(&self.prefix).map(str::to_owned)
    }
}

/// Rows of several lanes in one order.
#[derive(Debug, Default)]
pub struct Merged {
    /// Each row with its place and the number of its lane.
    pub rows: Vec<(String, usize, Item)>,
    /// More rows follow.
    pub more: bool,
}

/// Merges what each lane gave, and keeps the first `limit`.
pub fn merge(lanes: &[Lane], found: Vec<Rows>, forward: bool, limit: usize) -> Result<Merged, Error> {
    let more = found.iter().any(|rows| rows.more);
    let mut merged = Merged { rows: vec![], more };
    for (number, (lane, rows)) in lanes.iter().zip(found).enumerate() {
        for item in rows.items {
            let place = lane.place(&item).ok_or_else(|| Error::Internal("a row without its place".to_owned()))?;
            merged.rows.push((place, number, item));
        }
    }
    let order = |a: &(String, usize, Item), b: &(String, usize, Item)| match forward {
        true => a.0.cmp(&b.0),
        false => b.0.cmp(&a.0),
    };
    merged.rows.sort_by(|a, b| order(a, b).then(Ordering::Equal));
    if merged.rows.len() > limit {
        merged.rows.truncate(limit);
        merged.more = true;
    }
    Ok(merged)
}

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
        Self { rows: vec![], position: None, limit, looked: 0, most }
    }

    /// Takes the rows of one go, each with its place and whether it belongs to the list. `more` says whether rows
    /// follow them. True when the page is complete.
    pub fn take(&mut self, rows: impl IntoIterator<Item = (String, Option<T>)>, more: bool) -> bool {
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

    /// How many rows to look at next.
    pub fn stride(&self, filtered: bool) -> usize {
        let wanted = if filtered { STRIDE } else { self.limit - self.rows.len() };
        wanted.min(self.most - self.looked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(places: &[&str]) -> Vec<(String, Option<u8>)> {
        places.iter().map(|place| ((*place).to_owned(), Some(0))).collect()
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
