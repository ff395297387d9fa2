//! Who is told what, and by which ways.

pub mod claims;
pub mod device;
pub mod notification;
pub mod preferences;
pub mod watch;
