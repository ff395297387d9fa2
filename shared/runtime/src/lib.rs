//! What every function has around it: its environment, the time, randomness, and the meter of the running request.

pub mod after;
pub mod env;
pub mod meter;
pub mod outbound;
pub mod resolver;
