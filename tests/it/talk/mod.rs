//! What people say.

pub mod comments;
