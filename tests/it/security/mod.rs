//! What must not be possible.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop, and say where")]

mod api;
mod matrix;
mod revocation;
mod sample;
mod sound;
mod stage;
mod tokens;
