//! The feeds: whatever happens is in them once, in order, however its way there went.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

pub mod activity;
pub mod audit;
mod chaos;
mod found;
mod order;
mod storm;
mod story;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::feed::event::{EventType, Numbered};
use domain::id::{OrgId, Tag};
use local::Cloud;
use serde_json::{Value, json};
use store::feed::{Entry, Head, Link, START, verify};
use store::keys;
use store::record::Stored;
use tests::World;

use crate::table::{Item, number, text};

/// A feed as it stands in the table, whole: numbered from 1 without gaps, chained, each event once and guarded.
pub struct Feed {
    pub org: OrgId,
    pub events: Vec<Numbered>,
    pub links: Vec<Link>,
}

/// Reads an organization's feed and makes sure that it is whole.
pub async fn feed(cloud: &Cloud, org: &str) -> Feed {
    let org: OrgId = org.parse().unwrap();
    let items = partition(cloud, keys::feed_head(org.tag()).parts().0).await;
    let (mut head, mut links, mut events, mut guards) = (None, vec![], vec![], BTreeMap::new());
    for item in &items {
        match text(item, "sk").as_str() {
            "HEAD" => head = Some(Stored::<Head>::read(item).unwrap().value),
            sk if sk.starts_with("E#") => {
                let entry = Entry::read(item).unwrap();
                events.push(entry.numbered().unwrap());
                links.push(entry.link());
            }
            // What a topic of live connections had last.
            sk if sk.starts_with("TOPIC#") => {}
            sk => drop(guards.insert(sk.to_owned(), number(item, "n").unwrap() as u64)),
        }
    }
    let head = head.unwrap_or_else(|| Head::new(org));
    assert_eq!(verify(org, 0, START, &links), Ok(head.hash));
    assert_eq!((links.len() as u64, head.org), (head.n, org));
    let expected = events.iter().map(|one| {
        (
            keys::feed_guard(org.tag(), &one.event.id).parts().1,
            one.seq,
        )
    });
    assert_eq!(
        guards,
        expected.collect(),
        "each event is in the feed once and guarded"
    );
    Feed { org, events, links }
}

impl Feed {
    /// What has happened, in order.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.events
            .iter()
            .map(|one| one.event.kind.as_str())
            .collect()
    }

    /// How many events are of a kind.
    pub fn count(&self, kind: EventType) -> usize {
        self.events
            .iter()
            .filter(|one| one.event.kind == kind)
            .count()
    }

    /// Whose it is.
    pub fn tag(&self) -> Tag {
        self.org.tag()
    }
}

/// Every item of a partition.
async fn partition(cloud: &Cloud, pk: String) -> Vec<Item> {
    let mut items = vec![];
    let mut start = None;
    loop {
        let query = cloud
            .dynamodb()
            .query()
            .table_name(cloud.table())
            .key_condition_expression("pk = :pk");
        let query = query
            .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
            .consistent_read(true);
        let page = query.set_exclusive_start_key(start).send().await.unwrap();
        items.extend(page.items.unwrap_or_default());
        start = page.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

/// Waits until everything has followed, and reads the feed.
pub async fn settled(world: &World, org: &str) -> Feed {
    world.cloud.settle().await;
    feed(&world.cloud, org).await
}

/// A call of SQS on the queue of events, or on its dead letters.
async fn sqs(world: &World, operation: &str, dead: bool, mut body: Value) -> Value {
    let queue = world.cloud.environment()["FEED_QUEUE_URL"].clone();
    body["QueueUrl"] = if dead {
        queue.replace("feed.fifo", "feed-dead.fifo")
    } else {
        queue
    }
    .into();
    let call = reqwest::Client::new().post(&world.cloud.endpoints().small);
    let call = call
        .header("x-amz-target", format!("AmazonSQS.{operation}"))
        .body(body.to_string());
    let answer = call.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// What lies among the dead letters, with the group of each; they stay there, unseen for a while.
async fn dead_letters(world: &World) -> Vec<(String, String)> {
    let wanted = json!({ "MaxNumberOfMessages": 10, "AttributeNames": ["All"] });
    let answer = sqs(world, "ReceiveMessage", true, wanted).await;
    let read = |message: &Value| {
        let part = |value: &Value| value.as_str().unwrap().to_owned();
        (
            part(&message["Attributes"]["MessageGroupId"]),
            part(&message["Body"]),
        )
    };
    answer["Messages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(read)
        .collect()
}
