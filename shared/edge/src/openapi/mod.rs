//! The OpenAPI document, made from the handlers.
//!
//! A handler carries `#[utoipa::path(...)]` with its method, its path (without `/api/v1`), `operation_id`, `tag`,
//! `request_body`, `params(...)`, the answer of success, and the errors that are its *own*; bodies are [`One`] or [`Many`]
//! of a view. A public operation adds `security(())`. The group's router takes method and path from there:
//!
//! ```
//! mod things {
//!     use edge::openapi::One;
//!
//!     /// Shows a thing.
//!     #[utoipa::path(get, path = "/things/{id}", tag = "things", operation_id = "getThing",
//!         params(("id" = String, Path, description = "The thing's id.")),
//!         responses((status = 200, description = "The thing.", body = One<String>)),
//!         extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
//!     pub async fn show() {}
//! }
//!
//! edge::operations! {
//!     ();
//!     tags((name = "things", description = "Things."));
//!     things::show,
//! }
//!
//! # fn main() {
//! let _: axum::Router = router();
//! let document = edge::openapi::document(vec![operations()]);
//! let answers = &document.paths.paths["/api/v1/things/{id}"].get.as_ref().unwrap().responses;
//! assert!(answers.responses.contains_key("403"));
//! # }
//! ```
//!
//! Added without being named, from the shape of the operation: see [`with_errors`].

mod document;
mod errors;
mod operations;
mod sample;
mod tidy;

pub use document::document;
pub use errors::with_errors;
pub use operations::methods;

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// The envelope of one thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct One<T> {
    /// The thing.
    pub data: T,
}

/// The envelope of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Many<T> {
    /// The rows. There may be fewer than `limit`, even none, although more follow.
    pub data: Vec<T>,
    /// Where the list goes on.
    pub meta: Meta,
}

/// What a page says of itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Meta {
    /// How many rows were asked for.
    #[schema(example = 20)]
    pub limit: usize,
    /// To be given as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// Whether more rows may follow.
    #[schema(example = true)]
    pub has_more: bool,
}

/// The header of an operation that depends on the version which the caller has seen.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub struct IfMatchRequired {
    /// The `ETag` of the thing as you have seen it. Refused with 412 if somebody has changed it since, and with 428
    /// without it.
    #[param(rename = "If-Match", example = "\"v7\"")]
    if_match: String,
}

/// The header of an operation that can be made to depend on the version which the caller has seen.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub struct IfMatch {
    /// The `ETag` of the thing as you have seen it. Refused with 412 if somebody has changed it since.
    #[param(rename = "If-Match", example = "\"v7\"")]
    if_match: Option<String>,
}
