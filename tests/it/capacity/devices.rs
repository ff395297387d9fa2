//! Devices on the scale.

use reqwest::Method;
use serde_json::json;

use super::scale::{Scale, exactly};
use crate::attacks::subscription;

/// Weighs what is done with devices.
pub async fn weigh(scale: &mut Scale<'_>) {
    let mia = scale.world.person("mia-d").await;
    // What an instance reads once in its life belongs to no call.
    mia.get("/devices").await.expect(200);
    let post = |body| mia.request(Method::POST, "/devices").json(body);
    let key = mia.request(Method::GET, "/devices/vapid-key");
    scale
        .weigh("show the key for browsers", exactly(1, 2.0, 0.0), 200, key)
        .await;
    let first = || post(subscription("mia-d"));
    let device = scale
        .weigh("register a browser", exactly(2, 3.0, 1.0), 201, first())
        .await
        .id();
    scale.wait_a_minute();
    scale
        .weigh(
            "register the same browser again",
            exactly(2, 3.0, 1.0),
            201,
            first(),
        )
        .await;
    // Before a phone's token is sent to SNS it is known who calls.
    let phone = post(json!({ "platform": "fcm", "token": "mia-d" }));
    scale
        .weigh("register a phone", exactly(3, 5.0, 1.0), 201, phone)
        .await;
    scale
        .weigh(
            "list devices",
            exactly(2, 4.0, 0.0),
            200,
            mia.request(Method::GET, "/devices"),
        )
        .await;
    let remove = mia.request(Method::DELETE, &format!("/devices/{device}"));
    scale
        .weigh("remove a device", exactly(2, 3.0, 1.0), 204, remove)
        .await;
}
