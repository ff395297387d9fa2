//! An organization's feed: everything that has happened in it, numbered without gaps and chained by digests.
//!
//! - [`chain`]: the digests, and how a stretch of the feed is verified; pure.
//! - [`append`]: the one way in, exactly once.
//! - [`head`]: the end of the feed.
//! - `topic`: the last event of each topic of live connections.
//! - [`stream`]: what the table's stream tells; [`signal`]: what changes nothing and must be known.
//! - [`read`]: the ways out: by number, or by task, project, person, and what auditors look for.

pub mod append;
mod bytes;
pub mod chain;
pub mod head;
pub mod keys;
pub mod read;
pub mod signal;
pub mod stream;
mod topic;

pub use append::Appended;
pub use chain::{Broken, Hash, Link, START, verify};
pub use head::Head;
pub use read::{Entry, of_actor, of_audit, of_project, of_task, stretch};
