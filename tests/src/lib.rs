//! What the end-to-end tests are written with: a world of its own for every test, and people in it who call the API
//! over real HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod answer;
mod browser;
mod clock;
mod dns;
mod files;
mod live;
mod page;
mod person;
mod world;

pub use answer::Answer;
pub use browser::Browser;
pub use clock::TestClock;
pub use dns::TestDns;
pub use files::{File, Stored};
pub use live::{Follower, Knock, Live};
pub use page::{Page, Point};
pub use person::{Person, Request};
pub use world::{PASSWORD, Team, World};
