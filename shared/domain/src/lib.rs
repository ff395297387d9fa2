//! What Elevanalog is about, and nothing else: ids, roles and rights, entities, state machines.
//!
//! Pure: no I/O, no clock, no randomness, no HTTP, no AWS. Time and random bytes come in as parameters.
//! The serde forms of the types here are the stored ones (short); what clients see is made in the functions.

pub mod access;
pub mod account;
pub mod attachment;
pub mod board;
pub mod call;
pub mod comment;
pub mod dashboard;
pub mod device;
pub mod due;
pub mod error;
pub mod event;
pub mod id;
pub mod invitation;
pub mod joining;
pub mod label;
pub mod live;
pub mod notification;
pub mod organization;
pub mod outbound;
pub mod preference;
pub mod project;
pub mod rank;
pub mod signal;
pub mod task;
pub mod team;
pub mod text;
pub mod view;
pub mod vouching;
pub mod watch;
pub mod workflow;

pub use error::{Error, Faults, FieldError};
