//! HTTP, the same for every function: what comes in becomes values of the domain, what goes out becomes JSON.
//!
//! Knows nothing of the table and decides nothing about who may do what.
//!
//! # Layout
//! * [`serve`] wraps the routes of a function: prefixes, limits, request id, headers, conditional requests, the log.
//! * [`Caller`], [`Body`], [`OptionalBody`], [`Items`], [`Params`], [`Segment`], [`Segments`] are what handlers take.
//! * [`reply`] and [`Problem`] are what they give back; [`Code`] is the only table of statuses.
//! * [`event`] is what clients see of an event, wherever they meet it.
//! * [`live`] is what goes over live connections.
//! * [`openapi`] documents it.

mod body;
mod caller;
mod code;
mod etag;
pub mod event;
mod json;
pub mod live;
pub mod log;
pub mod object;
pub mod openapi;
mod params;
pub mod patch;
mod path;
pub mod problem;
pub mod reply;
mod segment;
mod serve;

pub use body::{Body, Items, OptionalBody};
pub use caller::Caller;
pub use code::Code;
pub use json::part;
pub use params::{Params, limit};
#[doc(hidden)]
pub use pastey::paste;
pub use problem::Problem;
pub use segment::{Segment, Segments};
pub use serve::serve;

/// Runs a function's routes on Lambda: the whole of its `main`.
///
/// # Errors
/// When the runtime interface of Lambda cannot be reached any more.
pub async fn run(routes: axum::Router) -> Result<(), lambda_http::Error> {
    log::init();
    lambda_http::run(routes).await
}
