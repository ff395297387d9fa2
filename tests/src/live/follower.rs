//! A client as it should be: it sees gaps by the positions, and asks for what it lacks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Live;

/// A client of one organization's events.
pub struct Follower {
    /// Its connection.
    pub live: Live,
    organization: String,
    /// What it was told when it began to listen.
    begun: Value,
    /// How far it is, by topic.
    known: BTreeMap<String, Place>,
    /// The events that it has, each once, in the order in which they came.
    pub events: Vec<Value>,
    /// How often it saw that something was missing.
    pub gaps: usize,
}

/// How far a client is in a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    position: String,
    resume_from: String,
}

impl Place {
    fn of(told: &Value) -> Self {
        let text = |name: &str| {
            told[name]
                .as_str()
                .unwrap_or_else(|| panic!("{told} tells no {name}"))
                .to_owned()
        };
        Self {
            position: text("position"),
            resume_from: text("resume_from"),
        }
    }
}

impl Follower {
    /// Listens to topics of an organization. What happened before is not its concern.
    pub async fn new(mut live: Live, organization: &str, topics: &[&str]) -> Self {
        let begun = live.subscribe(topics).await;
        let known = places(&begun);
        Self {
            live,
            organization: organization.to_owned(),
            begun,
            known,
            events: vec![],
            gaps: 0,
        }
    }

    /// Whether it is where the server says that its topics are.
    pub async fn is_complete(&mut self) -> bool {
        let pong = self.live.ask(json!({ "action": "ping" })).await;
        assert_eq!(pong["type"], "pong", "{pong}");
        let topics = pong["topics"].as_array().expect("it has topics");
        topics.len() == self.known.len()
            && topics.iter().all(|one| {
                let known = one["topic"]
                    .as_str()
                    .and_then(|topic| self.known.get(topic));
                known.is_some_and(|known| one["position"] == known.position.as_str())
            })
    }

    /// Everything since it began to listen, as the server has it.
    pub async fn all(&mut self) -> Vec<Value> {
        self.live
            .resume(&self.organization, &self.begun["topics"])
            .await
            .1
    }

    /// Takes a message. True if something is missing before it: then it must catch up.
    #[must_use]
    pub fn take(&mut self, frame: &Value) -> bool {
        if !matches!(frame["type"].as_str(), Some("event" | "changed")) {
            return false;
        }
        let topic = frame["topic"].as_str().expect("it names its topic");
        let Some(known) = self.known.get_mut(topic) else {
            return false;
        };
        if frame["position"] == known.position.as_str() {
            return false;
        }
        if frame["position"].is_null() {
            self.keep(frame["events"].as_array().cloned().unwrap_or_default());
            return false;
        }
        if frame["prev"] != known.position.as_str() {
            self.gaps += 1;
            return true;
        }
        let position = frame["position"]
            .as_str()
            .expect("it has a position")
            .to_owned();
        *known = Place {
            resume_from: position.clone(),
            position,
        };
        self.keep(frame["events"].as_array().cloned().unwrap_or_default());
        false
    }

    fn keep(&mut self, events: Vec<Value>) {
        for event in events {
            if !self
                .events
                .iter()
                .rev()
                .any(|known| known["id"] == event["id"])
            {
                self.events.push(event);
            }
        }
    }

    /// Asks for all that is missing.
    pub async fn catch_up(&mut self) {
        let (topics, events) = self.live.resume(&self.organization, &self.points()).await;
        self.keep(events);
        self.known = topics
            .as_array()
            .expect("topics")
            .iter()
            .map(named)
            .collect();
    }

    /// What it would send to ask for what it lacks.
    pub fn points(&self) -> Value {
        let point = |(topic, place): (&String, &Place)| json!({ "topic": topic, "resume_from": place.resume_from });
        self.known.iter().map(point).collect()
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
        let topics: Vec<&String> = self.known.keys().collect();
        let ack = live
            .ask(json!({ "action": "subscribe", "topics": topics }))
            .await;
        assert_eq!(ack["type"], "ack", "{ack}");
        self.live = live;
        self.catch_up().await;
    }
}

fn named(told: &Value) -> (String, Place) {
    (
        told["topic"].as_str().expect("named").to_owned(),
        Place::of(told),
    )
}

fn places(told: &Value) -> BTreeMap<String, Place> {
    told["topics"]
        .as_array()
        .expect("it has topics")
        .iter()
        .map(named)
        .collect()
}
