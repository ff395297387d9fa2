//! Projects, tasks, and what orders them.

pub mod board;
pub mod dashboard;
pub mod label;
pub mod project;
pub mod task;
