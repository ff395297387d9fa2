//! The single table: its keys, how things become items, the authorizing read, and writes that can be repeated.
//!
//! # Layout
//!
//! - By area, one file for each kind of thing: which items it has, their keys and lists, and what opens it: [`account`],
//!   [`membership`], [`work`], [`talk`], [`files`], [`notices`], [`live`], [`feed`]. [`keys`] has all their keys.
//! - What these are made of: [`key`], [`range`], [`record`] (how a thing becomes an item), [`derived`] (ids).
//! - [`open`]: the authorizing read, which seals what it brings; [`scope`]: the right that it hands out.
//! - [`table`] reads, [`write`] writes, [`transaction`] writes several things or none; [`prose`]: long texts, which stand
//!   apart from their things; [`done`]: requests that were done.
//! - [`token`] verifies callers; [`limits`] and [`attempts`] count what must not be done too often.
//!
//! It never decides who may: the decision is `domain::access`.

pub mod account;
pub mod answered;
pub mod attempts;
pub mod derived;
mod difference;
pub mod done;
pub mod feed;
pub mod files;
pub mod key;
pub mod keys;
pub mod limits;
pub mod live;
pub mod membership;
pub mod notices;
pub mod open;
pub mod prose;
pub mod range;
pub mod record;
pub mod scan;
pub mod scope;
pub mod store;
pub mod table;
pub mod talk;
pub mod token;
pub mod transaction;
pub mod work;
pub mod write;

pub use runtime::env;
pub use scope::{Scope, SealedRows};
pub use store::Store;
