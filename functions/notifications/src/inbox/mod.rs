//! The inbox: `/notifications`.

mod list;
mod mark;
mod view;

pub use list::{__path_list, __path_unread, list, unread};
pub use mark::{__path_change, __path_read, change, read};
