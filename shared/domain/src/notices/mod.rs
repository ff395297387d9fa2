//! Who is told what, and by which ways.

pub mod device;
pub mod notification;
pub mod watch;
