//! Saved views: the capability that is the example of one in a crate of its own.

mod journey;
mod stored;
