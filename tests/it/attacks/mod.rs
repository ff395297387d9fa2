//! What must not be possible.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop, and say where")]

mod api;
mod arrange;
mod arrange_joining;
mod boards;
mod bodies;
mod cursors;
mod enumeration;
mod explained;
mod forge;
mod headers;
mod isolation;
mod labels;
mod limits;
mod many;
mod matrix;
mod queries;
mod raw;
mod revocation;
mod sample;
mod secrecy;
mod sound;
mod stage;
mod teams;
mod tokens;
mod unchanged;
