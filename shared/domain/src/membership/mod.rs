//! Organizations, teams, and the ways into them.

pub mod invitation;
pub mod joining;
pub mod organization;
pub mod retired;
pub mod team;
