//! Stretches of indexes that take part in a list, and their rows in one order.

use domain::Error;
use store::table::{Item, Range, Rows};

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
    pub fn place(&self, item: &Item) -> Option<String> {
        let attribute = self.range.index.map_or("sk", |index| index.attributes().1);
        item.get(attribute)?.as_s().ok()?.strip_prefix(&self.prefix).map(str::to_owned)
    }
}

/// The stretches of these lanes from behind a place on.
pub fn ranges(lanes: &[Lane], forward: bool, after: Option<&str>, limit: usize) -> Vec<Range> {
    lanes.iter().map(|lane| lane.range_from(forward, after, limit)).collect()
}

/// A row of a list in the making.
#[derive(Debug)]
pub struct LaneRow<T = Item> {
    /// Its place in the order of the list.
    pub place: String,
    /// The number of its lane.
    pub lane: usize,
    /// What it holds.
    pub value: T,
}

impl<T> LaneRow<T> {
    /// The row with what `read` makes of it.
    pub fn read<V>(self, read: impl FnOnce(T) -> Result<V, Error>) -> Result<LaneRow<V>, Error> {
        Ok(LaneRow { place: self.place, lane: self.lane, value: read(self.value)? })
    }
}

/// Rows of several lanes in one order.
#[derive(Debug, Default)]
pub struct Merged {
    /// The rows.
    pub rows: Vec<LaneRow>,
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
            merged.rows.push(LaneRow { place, lane: number, value: item });
        }
    }
    let order = |a: &LaneRow, b: &LaneRow| if forward { a.place.cmp(&b.place) } else { b.place.cmp(&a.place) };
    merged.rows.sort_by(order);
    if merged.rows.len() > limit {
        merged.rows.truncate(limit);
        merged.more = true;
    }
    Ok(merged)
}
