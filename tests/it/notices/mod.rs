//! Who is told what, and by which ways.

pub mod devices;
pub mod notifications;
