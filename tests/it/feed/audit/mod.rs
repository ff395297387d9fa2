//! The audit trail: what stands in it, who reads it, and that nobody changes it unnoticed.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod chain;
mod offline;
mod reading;
mod signals;

use local::Options;
use serde_json::Value;
use tests::{Person, TestClock, World};

/// A world whose time stands still, and what moves it.
pub async fn still_world() -> (World, TestClock) {
    let clock = TestClock::standing();
    let world = World::with(|options: &mut Options| options.clock = Some(clock.clock())).await;
    (world, clock)
}

/// The entries that a query finds, the latest first.
pub async fn entries(world: &World, person: &Person, query: &str) -> Vec<Value> {
    world.cloud.settle().await;
    person
        .get(&format!("/audit-logs?org=acme&limit=100&{query}"))
        .await
        .expect(200)
        .rows()
        .clone()
}

/// The events of these entries.
pub async fn audited(world: &World, person: &Person, query: &str) -> Vec<Value> {
    entries(world, person, query)
        .await
        .into_iter()
        .map(|mut entry| entry["event"].take())
        .collect()
}
