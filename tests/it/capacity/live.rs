//! Live connections on the scale.

use reqwest::Method;
use serde_json::json;

use super::scale::{Scale, exactly};

/// Weighs what is asked for a live connection.
pub async fn weigh(scale: &mut Scale<'_>) {
    let lea = scale.world.person("lea-l").await;
    // What an instance reads once in its life belongs to no call.
    lea.get("/notifications/unread-count").await.expect(200);
    let ask = || {
        lea.request(Method::POST, "/realtime/tickets")
            .json(json!({}))
    };
    scale
        .weigh(
            "get a ticket for a live connection",
            exactly(2, 2.0, 1.0),
            201,
            ask(),
        )
        .await;
    let again = || ask().header("Idempotency-Key", "lea");
    scale
        .weigh("the same with a key", exactly(3, 3.0, 2.0), 201, again())
        .await;
}
