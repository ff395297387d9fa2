//! What must not be possible.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop, and say where")]

mod api;
mod bodies;
mod cursors;
mod isolation;
mod matrix;
mod queries;
mod raw;
mod revocation;
mod sample;
mod sound;
mod stage;
mod tokens;
mod unchanged;
