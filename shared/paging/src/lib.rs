//! Lists a page at a time: stretches of indexes merged in order, filtered, bounded, with sealed cursors.
//!
//! # Layout
//!
//! - [`lane`]: stretches, and rows of several in one order.
//! - [`page`]: the one loop that reads on until a page is full or enough was looked at; [`RowSource`] is where its rows come from.
//! - [`several`]: lists over more than one organization; [`walk`]: lists of one.
//! - [`cursor`]: where a list goes on; [`seal`]: texts that clients carry and only we read.
//!
//! It never decides who may: rows come sealed, and a `Scope` opens them.

pub mod cursor;
pub mod lane;
pub mod page;
pub mod seal;
pub mod several;
pub mod walk;

pub use cursor::Cursors;
pub use lane::{LaneRow, Merged, merge, ranges};
pub use page::{Gathering, LeftOut, MOST_FETCHED, MOST_ROWS, Merging, Placed, RowSource, Stretch};
use runtime::env::Entropy;
use store::Store;
pub use walk::Walk;

/// What paging works with.
#[derive(Clone, Copy)]
pub struct Pager<'a> {
    /// The table.
    pub store: &'a Store,
    /// Randomness: a cursor is another text each time.
    pub entropy: &'a Entropy,
}
