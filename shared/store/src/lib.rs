//! The single table: its keys, how things become items, the authorizing read, and writes that can be repeated.
//!
//! # Layout
//!
//! - [`keys`]: every key, and the table of them.
//! - [`records`]: where each kind of thing stands; [`record`]: how it becomes an item.
//! - [`open`]: the authorizing read, which seals what it brings; [`scope`]: the right that it hands out.
//! - [`table`] reads, [`write`] writes, [`transaction`] writes several things or none, [`limits`] counts, [`token`] verifies callers.
//! - [`stream`]: what the table's stream tells; [`feed`]: where it is kept; [`claims`]: mails that go out once; [`done`]: requests that were done.
//! - [`signal`]: what changes nothing and must be known.
//! - [`live`]: live connections; [`audience`]: who of many may hear something.
//! - [`inbox`]: what people were told.
//! - [`counts`]: how many comments and files tasks have.
//! - [`people`]: how many people organizations have, and which of their projects need a closer look.
//! - [`prose`]: long texts, which stand apart from their things.
//! - [`attempts`]: counting what must not be tried too often; [`sessions`]: exchanging refresh tokens.
//!
//! It never decides who may: the decision is `domain::access`.

pub mod attempts;
pub mod audience;
pub mod claims;
pub mod counts;
mod difference;
pub mod done;
pub mod feed;
pub mod inbox;
pub mod keys;
pub mod limits;
pub mod live;
pub mod open;
pub mod people;
pub mod prose;
pub mod record;
pub mod records;
pub mod scan;
pub mod scope;
pub mod sessions;
pub mod signal;
pub mod store;
pub mod stream;
pub mod table;
pub mod token;
pub mod transaction;
pub mod write;

pub use runtime::env;
pub use scope::{Scope, SealedRows};
pub use store::Store;
