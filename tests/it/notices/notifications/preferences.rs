//! What people want to be told, by which ways.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, ways};

const PATH: &str = "/notification-preferences";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preferences_are_a_document_with_versions() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    let first = bob.get(PATH).await.expect(200);
    assert_eq!(first.header("etag"), "\"v1\"");
    assert_eq!(first.data()["quiet_hours"], Value::Null);
    for (kind, on) in [
        ("mentioned", "imp"),
        ("assigned", "imp"),
        ("replied", "ip"),
        ("commented", "ip"),
        ("added", "i"),
    ] {
        assert_eq!(first.data()["events"][kind], ways(on), "{kind}");
    }
    let body = json!({ "events": { "commented": ways("i") }, "quiet_hours": { "from": "22:00", "to": "07:00" } });
    let put = |seen: &str, body: &Value| {
        bob.request(Method::PUT, PATH)
            .header("if-match", seen)
            .json(body.clone())
    };
    bob.put(PATH, body.clone())
        .await
        .refused(428, "precondition_required");
    put("*", &body)
        .send()
        .await
        .refused(428, "precondition_required");
    assert_eq!(
        put("\"v2\"", &body)
            .send()
            .await
            .refused(412, "precondition_failed")
            .body["current_version"],
        1
    );
    let second = put("\"v1\"", &body).send().await.expect(200);
    assert_eq!(second.header("etag"), "\"v2\"");
    assert_eq!(
        (
            &second.data()["events"]["commented"],
            &second.data()["quiet_hours"]
        ),
        (&ways("i"), &body["quiet_hours"])
    );
    assert_eq!(
        second.data()["events"]["mentioned"],
        ways("imp"),
        "what is not named is as usual"
    );
    assert_eq!(bob.get(PATH).await.expect(200).data(), second.data());
    // What is read can be written back.
    let third = put("\"v2\"", &first.data().clone())
        .send()
        .await
        .expect(200);
    assert_eq!(
        (third.data(), third.header("etag")),
        (first.data(), "\"v3\"")
    );
    put("\"v2\"", &body)
        .send()
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        stage.cay.get(PATH).await.expect(200).header("etag"),
        "\"v1\"",
        "everybody has his own"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_replace_at_once_one_is_told() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    for version in 1..4 {
        let seen = format!("\"v{version}\"");
        let put = |on: &'static str| {
            let request = bob.request(Method::PUT, PATH).header("if-match", &seen);
            request
                .json(json!({ "events": { "added": ways(on) } }))
                .send()
        };
        let (one, other) = tokio::join!(put("m"), put("p"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", one.text, other.text);
    }
    // The same request again, under its key, is done once.
    let keyed = |seen: &'static str| {
        let request = bob
            .request(Method::PUT, PATH)
            .header("if-match", seen)
            .header("idempotency-key", "k");
        request.json(json!({ "events": {} })).send()
    };
    let first = keyed("\"v4\"").await.expect(200);
    let again = keyed("\"v4\"").await.expect(200);
    assert_eq!(
        (first.header("etag"), again.header("etag")),
        ("\"v5\"", "\"v5\"")
    );
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_can_be_closed_for_each_type() {
    let stage = Stage::new().await;
    let (bob, cay) = (&stage.bob, &stage.cay);
    for (on, inbox, letters) in [
        ("imp", 1, 1),
        ("i", 1, 0),
        ("m", 0, 1),
        ("p", 0, 0),
        ("", 0, 0),
    ] {
        stage
            .prefer(bob, json!({ "events": { "assigned": ways(on) } }))
            .await
            .expect(200);
        let before = (stage.told(bob).await.len(), stage.letters(bob).await.len());
        stage.assigned(bob, "Another").await;
        let after = (stage.told(bob).await.len(), stage.letters(bob).await.len());
        assert_eq!(
            (after.0 - before.0, after.1 - before.1),
            (inbox, letters),
            "{on}"
        );
    }
    // Of other types, and of other people, nothing was said.
    stage.comment(&stage.ann, "@bob and @cay").await;
    assert_eq!(
        (
            stage.told(bob).await[0].as_str(),
            stage.told(cay).await[0].as_str()
        ),
        ("mentioned", "mentioned")
    );
    stage.unread(bob, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_no_inbox_cannot_be_changed_there() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    stage
        .prefer(bob, json!({ "events": { "assigned": ways("m") } }))
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    stage.world.cloud.record_calls();
    stage.assigned(bob, "Another").await;
    assert_eq!(stage.letters(bob).await.len(), 1);
    let calls = stage.world.cloud.take_calls();
    let jobs = calls
        .iter()
        .filter(|call| call.function == "feed" && call.operation == "SendMessageBatch");
    let text = jobs.map(|call| call.request.to_string()).find(|text| {
        text.contains("not_before") || text.contains("\\\"kind\\\":\\\"notification\\\"")
    });
    let text = text.unwrap().replace("\\\"", "\"");
    let id = text
        .split("\"id\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    bob.patch(&format!("/notifications/{id}"), json!({ "read": true }))
        .await
        .refused(404, "not_found");
    stage.unread(bob, 0).await;
}
