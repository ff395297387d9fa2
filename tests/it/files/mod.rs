//! Files.

pub mod attachments;
