//! An organization's people.

mod change;
mod list;

pub use change::{change_member_role, remove_member};
pub use list::{MemberFilter, list_members};
