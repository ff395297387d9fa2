//! An organization's people.

mod change;
mod list;

pub use change::{change_role, remove};
pub use list::{MemberFilter, list};
