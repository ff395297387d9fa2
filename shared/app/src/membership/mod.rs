//! Organizations, teams, and the ways into them.

pub mod invitation;
pub mod joining;
pub mod member;
pub mod organization;
pub mod team;
pub mod vouching;
