//! What we send.

use domain::Error;
use domain::feed::event::Event;
use domain::live::Topic;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::event::{EventDto, EventSubject};
use crate::problem::PartProblem;
use crate::{Code, Problem};

/// A message to a client.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// What it listens to now.
    Ack(AckFrame),
    /// What has happened.
    Event(EventFrame),
    /// That something has happened.
    Changed(ChangedFrame),
    /// What it has missed.
    Resumed(ResumedFrame),
    /// A notification.
    Notification(NotificationFrame),
    /// To a ping.
    Pong(PongFrame),
    /// What went wrong.
    Error(ErrorFrame),
    /// The last one.
    Bye(ByeFrame),
}

impl ServerFrame {
    /// Its text.
    pub fn text(&self) -> String {
        // A frame is made of text, numbers and JSON: there is nothing in it that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The topics are listened to from now on, or not any more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct AckFrame {
    /// That of the message which it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The topics of that message which were taken.
    pub topics: Vec<AckTopic>,
    /// The topics of that message which were not. What the caller may not know of is `not_found`, as if it had never
    /// been.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedTopic>,
}

/// A topic that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AckTopic {
    /// The topic.
    #[schema(example = "project:5e5e5e5e-5e21-8121-a121-212121212121")]
    pub topic: String,
    /// Of one that is listened to: the organization in whose feed its events stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Uuid>,
    /// Of one that is listened to: the position of its last event, which the next one names as `prev`. What is fetched
    /// from now on holds at least all up to it. Positions are made for one person in one topic and say nothing to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "p8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyTw1eKBN")]
    pub position: Option<String>,
    /// In `ack`, of one that is listened to: from where to `resume` until its next event tells a position. Who had the topic
    /// before goes on from where they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "w1eKBNp8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyT")]
    pub resume_from: Option<String>,
}

/// A topic that was not taken.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RefusedTopic {
    /// The topic, as it was sent.
    pub topic: String,
    /// Why.
    #[serde(flatten)]
    pub problem: PartProblem,
}

/// Events of a topic, in order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventFrame {
    /// The topic.
    #[schema(example = "project:5e5e5e5e-5e21-8121-a121-212121212121")]
    pub topic: String,
    /// The organization in whose feed they stand.
    pub organization: Uuid,
    /// The position of the last event in it; absent of what follows nothing: on the reader's own topic, and of what comes
    /// late.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "p8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyTw1eKBN")]
    pub position: Option<String>,
    /// The position of the topic's event before the first in it. If it is not the last one that the client has, something
    /// was lost, or may have been: `resume` brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "oQiUyTw1eKBNp8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0")]
    pub prev: Option<String>,
    /// The events.
    pub events: Vec<EventDto>,
}

/// Something has happened that is too large for a message, or has gone where the reader does not see it any more:
/// fetch the thing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangedFrame {
    /// The topic.
    #[schema(example = "project:5e5e5e5e-5e21-8121-a121-212121212121")]
    pub topic: String,
    /// The organization in whose feed it stands.
    pub organization: Uuid,
    /// The position of the last event in it; absent of what follows nothing: on the reader's own topic, and of what comes
    /// late.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "p8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyTw1eKBN")]
    pub position: Option<String>,
    /// The position of the topic's event before the first in it. If it is not the last one that the client has, something
    /// was lost, or may have been: `resume` brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "oQiUyTw1eKBNp8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0")]
    pub prev: Option<String>,
    /// What has changed.
    #[serde(flatten)]
    pub changed: ChangedEvent,
}

/// An event of which only this is told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangedEvent {
    /// What has happened.
    #[schema(example = "task.moved")]
    pub event_type: &'static str,
    /// What it happened to, without a name.
    pub subject: EventSubject,
}

impl ChangedEvent {
    /// What is told of an event.
    pub fn of(event: &Event) -> Self {
        let subject = EventSubject {
            id: event.subject.clone(),
            name: None,
        };
        Self {
            event_type: event.kind.as_str(),
            subject,
        }
    }
}

/// What the client has missed of its topics: a part of it, oldest first. It asks again, from where this ends, while there
/// is more.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResumedFrame {
    /// That of the message which it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The organization.
    pub organization: Uuid,
    /// The topics that were asked for, each with how far the client has got now.
    pub topics: Vec<ResumedTopic>,
    /// More follow.
    pub more: bool,
    /// The events of the topics that the reader may see.
    pub events: Vec<EventDto>,
    /// Of those that are too large, or have gone where they do not see them any more, only that: fetch the things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ChangedEvent>,
}

/// How far a client has got in a topic.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResumedTopic {
    /// The topic.
    #[schema(example = "project:5e5e5e5e-5e21-8121-a121-212121212121")]
    pub topic: String,
    /// The position of its last event; absent while more follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "p8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyTw1eKBN")]
    pub position: Option<String>,
    /// From where to `resume`.
    #[schema(example = "w1eKBNp8bI2nq0W5u1Zc3mYk7RtV4xA9sLdE6fGhJ0oQiUyT")]
    pub resume_from: String,
}

/// A notification for the reader. Every connection of theirs gets it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NotificationFrame {
    /// The reader's own topic.
    #[schema(example = "user:0199a8b6-2f50-7a2e-9a51-6a3a3f1d2c4b")]
    pub topic: String,
    /// The organization that it is about.
    pub organization: Uuid,
    /// The notification, as `GET /notifications` shows it.
    #[schema(value_type = Object)]
    pub notification: Value,
}

/// The connection is open, and this is how far its topics have got: a client that has another `position` has lost
/// something.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PongFrame {
    /// That of the message which it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The topics that are listened to, and that the reader may hear still; without the reader's own.
    pub topics: Vec<AckTopic>,
}

/// Something went wrong: with a message, or with a topic that was listened to until now (`gone`: it is not there any
/// more, or not for the reader; `forbidden`: they see it and may not listen).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorFrame {
    /// That of the message which it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The topic that is not listened to any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What.
    #[serde(flatten)]
    pub problem: PartProblem,
}

impl ErrorFrame {
    /// To a message.
    pub fn to(id: Option<String>, error: Error) -> Self {
        Self {
            id,
            topic: None,
            problem: Problem::from(error).into(),
        }
    }

    /// A topic is not listened to any more.
    pub fn about(topic: Topic, error: Error) -> Self {
        let problem = match error {
            Error::NotFound => Problem::new(Code::Gone, "it is not there any more, or not for you"),
            error => Problem::from(error),
        };
        Self {
            id: None,
            topic: Some(topic.to_string()),
            problem: problem.into(),
        }
    }
}

impl RefusedTopic {
    /// A topic that was not taken, and why.
    pub fn new(topic: String, error: Error) -> Self {
        Self {
            topic,
            problem: Problem::from(error).into(),
        }
    }
}

/// The last message: the connection is closed now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ByeFrame {
    /// Why, as a word for programs.
    #[schema(example = "session_ended")]
    pub reason: String,
    /// The organization that the reader does not belong to any more, if that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Uuid>,
}

impl ByeFrame {
    /// For a reason, without an organization.
    pub fn because(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            organization: None,
        }
    }
}

impl AckTopic {
    /// A topic of which nothing more is told.
    pub fn bare(topic: Topic) -> Self {
        Self {
            topic: topic.to_string(),
            organization: None,
            position: None,
            resume_from: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_frame_says_what_it_is_and_leaves_out_what_is_not_there() {
        let frames = [
            (
                ServerFrame::Pong(PongFrame {
                    id: None,
                    topics: vec![],
                }),
                json!({ "type": "pong", "topics": [] }),
            ),
            (
                ServerFrame::Bye(ByeFrame::because("x")),
                json!({ "type": "bye", "reason": "x" }),
            ),
            (
                ServerFrame::Error(ErrorFrame::to(Some("1".to_owned()), Error::NotFound)),
                json!({ "type": "error", "id": "1", "code": "not_found", "detail": "there is no such thing" }),
            ),
        ];
        for (frame, expected) in frames {
            assert_eq!(
                serde_json::from_str::<Value>(&frame.text()).unwrap(),
                expected
            );
        }
    }
}
