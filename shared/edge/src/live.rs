//! What goes over a live connection: JSON texts, each with its `action` (from the client) or `type` (from us).

pub mod asyncapi;
mod client;
mod server;

pub use client::{ClientFrame, Ping, Resume, ResumePoint, Subscribe, Unsubscribe};
pub use server::{
    AckFrame, AckTopic, ByeFrame, ChangedEvent, ChangedFrame, ErrorFrame, EventFrame, NotificationFrame, PongFrame,
    RefusedTopic, ResumedFrame, ResumedTopic, ServerFrame,
};

/// The subprotocol that both sides speak.
pub const PROTOCOL: &str = "elevanalog.v1";
/// What the client's other subprotocol begins with: behind it is its ticket.
pub const TICKET: &str = "ticket.";
/// The largest event, as JSON, that is sent as it is, in bytes; of a larger one it is only told that it is there.
pub const LARGEST_EVENT: usize = 24 * 1024;
