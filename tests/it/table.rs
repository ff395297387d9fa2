//! The table behind the API, as tests look into it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the table must stop"
)]

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use local::Cloud;
use serde_json::{Value, json};

/// An item.
pub type Item = HashMap<String, AttributeValue>;
/// Partition and sort key.
pub type Key = (String, String);
/// Everything that stands in the table.
pub type Snapshot = BTreeMap<Key, Item>;

/// What stands in the table now.
pub async fn snapshot(cloud: &Cloud) -> Snapshot {
    let mut found = Snapshot::new();
    let mut start = None;
    loop {
        let scan = cloud
            .dynamodb()
            .scan()
            .table_name(cloud.table())
            .consistent_read(true);
        let page = scan.set_exclusive_start_key(start).send().await.unwrap();
        found.extend(
            page.items
                .unwrap_or_default()
                .into_iter()
                .map(|item| (key(&item), item)),
        );
        start = page.last_evaluated_key;
        if start.is_none() {
            return found;
        }
    }
}

/// What requests have written: everything but what follows from it, which comes by itself and a moment later.
pub async fn written(cloud: &Cloud) -> Snapshot {
    let mut found = snapshot(cloud).await;
    found.retain(|key, _| !follows(key));
    found
}

/// Whether an item follows from a change, tells of what changed nothing, or notes how a request was answered.
pub fn follows((pk, sk): &Key) -> bool {
    tells(pk)
        || pk.starts_with("O#")
        || pk.contains("#INBOX#")
        || sk.starts_with("WATCH#")
        || sk == "COUNTS"
}

/// Whether an item is part of the feed, or a signal on its way there: a refusal leaves one.
pub fn tells(pk: &str) -> bool {
    pk.ends_with("#FEED") || pk.ends_with("#SIGNAL")
}

/// The key of an item.
pub fn key(item: &Item) -> Key {
    (text(item, "pk"), text(item, "sk"))
}

/// A text attribute; empty if it is not there.
pub fn text(item: &Item, name: &str) -> String {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .cloned()
        .unwrap_or_default()
}

/// A number attribute, if it is there.
pub fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Writes an item past the API.
pub async fn put(cloud: &Cloud, item: Item) {
    cloud
        .dynamodb()
        .put_item()
        .table_name(cloud.table())
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
}

/// The size of an item in bytes, by the rules of the DynamoDB developer guide ("item sizes and formats").
pub fn size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + size_of_value(value))
        .sum()
}

fn size_of_value(value: &AttributeValue) -> usize {
    use AttributeValue::{B, Bool, L, M, N, Null, S, Ss};
    match value {
        S(text) => text.len(),
        N(number) => size_of_number(number),
        B(bytes) => bytes.as_ref().len(),
        Bool(_) | Null(_) => 1,
        Ss(texts) => texts.iter().map(String::len).sum(),
        L(list) => {
            3 + list
                .iter()
                .map(|value| 1 + size_of_value(value))
                .sum::<usize>()
        }
        M(map) => {
            3 + map
                .iter()
                .map(|(name, value)| name.len() + 1 + size_of_value(value))
                .sum::<usize>()
        }
        other => panic!("the store writes no {other:?}"),
    }
}

/// Two significant digits take a byte, and one byte comes on top; a sign takes another.
fn size_of_number(number: &str) -> usize {
    let digits = number.trim_start_matches('-').trim_matches('0').len();
    digits.div_ceil(2) + 1 + usize::from(number.starts_with('-'))
}

/// The records of the table's stream, oldest first, in the form in which Lambda gets them.
pub async fn stream(cloud: &Cloud) -> Vec<Value> {
    let listed = streams(cloud, "ListStreams", json!({ "TableName": cloud.table() })).await;
    let arn = &listed["Streams"][0]["StreamArn"];
    let described = streams(cloud, "DescribeStream", json!({ "StreamArn": arn })).await;
    let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
    let wanted = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let mut iterator = streams(cloud, "GetShardIterator", wanted).await["ShardIterator"].clone();
    let mut records = vec![];
    loop {
        let page = streams(cloud, "GetRecords", json!({ "ShardIterator": iterator })).await;
        let found = page["Records"].as_array().unwrap();
        if found.is_empty() {
            return records;
        }
        records.extend(found.iter().cloned().map(|mut record| {
            record["awsRegion"] = local::REGION.into();
            record["eventSourceARN"] = arn.clone();
            record
        }));
        iterator = page["NextShardIterator"].clone();
    }
}

/// A call of DynamoDB Streams. The local one looks whether a request is signed, not by whom.
async fn streams(cloud: &Cloud, operation: &str, body: Value) -> Value {
    let signature = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature=00";
    let call = reqwest::Client::new()
        .post(&cloud.endpoints().dynamodb)
        .header(
            "x-amz-target",
            format!("DynamoDBStreams_20120810.{operation}"),
        )
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", signature)
        .header("content-type", "application/x-amz-json-1.0");
    let answer = call.body(body.to_string()).send().await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}
