//! What calls cost: as DynamoDB says it, and as AWS's rules say it of the items' bytes.
//!
//! The rules (developer guide, "read and write operations"): a write takes a unit for each begun kilobyte of the larger
//! of the images before and after, twice that in a transaction; each index takes units of its own, single ones, if its
//! entry changes, and for a changed key those of a deletion and a creation. A strongly consistent read takes a unit for
//! each begun 4 KB, an eventually consistent one half: of each item of a `BatchGetItem`, of all rows of a `Query`
//! together. What is not there costs as much as the least that could be.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, GlobalSecondaryIndexDescription};
use local::{Call, Cloud};
use serde_json::Value;

use crate::table::{Item, Key, Snapshot, size};

/// The table's place among the indexes in a bill.
const TABLE: &str = "table";

/// Units consumed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bill {
    /// Read units.
    pub reads: f64,
    /// Write units, of the table and of each index.
    pub writes: BTreeMap<String, f64>,
}

impl Bill {
    /// Write units in all.
    pub fn written(&self) -> f64 {
        // The empty sum of floats is -0.
        self.writes.values().sum::<f64>() + 0.0
    }

    /// The write units of each index.
    pub fn by_index(&self) -> impl Iterator<Item = (&str, f64)> {
        self.writes
            .iter()
            .filter(|(name, _)| *name != TABLE)
            .map(|(name, units)| (name.as_str(), *units))
    }

    fn write(&mut self, place: &str, units: f64) {
        if units > 0.0 {
            *self.writes.entry(place.to_owned()).or_default() += units;
        }
    }

    /// What DynamoDB said that the calls have consumed.
    pub fn reported(calls: &[Call]) -> Self {
        let mut bill = Self::default();
        for call in calls {
            assert_eq!(
                call.status,
                Some(200),
                "{}: {}",
                call.operation,
                call.response
            );
            let consumed = &call.response["ConsumedCapacity"];
            for consumed in consumed
                .as_array()
                .map_or(std::slice::from_ref(consumed), Vec::as_slice)
            {
                bill.add(call.operation.as_str(), consumed);
            }
        }
        bill
    }

    fn add(&mut self, operation: &str, consumed: &Value) {
        let units = |value: &Value| value["CapacityUnits"].as_f64().unwrap_or_default();
        if matches!(operation, "BatchGetItem" | "Query") {
            self.reads += units(consumed);
            return;
        }
        self.write(TABLE, units(&consumed["Table"]));
        for (index, consumed) in consumed["GlobalSecondaryIndexes"]
            .as_object()
            .into_iter()
            .flatten()
        {
            self.write(index, units(consumed));
        }
    }
}

/// An index, as the table describes it.
struct Index {
    name: String,
    keys: Vec<String>,
    projected: Vec<String>,
}

/// AWS's rules for this table.
pub struct Rules(Vec<Index>);

impl Rules {
    /// The rules for a cloud's table.
    pub async fn of(cloud: &Cloud) -> Self {
        let described = cloud
            .dynamodb()
            .describe_table()
            .table_name(cloud.table())
            .send()
            .await;
        let table = described
            .ok()
            .and_then(|described| described.table)
            .unwrap_or_else(|| panic!("there is no table"));
        Self(
            table
                .global_secondary_indexes()
                .iter()
                .map(Index::of)
                .collect(),
        )
    }

    /// What calls cost that have made `after` of `before`, writing no item twice.
    pub fn bill(&self, calls: &[Call], before: &Snapshot, after: &Snapshot) -> Bill {
        let mut bill = Bill::default();
        for call in calls {
            let request = &call.request;
            match call.operation.as_str() {
                "BatchGetItem" => bill.reads += batch(request, before),
                "Query" => bill.reads += self.query(request, &call.response, before),
                "PutItem" => self.write(&mut bill, &wire_key(&request["Item"]), before, after, 1.0),
                "UpdateItem" | "DeleteItem" => {
                    self.write(&mut bill, &wire_key(&request["Key"]), before, after, 1.0)
                }
                "TransactWriteItems" => {
                    for act in request["TransactItems"].as_array().into_iter().flatten() {
                        let act = act
                            .as_object()
                            .and_then(|act| act.values().next())
                            .unwrap_or(&Value::Null);
                        let item = if act["Item"].is_null() {
                            &act["Key"]
                        } else {
                            &act["Item"]
                        };
                        self.write(&mut bill, &wire_key(item), before, after, 2.0);
                    }
                }
                other => panic!("no rule for {other}"),
            }
        }
        bill
    }

    fn query(&self, request: &Value, response: &Value, table: &Snapshot) -> f64 {
        let index = request["IndexName"]
            .as_str()
            .and_then(|name| self.0.iter().find(|index| index.name == name));
        if request["Select"] == "COUNT" {
            let index = index
                .unwrap_or_else(|| panic!("rows of the table itself are not counted: {request}"));
            return units(index.counted(request, response, table), 4096)
                * weight(&request["ConsistentRead"]);
        }
        let rows = response["Items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| &table[&wire_key(row)]);
        let bytes = match index {
            Some(index) => rows
                .filter_map(|item| index.entry(item))
                .map(|entry| size(&entry))
                .sum(),
            None => rows.map(size).sum(),
        };
        units(bytes, 4096) * weight(&request["ConsistentRead"])
    }

    fn write(&self, bill: &mut Bill, key: &Key, before: &Snapshot, after: &Snapshot, factor: f64) {
        let (before, after) = (before.get(key), after.get(key));
        let bytes = before.map_or(0, size).max(after.map_or(0, size));
        bill.write(TABLE, units(bytes, 1024) * factor);
        for index in &self.0 {
            bill.write(&index.name, index.write(before, after));
        }
    }
}

impl Index {
    fn of(described: &GlobalSecondaryIndexDescription) -> Self {
        let keys: Vec<String> = described
            .key_schema()
            .iter()
            .map(|key| key.attribute_name.clone())
            .collect();
        let more = described
            .projection()
            .map(|projection| projection.non_key_attributes().to_vec())
            .unwrap_or_default();
        let projected = [keys.clone(), vec!["pk".to_owned(), "sk".to_owned()], more].concat();
        Self {
            name: described.index_name().unwrap_or_default().to_owned(),
            keys,
            projected,
        }
    }

    /// What the index keeps of an item, if anything.
    fn entry(&self, item: &Item) -> Option<Item> {
        let kept = item
            .iter()
            .filter(|(name, _)| self.projected.contains(name));
        let kept = kept
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.keys
            .iter()
            .all(|key| item.contains_key(key))
            .then_some(kept)
    }

    /// The bytes of the entries that a query has counted without bringing them: the first so many of its stretch.
    fn counted(&self, request: &Value, response: &Value, table: &Snapshot) -> usize {
        let names = &request["ExpressionAttributeNames"];
        let text = |name: &str| request["ExpressionAttributeValues"][name]["S"].as_str();
        let of = |entry: &Item, name: &str| entry.get(names[name].as_str()?)?.as_s().ok().cloned();
        let within = |entry: &Item| {
            let sort = of(entry, "#s");
            of(entry, "#p").as_deref() == text(":p")
                && text(":low").is_none_or(|low| sort.as_deref() >= Some(low))
                && text(":high").is_none_or(|high| sort.as_deref() <= Some(high))
        };
        let mut found: Vec<Item> = table
            .values()
            .filter_map(|item| self.entry(item))
            .filter(within)
            .collect();
        found.sort_by_key(|entry| {
            self.keys
                .iter()
                .map(|key| entry[key].as_s().cloned().ok())
                .collect::<Vec<_>>()
        });
        let counted = usize::try_from(response["ScannedCount"].as_u64().unwrap_or_default())
            .unwrap_or_default();
        assert!(
            found.len() >= counted,
            "{request} has counted {counted} of {}",
            found.len()
        );
        found.iter().take(counted).map(size).sum()
    }

    fn write(&self, before: Option<&Item>, after: Option<&Item>) -> f64 {
        let units = |entry: &Item| units(size(entry), 1024);
        match (
            before.and_then(|item| self.entry(item)),
            after.and_then(|item| self.entry(item)),
        ) {
            (None, None) => 0.0,
            (Some(entry), None) | (None, Some(entry)) => units(&entry),
            (Some(before), Some(after)) if before == after => 0.0,
            (Some(before), Some(after)) if self.moved(&before, &after) => {
                units(&before) + units(&after)
            }
            (Some(before), Some(after)) => units(&before).max(units(&after)),
        }
    }

    fn moved(&self, before: &Item, after: &Item) -> bool {
        self.keys
            .iter()
            .any(|key| before.get(key) != after.get(key))
    }
}

/// A `BatchGetItem`: each key for itself.
fn batch(request: &Value, table: &Snapshot) -> f64 {
    let tables = request["RequestItems"].as_object().into_iter().flatten();
    let each = |wanted: &Value| {
        let keys = wanted["Keys"].as_array().into_iter().flatten();
        let units: f64 = keys
            .map(|key| units(table.get(&wire_key(key)).map_or(0, size), 4096))
            .sum();
        units * weight(&wanted["ConsistentRead"])
    };
    tables.map(|(_, wanted)| each(wanted)).sum()
}

/// Begun pieces of so many bytes; at least one.
fn units(bytes: usize, piece: usize) -> f64 {
    bytes.div_ceil(piece).max(1) as f64
}

fn weight(consistent: &Value) -> f64 {
    if consistent == true { 1.0 } else { 0.5 }
}

/// The key in a request or answer.
fn wire_key(item: &Value) -> Key {
    let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    (text("pk"), text("sk"))
}

#[test]
fn the_rules_are_those_of_the_developer_guide() {
    let item = |bytes: usize, sort: &str| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        Item::from([
            ("x".to_owned(), text(&"x".repeat(bytes))),
            ("k".to_owned(), text("k")),
            ("s".to_owned(), text(sort)),
        ])
    };
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let index = |projected: &[&str]| Index {
        name: String::new(),
        keys: names(&["k", "s"]),
        projected: names(projected),
    };
    let (all, keys) = (index(&["k", "s", "x"]), index(&["k", "s"]));
    let (small, large, moved) = (item(10, "a"), item(1500, "a"), item(10, "b"));
    assert_eq!(
        (all.write(None, Some(&small)), all.write(Some(&large), None)),
        (1.0, 2.0)
    );
    assert_eq!(
        (
            all.write(Some(&large), Some(&small)),
            keys.write(Some(&large), Some(&small))
        ),
        (2.0, 0.0)
    );
    assert_eq!(
        (
            all.write(Some(&large), Some(&moved)),
            keys.write(Some(&large), Some(&moved))
        ),
        (3.0, 2.0)
    );
    assert_eq!(all.write(Some(&small), Some(&small)), 0.0);
    assert_eq!(
        (units(0, 4096), units(4096, 4096), units(4097, 4096)),
        (1.0, 1.0, 2.0)
    );
    assert_eq!(
        size(&Item::from([(
            "n".to_owned(),
            AttributeValue::N("1767225600000".to_owned())
        )])),
        1 + 5
    );
}
