//! The lanes of a list: stretches of indexes that take part in it, and their rows in one order.

use domain::Error;
use store::range::Range;
use store::table::{Item, Rows};

/// The stretches of these lanes from behind a place on.
pub fn ranges(lanes: &[Range], forward: bool, after: Option<&str>, limit: usize) -> Vec<Range> {
    lanes
        .iter()
        .map(|lane| lane.go_on(forward, after, limit))
        .collect()
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
        Ok(LaneRow {
            place: self.place,
            lane: self.lane,
            value: read(self.value)?,
        })
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
pub fn merge(
    lanes: &[Range],
    found: Vec<Rows>,
    forward: bool,
    limit: usize,
) -> Result<Merged, Error> {
    let more = found.iter().any(|rows| rows.more);
    let mut merged = Merged { rows: vec![], more };
    for (number, (lane, rows)) in lanes.iter().zip(found).enumerate() {
        for item in rows.items {
            let place = lane
                .place(&item)
                .ok_or_else(|| Error::Internal("a row without its place".to_owned()))?;
            merged.rows.push(LaneRow {
                place,
                lane: number,
                value: item,
            });
        }
    }
    let order = |a: &LaneRow, b: &LaneRow| {
        if forward {
            a.place.cmp(&b.place)
        } else {
            b.place.cmp(&a.place)
        }
    };
    merged.rows.sort_by(order);
    if merged.rows.len() > limit {
        merged.rows.truncate(limit);
        merged.more = true;
    }
    Ok(merged)
}
