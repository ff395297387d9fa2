//! Boards under pressure: many who move at once, and requests that make no sense.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod drags;
mod input;
