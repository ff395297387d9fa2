//! What happens.

pub mod event;
pub mod signal;
