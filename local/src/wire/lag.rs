//! Index lag: a row written a moment ago does not show in queries of an index yet.
//!
//! On AWS an index follows its table within a moment; here it follows at once, which would hide mistakes. So rows
//! younger than the lag are taken out of the answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The table's key attributes.
const KEY: [&str; 2] = ["pk", "sk"];

/// When each row was last written.
#[derive(Clone)]
pub(super) struct Lag {
    time: Duration,
    written: Arc<Mutex<HashMap<String, Instant>>>,
}

impl Lag {
    pub fn new(time: Duration) -> Self {
        Self {
            time,
            written: Arc::default(),
        }
    }

    /// Notes the rows that a successful call has written.
    pub fn remember(&self, operation: &str, body: &Value) {
        let keys: Vec<String> = match operation {
            "PutItem" => vec![key(&body["TableName"], &body["Item"])],
            "UpdateItem" | "DeleteItem" => vec![key(&body["TableName"], &body["Key"])],
            "TransactWriteItems" => list(&body["TransactItems"])
                .flat_map(transaction_key)
                .collect(),
            "BatchWriteItem" => {
                let tables = body["RequestItems"].as_object().into_iter().flatten();
                tables
                    .flat_map(|(table, writes)| list(writes).map(|write| batch_key(table, write)))
                    .collect()
            }
            _ => return,
        };
        let now = Instant::now();
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.retain(|_, at| now - *at < self.time);
        written.extend(keys.into_iter().map(|key| (key, now)));
    }

    /// Takes young rows out of the answer to an index query; true if there were any.
    pub fn hide(&self, request: &Value, answer: &mut Value) -> bool {
        if !request["IndexName"].is_string() {
            return false;
        }
        let Some(items) = answer["Items"].as_array_mut() else {
            return false;
        };
        let before = items.len();
        let now = Instant::now();
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let young = |item: &Value| {
            written
                .get(&key(&request["TableName"], item))
                .is_some_and(|at| now - *at < self.time)
        };
        items.retain(|item| !young(item));
        let hidden = before - items.len();
        for count in ["Count", "ScannedCount"] {
            answer[count] = json!(
                answer[count]
                    .as_u64()
                    .unwrap_or_default()
                    .saturating_sub(hidden as u64)
            );
        }
        hidden > 0
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn key(table: &Value, item: &Value) -> String {
    format!("{table}{}{}", item[KEY[0]], item[KEY[1]])
}

fn transaction_key(write: &Value) -> Option<String> {
    let (kind, write) = write.as_object()?.iter().next()?;
    match kind.as_str() {
        "ConditionCheck" => None,
        "Put" => Some(key(&write["TableName"], &write["Item"])),
        _ => Some(key(&write["TableName"], &write["Key"])),
    }
}

fn batch_key(table: &str, write: &Value) -> String {
    let put = &write["PutRequest"]["Item"];
    key(
        &table.into(),
        if put.is_null() {
            &write["DeleteRequest"]["Key"]
        } else {
            put
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_row_is_hidden_from_an_index_and_only_there() {
        let lag = Lag::new(Duration::from_secs(60));
        let row = |n: &str| json!({ "pk": { "S": n }, "sk": { "S": "x" } });
        let update = json!({ "Update": { "TableName": "T", "Key": row("1") } });
        lag.remember("TransactWriteItems", &json!({ "TransactItems": [update] }));
        let all = json!({ "Items": [row("1"), row("2")], "Count": 2, "ScannedCount": 3 });
        let mut answer = all.clone();
        assert!(lag.hide(
            &json!({ "TableName": "T", "IndexName": "by_parent" }),
            &mut answer
        ));
        assert_eq!(
            answer,
            json!({ "Items": [row("2")], "Count": 1, "ScannedCount": 2 })
        );
        let mut answer = all.clone();
        assert!(!lag.hide(&json!({ "TableName": "T" }), &mut answer));
        assert_eq!(answer, all);
    }
}
