//! Who is told what, and by which ways.

pub mod device;
pub mod mail;
pub mod notification;
pub mod notify;
pub mod watch;
