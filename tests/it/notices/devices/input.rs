//! What is registered, and what is refused.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

use super::browser::Browser;
use super::{ids, register};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_browser_again_is_the_same_device() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let browser = Browser::new("one");
    let device = register(&ann, &browser).await;
    assert_eq!(device.data()["service"], "push.example.com");
    assert_eq!(
        device.data()["session_id"],
        ann.get("/users/me").await.data()["session"]["id"]
    );
    assert_eq!(register(&ann, &browser).await.id(), device.id());
    let list = ann.get("/devices").await.expect(200);
    assert_eq!(list.rows().len(), 1);
    // No key and no secret is shown to anybody.
    for secret in ["p256dh", "auth", "wpush", "endpoint"] {
        assert!(!list.text.contains(secret), "{}", list.text);
    }
    ann.delete(&format!("/devices/{}", device.id()))
        .await
        .expect(204);
    ann.delete(&format!("/devices/{}", device.id()))
        .await
        .refused(404, "not_found");
    assert_eq!(ids(&ann).await.len(), 0);
    assert_eq!(register(&ann, &browser).await.id(), device.id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_repeated_is_done_once() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let send = |browser: Value| {
        ann.request(Method::POST, "/devices")
            .header("idempotency-key", "k1")
            .json(browser)
            .send()
    };
    let body = Browser::new("one").subscription();
    let first = send(body.clone()).await.expect(201);
    let again = send(body).await.expect(201);
    assert_eq!(
        (again.id(), again.header("idempotent-replayed")),
        (first.id(), "true")
    );
    send(Browser::new("two").subscription())
        .await
        .refused(422, "idempotency_key_reused");
    assert_eq!(ids(&ann).await, [first.id()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_removes_the_device_of_another() {
    let world = World::new().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let browser = Browser::new("one");
    let device = register(&ann, &browser).await.id();
    bob.delete(&format!("/devices/{device}"))
        .await
        .refused(404, "not_found");
    // The same browser is another device to another person.
    let other = register(&bob, &browser).await.id();
    assert_ne!(device, other);
    bob.delete(&format!("/devices/{device}"))
        .await
        .refused(404, "not_found");
    for id in [
        "x",
        "00000000-0000-0000-0000-000000000000",
        &device.to_uppercase(),
    ] {
        bob.delete(&format!("/devices/{id}"))
            .await
            .refused(404, "not_found");
    }
    assert_eq!(
        (ids(&ann).await, ids(&bob).await),
        (vec![device], vec![other])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_more_than_twenty_devices_and_ended_sessions_make_room() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let login = json!({ "email": ann.email, "password": tests::PASSWORD });
    let laptop = ann.with_tokens(&ann.post("/auth/login", login).await.expect(200));
    let browsers: Vec<Browser> = (0..30)
        .map(|number| Browser::new(&number.to_string()))
        .collect();
    for browser in &browsers[..5] {
        register(&laptop, browser).await;
    }
    // However many come at once.
    let answers = join_all(
        browsers[5..]
            .iter()
            .map(|browser| ann.post("/devices", browser.subscription())),
    )
    .await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status != 201);
    for answer in refused {
        // Whoever meets too many others is told to come again.
        assert!(
            ["limit_reached", "conflict", "unavailable"].contains(&answer.code()),
            "{}",
            answer.text
        );
    }
    assert!((1..=15).contains(&made), "{made}");
    for browser in &browsers[5..] {
        ann.post("/devices", browser.subscription()).await;
    }
    assert_eq!(ids(&ann).await.len(), 20);
    ann.post("/devices", Browser::new("more").subscription())
        .await
        .refused(409, "limit_reached");
    laptop.post("/auth/logout", json!({})).await.expect(204);
    register(&ann, &Browser::new("more")).await;
    assert_eq!(ids(&ann).await.len(), 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_not_at_a_public_name_is_refused() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    for endpoint in [
        "",
        "http://push.example.com/a",
        "ftp://push.example.com/a",
        "https://127.0.0.1/a",
        "https://10.1.2.3/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://localhost/",
        "https://a.localhost/",
        "https://intranet/",
        "https://host.internal/",
        "https://printer.local/",
        "https://user:word@push.example.com/",
        "https://push.example.com@10.0.0.1/",
        "https://push.example.com:443/",
        "https://push.example.com:6379/",
        "https://push.example.com/#a",
        "https://push.example.com\\@10.0.0.1/",
        "https://push.example.com/\r\nX-Injected: 1",
        "https://b\u{fc}cher.example.com/",
        "https://push.example.com./",
        &format!("https://push.example.com/{}", "a".repeat(5000)),
    ] {
        let mut body = Browser::new("one").subscription();
        body["endpoint"] = endpoint.into();
        let answer = ann
            .post("/devices", body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/endpoint"], "{endpoint:?}");
    }
    assert_eq!(ids(&ann).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_else_is_wrong_is_named() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let right = Browser::new("one").subscription();
    let with = |change: fn(&mut Value)| {
        let mut body = right.clone();
        change(&mut body);
        body
    };
    let off_the_curve = data_encoding::BASE64URL_NOPAD.encode(&[&[4][..], &[1; 64]].concat());
    let mut no_point = right.clone();
    no_point["keys"]["p256dh"] = off_the_curve.into();
    for (body, fields) in [
        (
            with(|body| body["platform"] = json!("pigeon")),
            vec!["/platform"],
        ),
        (
            with(|body| body["platform"] = json!("fcm")),
            vec!["/endpoint", "/keys", "/token"],
        ),
        (with(|body| body["token"] = json!("a")), vec!["/token"]),
        (with(|body| body["keys"] = Value::Null), vec!["/keys"]),
        (
            with(|body| body["keys"]["auth"] = json!("AAAA")),
            vec!["/keys/auth"],
        ),
        (
            with(|body| body["keys"]["p256dh"] = json!("")),
            vec!["/keys/p256dh"],
        ),
        (
            with(|body| body["keys"]["more"] = json!(1)),
            vec!["/keys/more"],
        ),
        (with(|body| body["keys"] = json!(["a", "b"])), vec!["/keys"]),
        (
            with(|body| body["expirationTime"] = json!("tomorrow")),
            vec!["/expirationTime"],
        ),
        (no_point, vec!["/keys/p256dh"]),
        (
            json!({ "platform": "apns", "token": "a b" }),
            vec!["/token"],
        ),
        (
            json!({ "platform": "fcm", "token": "a".repeat(5000) }),
            vec!["/token"],
        ),
    ] {
        let answer = ann
            .post("/devices", body.clone())
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    for path in ["/devices", "/devices/vapid-key"] {
        world
            .nobody()
            .get(path)
            .await
            .refused(401, "unauthenticated");
    }
    assert_eq!(ids(&ann).await.len(), 0);
}
