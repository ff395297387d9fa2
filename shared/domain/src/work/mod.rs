//! Projects, tasks, and what orders them.

pub mod board;
pub mod dashboard;
pub mod due;
pub mod label;
pub mod project;
pub mod rank;
pub mod task;
pub mod workflow;
