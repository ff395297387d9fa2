//! Whether anything has changed: all that is kept, before and after.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use tests::World;

/// Everything that the table keeps but counters, which count refusals too, and what tells of refusals.
#[derive(Debug, PartialEq)]
pub struct Snapshot(BTreeMap<(String, String), String>);

impl Snapshot {
    /// What is kept now, once everything has followed that follows.
    pub async fn of(world: &World) -> Self {
        world.cloud.settle().await;
        let mut pages = world
            .cloud
            .dynamodb()
            .scan()
            .table_name(world.cloud.table())
            .into_paginator()
            .items()
            .send();
        let mut items = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let item = item.unwrap();
            let [pk, sk] = ["pk", "sk"].map(|name| item[name].as_s().unwrap().clone());
            if !pk.starts_with("RL#") && !crate::table::tells(&pk) {
                items.insert((pk, sk), text(&AttributeValue::M(item)));
            }
        }
        Self(items)
    }

    /// Fails the test if anything is not as it was.
    #[track_caller]
    pub fn assert_same(&self, after: &Self, what: &str) {
        let changed = self
            .0
            .iter()
            .filter(|(key, item)| after.0.get(key) != Some(item))
            .map(|(key, _)| key);
        let new = after.0.keys().filter(|key| !self.0.contains_key(*key));
        let all: Vec<_> = changed.chain(new).collect();
        assert!(all.is_empty(), "{what} has changed {all:?}");
    }
}

/// A value as text that is the same for the same value: maps have no order.
fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(members) => {
            let sorted: BTreeMap<&String, String> = members
                .iter()
                .map(|(name, value)| (name, text(value)))
                .collect();
            format!("{sorted:?}")
        }
        AttributeValue::L(values) => format!("{:?}", values.iter().map(text).collect::<Vec<_>>()),
        plain => format!("{plain:?}"),
    }
}
