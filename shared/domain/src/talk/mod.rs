//! What people say.

pub mod comment;
