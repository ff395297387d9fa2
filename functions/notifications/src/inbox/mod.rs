//! The inbox: `/notifications`.

mod dto;
mod list;
mod mark;

pub use list::{__path_list, __path_unread, list, unread};
pub use mark::{__path_change, __path_read, change, read};
