//! What must not be possible.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop, and say where")]

mod api;
mod bodies;
mod cursors;
mod enumeration;
mod headers;
mod isolation;
mod limits;
mod matrix;
mod queries;
mod raw;
mod revocation;
mod sample;
mod secrecy;
mod sound;
mod stage;
mod tokens;
mod unchanged;
