//! Signing in, and people.

pub mod auth;
pub mod user;
