//! Files.

pub mod attachment;
