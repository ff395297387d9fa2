//! What happens when something between a function and AWS goes wrong: nothing false, nothing twice, nothing by halves.

mod broken;
mod cases;
mod mail;
mod stage;
mod trouble;
mod writes;

pub use mail::sqs;
