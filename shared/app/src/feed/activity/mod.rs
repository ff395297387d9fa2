//! What has happened: for those who may see it, and, whole and with its proof, for those who audit.

pub mod audit;
mod kinds;
mod list;
mod walk;

pub use kinds::Kinds;
pub use list::{ActivityFilter, ActivityRow, list_activity, list_task_activity};
