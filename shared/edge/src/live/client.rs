//! What clients send.

use domain::{Error, FieldError};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::json;

/// The longest `id`, in bytes.
const MAX_ID: usize = 64;
/// The most topics in one message.
const MAX_TOPICS: usize = 50;
/// The longest overlap of `resume`, in seconds.
const MAX_OVERLAP: u64 = 60;
const ACTIONS: &str = "must be subscribe, unsubscribe, resume or ping";

/// A message of a client.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientFrame {
    /// To listen to topics.
    Subscribe(Subscribe),
    /// Not to listen to topics any more.
    Unsubscribe(Unsubscribe),
    /// To get what was missed.
    Resume(Resume),
    /// To keep the connection open.
    Ping(Ping),
}

/// Listen to topics. Answered with `ack`.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// Comes back in the answer.
    #[schema(max_length = 64)]
    pub id: Option<String>,
    /// What to listen to: `org:…`, `project:…`, `board:…` or `task:…` with an id behind.
    #[schema(min_items = 1, max_items = 50, example = json!(["project:5e5e5e5e-5e21-8121-a121-212121212121"]))]
    pub topics: Vec<String>,
}

/// Do not listen to topics any more. Answered with `ack`.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    /// Comes back in the answer.
    #[schema(max_length = 64)]
    pub id: Option<String>,
    /// The topics.
    #[schema(min_items = 1, max_items = 50, example = json!(["project:5e5e5e5e-5e21-8121-a121-212121212121"]))]
    pub topics: Vec<String>,
}

/// Get what was missed of the topics that the connection listens to. Answered with `resumed`.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Comes back in the answer.
    #[schema(max_length = 64)]
    pub id: Option<String>,
    /// The organization whose events are wanted.
    pub organization: Uuid,
    /// The topics, and what the client has of each.
    #[schema(min_items = 1, max_items = 50)]
    pub topics: Vec<ResumePoint>,
    /// What happened in so many seconds before now is wanted too, though the client has got further: for one that has just
    /// read a list, which may lag behind. At most a hundred events are looked at for that. Leave it out when going on.
    /// 0 to 60; 0 if absent.
    #[serde(default)]
    #[schema(maximum = 60)]
    pub overlap: u64,
}

/// What a client has of a topic.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumePoint {
    /// The topic. The connection must listen to it.
    #[schema(example = "project:5e5e5e5e-5e21-8121-a121-212121212121")]
    pub topic: String,
    /// Where to go on: `resume_from`, or the `position` of an event.
    #[schema(
        min_length = 48,
        max_length = 48,
        example = "w1eKBNp8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyT"
    )]
    pub position: String,
}

/// Keep the connection open: it is closed after ten minutes of silence. Answered with `pong`.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ping {
    /// Comes back in the answer.
    #[schema(max_length = 64)]
    pub id: Option<String>,
}

impl ClientFrame {
    /// Reads a message.
    ///
    /// # Errors
    /// `BadRequest` if it is no JSON, `Invalid` with the fields that are wrong, and the message's `id` if it has one.
    pub fn read(text: &str) -> Result<Self, (Option<String>, Error)> {
        let mut members: Map<String, Value> =
            json::read(text.as_bytes()).map_err(|error| (None, error))?;
        let id = members
            .get("id")
            .and_then(Value::as_str)
            .filter(|id| id.len() <= MAX_ID)
            .map(str::to_owned);
        let read = match members.remove("action") {
            Some(Value::String(action)) => Self::of(&action, members),
            Some(_) => Err(Error::field("action", "wrong_type", "must be a string")),
            None => Err(Error::field("action", "required", "is required")),
        };
        read.and_then(|frame| frame.checked())
            .map_err(|error| (id, error))
    }

    fn of(action: &str, members: Map<String, Value>) -> Result<Self, Error> {
        match action {
            "subscribe" => json::part("", members).map(Self::Subscribe),
            "unsubscribe" => json::part("", members).map(Self::Unsubscribe),
            "resume" => json::part("", members).map(Self::Resume),
            "ping" => json::part("", members).map(Self::Ping),
            _ => Err(Error::field("action", "invalid", ACTIONS)),
        }
    }

    /// The message's id.
    pub fn id(&self) -> Option<&String> {
        match self {
            Self::Subscribe(Subscribe { id, .. })
            | Self::Unsubscribe(Unsubscribe { id, .. })
            | Self::Resume(Resume { id, .. })
            | Self::Ping(Ping { id }) => id.as_ref(),
        }
    }

    /// The word for what is wanted, for logs.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Subscribe(_) => "subscribe",
            Self::Unsubscribe(_) => "unsubscribe",
            Self::Resume(_) => "resume",
            Self::Ping(_) => "ping",
        }
    }

    /// How many topics it names; none if messages of its kind do not name any.
    fn topics(&self) -> Option<usize> {
        match self {
            Self::Subscribe(Subscribe { topics, .. })
            | Self::Unsubscribe(Unsubscribe { topics, .. }) => Some(topics.len()),
            Self::Resume(Resume { topics, .. }) => Some(topics.len()),
            Self::Ping(_) => None,
        }
    }

    fn checked(self) -> Result<Self, Error> {
        let mut faults = vec![];
        if self.id().is_some_and(|id| id.len() > MAX_ID) {
            faults.push(FieldError::new(
                "id",
                "too_long",
                format!("must have at most {MAX_ID} bytes"),
            ));
        }
        match self.topics() {
            Some(0) => faults.push(FieldError::new("topics", "too_short", "must name a topic")),
            None | Some(1..=MAX_TOPICS) => {}
            Some(_) => faults.push(FieldError::new(
                "topics",
                "too_long",
                format!("must name at most {MAX_TOPICS} topics"),
            )),
        }
        if let Self::Resume(Resume { overlap, .. }) = &self
            && *overlap > MAX_OVERLAP
        {
            faults.push(FieldError::new(
                "overlap",
                "out_of_range",
                format!("must be at most {MAX_OVERLAP}"),
            ));
        }
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (String, &'static str) {
        match ClientFrame::read(text) {
            Err((_, Error::Invalid(mut fields))) => {
                let field = fields.remove(0);
                (field.field, field.code)
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_action_is_read() {
        let organization = "5e5e5e5e-5e21-8121-a121-212121212121";
        let texts = [
            r#"{"action":"subscribe","id":"1","topics":["task:x"]}"#.to_owned(),
            r#"{"action":"unsubscribe","id":"1","topics":["task:x"]}"#.to_owned(),
            format!(
                r#"{{"action":"resume","id":"1","organization":"{organization}","topics":[{{"topic":"t","position":"p"}}]}}"#
            ),
            r#"{"action":"ping","id":"1"}"#.to_owned(),
        ];
        for text in texts {
            let frame = ClientFrame::read(&text).unwrap();
            assert!(text.contains(frame.action()));
            assert_eq!(frame.id().map(String::as_str), Some("1"));
        }
    }

    #[test]
    fn a_message_is_read_as_strictly_as_a_body() {
        let many =
            serde_json::json!({ "action": "subscribe", "topics": vec!["task:x"; 51] }).to_string();
        let long = serde_json::json!({ "action": "ping", "id": "i".repeat(65) }).to_string();
        let resume = |points: &str| {
            let organization = "5e5e5e5e-5e21-8121-a121-212121212121";
            format!(r#"{{"action":"resume","organization":"{organization}","topics":[{points}]}}"#)
        };
        let hasty = resume(r#"{"topic":"t","position":"p"}"#).replace("]}", r#"],"overlap":61}"#);
        let cases = [
            (r#"{}"#, "/action", "required"),
            (r#"{"action":1}"#, "/action", "wrong_type"),
            (r#"{"action":"drop"}"#, "/action", "invalid"),
            (
                r#"{"action":"ping","action":"ping"}"#,
                "/action",
                "duplicate",
            ),
            (r#"{"action":"ping","more":1}"#, "/more", "unknown_field"),
            (r#"{"action":"subscribe"}"#, "/topics", "required"),
            (
                r#"{"action":"subscribe","topics":[]}"#,
                "/topics",
                "too_short",
            ),
            (
                r#"{"action":"subscribe","topics":[1]}"#,
                "/topics/0",
                "wrong_type",
            ),
            (
                r#"{"action":"resume","organization":"x","topics":[]}"#,
                "/organization",
                "invalid",
            ),
            (&resume(""), "/topics", "too_short"),
            (
                &resume(r#"{"topic":"t"}"#),
                "/topics/0/position",
                "required",
            ),
            (
                &resume(r#"{"topic":"t","position":418}"#),
                "/topics/0/position",
                "wrong_type",
            ),
            (&hasty, "/overlap", "out_of_range"),
            (r#"["ping"]"#, "", "wrong_type"),
            (&many, "/topics", "too_long"),
            (&long, "/id", "too_long"),
        ];
        for (text, field, code) in cases {
            assert_eq!(fault(text), (field.to_owned(), code), "{text}");
        }
        assert!(matches!(
            ClientFrame::read("ping"),
            Err((None, Error::BadRequest(_)))
        ));
        let (id, _) = ClientFrame::read(r#"{"action":"drop","id":"7"}"#).unwrap_err();
        assert_eq!(id.as_deref(), Some("7"));
    }
}
