//! Boards under pressure: many who move at once, and requests that make no sense.

mod drags;
mod input;
