//! Live connections: who may open one, what it listens to, what it has missed, and what is sent to it.
//!
//! The gateway keeps the connections and knows nothing of them; what is known stands in the table. A connection's
//! person and session are those of its ticket. Rights are decided by the same code as for the API: when a topic is
//! subscribed to, and with every delivery.

pub mod connect;
mod feed;
pub mod job;
pub mod position;
pub mod resume;
pub mod shown;
pub mod subscribe;
pub mod ticket;

pub use feed::Reached;
pub use job::BroadcastJob;
