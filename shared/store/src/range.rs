//! Stretches of an index or of a partition. Which there are stands beside what is listed.

use domain::id::Tag;
use jiff::Timestamp;

use crate::key::{Index, IndexEntry, moment};
use crate::table::Item;

/// A stretch of an index or of a partition.
#[derive(Debug, Clone)]
pub struct Range {
    /// The index; none for the table itself.
    pub(crate) index: Option<Index>,
    /// The partition.
    pub(crate) partition: String,
    /// The lowest sort key, inclusive.
    low: Option<String>,
    /// The highest sort key, inclusive.
    high: Option<String>,
    /// What all its sort keys begin with and the order of its rows does not count.
    head: String,
    /// Ascending.
    pub(crate) forward: bool,
    /// The sort key behind which to begin.
    pub(crate) after: Option<String>,
    /// The most rows.
    pub(crate) limit: usize,
}

impl Range {
    /// A whole partition of an index, ascending.
    pub(crate) fn of(index: Index, partition: String) -> Self {
        Self {
            index: Some(index),
            ..Self::in_table(partition)
        }
    }

    /// A whole partition of the table, ascending.
    pub(crate) fn in_table(partition: String) -> Self {
        let (index, low, high, head, after) = (None, None, None, String::new(), None);
        Self {
            index,
            partition,
            low,
            high,
            head,
            forward: true,
            after,
            limit: 0,
        }
    }

    /// What a tenant has of a kind: of the index `by_parent`.
    pub fn of_tenant(tag: Tag, kind: &str) -> Self {
        Self::of(Index::ByParent, format!("T#{tag}#{kind}"))
    }

    /// The place in it of something that was made at this moment; `id` tells it from what was made at the same.
    pub fn made(self, at: Timestamp, id: &str) -> IndexEntry {
        self.entry(moment(at, id))
    }

    /// A place in it.
    pub(crate) fn entry(self, place: String) -> IndexEntry {
        let Self {
            index, partition, ..
        } = self;
        debug_assert!(
            index.is_some(),
            "only an index has places for items of the table"
        );
        IndexEntry {
            index: index.unwrap_or(Index::ByParent),
            partition,
            place,
        }
    }

    /// No more than so many rows.
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Only sort keys that begin with `prefix`.
    pub(crate) fn prefix(self, prefix: &str) -> Self {
        // No key has a character above '~', so this is the end of everything that begins with the prefix.
        self.between(Some(prefix.to_owned()), Some(format!("{prefix}\u{7f}")))
    }

    /// Only sort keys that begin with `head`, by what stands behind it.
    pub(crate) fn behind(self, head: &str) -> Self {
        Self {
            head: head.to_owned(),
            ..self.prefix(head)
        }
    }

    /// Only sort keys from `low` to `high`, both inclusive.
    pub(crate) fn between(self, low: Option<String>, high: Option<String>) -> Self {
        Self { low, high, ..self }
    }

    /// Only what happened at this moment or later, where the places begin with a moment.
    pub fn since(self, at: Timestamp) -> Self {
        Self {
            low: Some(moment(at, "")),
            ..self
        }
    }

    /// Only what happened before this moment, where the places begin with a moment.
    pub fn before(self, at: Timestamp) -> Self {
        Self {
            high: Some(moment(at, "")),
            ..self
        }
    }

    /// The last ones first.
    pub fn backwards(self) -> Self {
        Self {
            forward: false,
            ..self
        }
    }

    /// Whether the last ones come first.
    pub fn is_backwards(&self) -> bool {
        !self.forward
    }

    /// In this direction, from behind this sort key.
    pub(crate) fn from(self, forward: bool, after: Option<String>) -> Self {
        Self {
            forward,
            after,
            ..self
        }
    }

    /// In this direction, no more than `limit` rows from behind a place on, which [`Self::place`] told.
    pub fn go_on(&self, forward: bool, after: Option<&str>, limit: usize) -> Self {
        let after = after.map(|place| format!("{}{place}", self.head));
        self.clone().from(forward, after).limit(limit)
    }

    /// Where a row stands in the order of this stretch; none if it is not of it.
    pub fn place(&self, row: &Item) -> Option<String> {
        row.get(self.sort_key())?
            .as_s()
            .ok()?
            .strip_prefix(&self.head)
            .map(str::to_owned)
    }

    /// Whether it is a stretch of the same partition of the same index.
    pub fn is_beside(&self, other: &Self) -> bool {
        (self.index, &self.partition) == (other.index, &other.partition)
    }

    /// The attribute that orders it.
    pub(crate) fn sort_key(&self) -> &'static str {
        self.index.map_or("sk", |index| index.attributes().1)
    }

    /// The condition on the sort key. `after` narrows a bound inclusively: the row itself is dropped later.
    pub(crate) fn bounds(&self) -> (Option<&str>, Option<&str>) {
        let (mut low, mut high) = (self.low.as_deref(), self.high.as_deref());
        match (&self.after, self.forward) {
            (Some(after), true) => low = low.max(Some(after)),
            (Some(after), false) => {
                high = Some(high.map_or(after.as_str(), |high| high.min(after)))
            }
            (None, _) => {}
        }
        (low, high)
    }
}
