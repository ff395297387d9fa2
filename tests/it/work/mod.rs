//! Projects, tasks, and what orders them.

pub mod boards;
pub mod bulk;
pub mod dashboard;
pub mod labels;
pub mod projects;
pub mod workflows;
