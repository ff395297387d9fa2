use edge::openapi::One;
use edge::reply::Data;
use serde::Serialize;
use utoipa::ToSchema;

/// How the service is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`: requests are answered.
    #[schema(example = "ok")]
    status: &'static str,
    /// The release that answers.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Tells whether the service answers.
///
/// It asks nothing else: the table and the queues have alarms of their own, and a check that anybody can call must not
/// cost more than the answer. `HEAD` works too.
#[utoipa::path(get, path = "/health", tag = "system", operation_id = "getHealth", security(()),
    responses((status = 200, description = "It does.", body = One<Health>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn health() -> Data<Health> {
    Data::plain(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}
