//! Organizations, teams, and the ways into them.

pub mod explain;
pub mod joining;
pub mod organizations;
pub mod teams;
