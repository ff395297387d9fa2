//! What goes over a live connection: JSON texts, each with its `action` (from the client) or `type` (from us).

pub mod asyncapi;
mod client;
mod server;

pub use client::{ClientFrame, Ping, Resume, ResumePoint, Subscribe, Unsubscribe};
pub use server::{
    AckFrame, AckTopic, ByeFrame, ChangedEvent, ChangedFrame, ErrorFrame, EventFrame,
    NotificationFrame, PongFrame, RefusedTopic, ResumedFrame, ResumedTopic, ServerFrame,
};

use domain::feed::event::Event;

use crate::event::EventDto;

/// The subprotocol that both sides speak.
pub const PROTOCOL: &str = "elevanalog.v1";
/// What the client's other subprotocol begins with: behind it is its ticket.
pub const TICKET: &str = "ticket.";
/// The largest event, as JSON, that is sent as it is, in bytes; of a larger one it is only told that it is there.
pub const LARGEST_EVENT: usize = 24 * 1024;

/// What clients see of an event, and how many bytes of JSON that is; none if it is too large to be sent as it is.
pub fn fitting(event: Event) -> Option<(EventDto, usize)> {
    let view = EventDto::from(event);
    let size = serde_json::to_vec(&view).map_or(usize::MAX, |text| text.len());
    (size <= LARGEST_EVENT).then_some((view, size))
}
