//! What has happened, as those see it who may.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod pages;
mod sight;
mod story;

use serde_json::Value;
use tests::{Person, World};

/// What a list of events says, the latest first.
pub async fn events(world: &World, person: &Person, list: &str) -> Vec<Value> {
    world.cloud.settle().await;
    let mark = if list.contains('?') { '&' } else { '?' };
    person
        .get(&format!("{list}{mark}limit=100"))
        .await
        .expect(200)
        .rows()
        .clone()
}

/// The types of events, in their order.
pub fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

/// What an event says that a field was and is.
#[track_caller]
pub fn change<'a>(event: &'a Value, field: &str) -> (&'a Value, &'a Value) {
    let changes = event["changes"].as_array().into_iter().flatten();
    let change = changes.into_iter().find(|change| change["field"] == field);
    let change = change.unwrap_or_else(|| panic!("no change of {field}: {event}"));
    (&change["from"], &change["to"])
}

/// The fields that an event says to have become something else.
pub fn fields(event: &Value) -> Vec<&str> {
    event["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["field"].as_str().unwrap())
        .collect()
}
