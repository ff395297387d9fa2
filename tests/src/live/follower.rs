//! A client as it should be: it sees gaps by the numbers, and asks for what it lacks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Live;

/// A client of one organization's events.
pub struct Follower {
    /// Its connection.
    pub live: Live,
    organization: String,
    /// Up to which number it is complete, by topic.
    last: BTreeMap<String, u64>,
    /// The events that it has, by number.
    pub events: BTreeMap<u64, Value>,
    /// How often it saw that something was missing.
    pub gaps: usize,
}

impl Follower {
    /// Listens to topics of an organization. What happened before is not its concern.
    pub async fn new(mut live: Live, organization: &str, topics: &[&str]) -> Self {
        let ack = live.subscribe(topics).await;
        let last = numbers(&ack);
        Self { live, organization: organization.to_owned(), last, events: BTreeMap::new(), gaps: 0 }
    }

    /// The lowest number up to which it is complete in all its topics.
    pub fn complete_to(&self) -> u64 {
        self.last.values().copied().min().unwrap_or_default()
    }

    /// Takes a message. True if something is missing before it: then it must catch up.
    #[must_use]
    pub fn take(&mut self, frame: &Value) -> bool {
        if !matches!(frame["type"].as_str(), Some("event" | "changed")) {
            return false;
        }
        let topic = frame["topic"].as_str().expect("it names its topic");
        let Some(last) = self.last.get_mut(topic) else { return false };
        let number = |name: &str| frame[name].as_u64().expect("it has its number");
        if number("prev") > *last {
            self.gaps += 1;
            return true;
        }
        *last = number("seq").max(*last);
        for event in frame["events"].as_array().into_iter().flatten() {
            self.events.insert(event["seq"].as_u64().expect("it has its number"), event.clone());
        }
        false
    }

    /// Asks for all that is missing.
    pub async fn catch_up(&mut self) {
        let from = self.complete_to();
        let (seq, events) = self.live.resume(&self.organization, from).await;
        for event in events {
            self.events.insert(event["seq"].as_u64().expect("it has its number"), event);
        }
        self.last.values_mut().for_each(|last| *last = seq.max(*last));
    }

    /// Takes all that has come, and asks for what is missing.
    pub async fn look(&mut self) {
        let frames = self.live.drain().await;
        let mut gap = false;
        for frame in &frames {
            gap |= self.take(frame);
        }
        if gap {
            self.catch_up().await;
        }
    }

    /// Goes on over another connection, and asks for what happened in between.
    pub async fn reconnect(&mut self, mut live: Live) {
        let topics: Vec<&String> = self.last.keys().collect();
        let ack = live.ask(json!({ "action": "subscribe", "topics": topics })).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        self.live = live;
        self.catch_up().await;
    }
}

fn numbers(ack: &Value) -> BTreeMap<String, u64> {
    let topics = ack["topics"].as_array().expect("it has topics").iter();
    topics
        .map(|one| (one["topic"].as_str().expect("named").to_owned(), one["seq"].as_u64().expect("numbered")))
        .collect()
}
