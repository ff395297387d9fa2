//! What the end-to-end tests are written with: a world of its own for every test, and people in it who call the API
//! over real HTTP.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop, and say where")]

mod answer;
mod clock;
mod dns;
mod person;
mod world;

pub use answer::Answer;
pub use clock::TestClock;
pub use dns::TestDns;
pub use person::{Person, Request};
pub use world::{PASSWORD, Team, World};
