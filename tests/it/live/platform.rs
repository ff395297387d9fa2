//! The platform's limits, as the local cloud keeps them.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Live, World};

use super::{items, none_left};

/// The id of the only connection that there is.
async fn only(world: &World) -> String {
    let scan = world
        .cloud
        .dynamodb()
        .scan()
        .table_name(world.cloud.table())
        .consistent_read(true);
    let items = scan.send().await.unwrap().items.unwrap();
    let mut ids = items
        .iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|key| key == "CONNECTION"));
    let id = ids.next().unwrap()["connection"].as_s().unwrap().clone();
    assert!(ids.next().is_none(), "there is one connection");
    id
}

fn address(world: &World, id: &str) -> String {
    format!(
        "{}/_live/live/@connections/{}",
        world.cloud.endpoints().small,
        id.replace('=', "%3D")
    )
}

async fn ping(live: &mut Live) -> Value {
    live.ask(json!({ "action": "ping" })).await
}

#[tokio::test]
async fn a_frame_above_32_kilobytes_closes_the_connection() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    live.try_send("x".repeat(33 * 1024)).await;
    assert_eq!(live.closed().await, 1009);
}

#[tokio::test]
async fn a_message_above_128_kilobytes_closes_the_connection_and_one_below_does_not() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    live.send_in_frames(&"x".repeat(127 * 1024), 32 * 1024)
        .await;
    assert_eq!(live.of_type("error").await["code"], "bad_request");
    live.send_in_frames(&"x".repeat(129 * 1024), 16 * 1024)
        .await;
    assert_eq!(live.closed().await, 1009);
}

#[tokio::test]
async fn ten_minutes_of_silence_close_the_connection_and_pings_keep_it() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_mins(8));
        assert_eq!(ping(&mut live).await["type"], "pong");
    }
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(live.closed().await, 1001);
}

#[tokio::test]
async fn two_hours_close_the_connection_however_busy_it_is() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    for _ in 0..14 {
        world.clock.advance(SignedDuration::from_mins(8));
        assert_eq!(ping(&mut live).await["type"], "pong");
    }
    world.clock.advance(SignedDuration::from_mins(8));
    assert_eq!(live.closed().await, 1001);
}

#[tokio::test]
async fn a_cloud_that_stops_closes_its_connections() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    let (closed, ()) = tokio::join!(live.closed(), world.cloud.stop());
    assert_eq!(closed, 1001);
}

#[tokio::test]
async fn what_is_known_of_a_connection_goes_with_it() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    live.subscribe(&[&format!("org:{}", ann.home)]).await;
    assert_eq!(
        (
            items(&world, "W#").await,
            items(&world, &only(&world).await).await
        ),
        (1, 2)
    );
    live.close().await;
    none_left(&world, "W#").await;
    world.cloud.settle().await;
    assert!(!super::everything(&world).await.contains("#LIVE"));
}

#[tokio::test]
async fn functions_reach_a_connection_by_its_id_and_nobody_else_does() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut live = world.live(&ann).await;
    let (http, id) = (reqwest::Client::new(), only(&world).await);
    let posted = http
        .post(address(&world, &id))
        .body("{\"type\":\"x\"}")
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 200);
    assert_eq!(live.next().await, json!({ "type": "x" }));
    let shown: Value = http
        .get(address(&world, &id))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(
        shown["connectedAt"].is_string() && shown["identity"]["sourceIp"] == "127.0.0.1",
        "{shown}"
    );
    let large = http
        .post(address(&world, &id))
        .body("x".repeat(128 * 1024 + 1))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            large.status().as_u16(),
            &large.headers()["x-amzn-errortype"]
        ),
        (413, &"PayloadTooLargeException".parse().unwrap())
    );
    let strange = http
        .post(address(&world, "AAAAAAAAAAAAAAA="))
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            strange.status().as_u16(),
            &strange.headers()["x-amzn-errortype"]
        ),
        (410, &"GoneException".parse().unwrap())
    );
    // On the public port there is no such thing, with a token or without.
    let path = format!("/_live/live/@connections/{id}");
    ann.raw(reqwest::Method::POST, &path)
        .body("x")
        .send()
        .await
        .refused(404, "not_found");
    assert_eq!(
        http.delete(address(&world, &id))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(live.closed().await, 1000);
    none_left(&world, "W#").await;
    assert_eq!(
        http.get(address(&world, &id))
            .send()
            .await
            .unwrap()
            .status(),
        410
    );
}

#[tokio::test]
async fn what_is_no_handshake_gets_no_connection() {
    let world = World::new().await;
    let http = reqwest::Client::new();
    let url = format!("{}/_live/live", world.cloud.url());
    let plain = http.get(&url).send().await.unwrap();
    assert!(plain.status().is_client_error(), "{}", plain.status());
}
