//! Uploads that are not what was announced, or not by whom, or not in time.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{File, Stored};

use super::{Stage, fetch};

/// The headers of an upload with one of them changed.
fn changed<'a>(upload: &'a Value, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let headers = upload["headers"].as_object().unwrap();
    assert!(
        headers.contains_key(name),
        "{name} is not among {headers:?}"
    );
    headers
        .iter()
        .map(|(own, as_is)| {
            (
                own.as_str(),
                if own == name {
                    value
                } else {
                    as_is.as_str().unwrap()
                },
            )
        })
        .collect()
}

#[tokio::test]
async fn an_address_takes_what_was_announced_and_nothing_else() {
    let stage = Stage::new().await;
    let file = File::new("a.png", "image/png", super::png(8, 8));
    let begun = stage.begin(&stage.bob, &file).await.expect(201);
    let upload = &begun.data()["upload"];
    let url = upload["url"].as_str().unwrap();
    let put = async |headers: &[(&str, &str)], url: &str, bytes: &[u8]| -> Stored {
        stage
            .bob
            .store(Method::PUT, url, headers, Some(bytes.to_vec()))
            .await
    };
    let as_told = changed(upload, "content-type", "image/png");
    let (mut longer, mut other) = (file.bytes.clone(), file.bytes.clone());
    longer.push(0);
    *other.last_mut().unwrap() ^= 1;
    for (what, answer) in [
        ("longer", put(&as_told, url, &longer).await),
        ("shorter", put(&as_told, url, &file.bytes[1..]).await),
        (
            "of another type",
            put(
                &changed(upload, "content-type", "text/html"),
                url,
                &file.bytes,
            )
            .await,
        ),
        ("of no type", put(&as_told[1..], url, &file.bytes).await),
        (
            "over what is there",
            put(&changed(upload, "if-none-match", "x"), url, &file.bytes).await,
        ),
        (
            "to another key",
            put(
                &as_told,
                &url.replacen("/uploads/", "/files/", 1),
                &file.bytes,
            )
            .await,
        ),
        (
            "for longer",
            put(
                &as_told,
                &url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
                &file.bytes,
            )
            .await,
        ),
    ] {
        assert_eq!(answer.status, 403, "{what}: {}", answer.text());
    }
    // Other bytes of the same length: their digest is another.
    assert_eq!(put(&as_told, url, &other).await.status, 400);
    stage
        .complete(&stage.bob, &begun.id())
        .await
        .refused(409, "not_uploaded");
    assert_eq!(put(&as_told, url, &file.bytes).await.status, 200);
    // Once.
    assert_eq!(put(&as_told, url, &file.bytes).await.status, 412);
    // And for nothing but uploading.
    assert_eq!(
        stage
            .bob
            .store(Method::GET, url, &as_told, None)
            .await
            .status,
        403
    );
    assert_eq!(
        stage
            .bob
            .store(Method::DELETE, url, &as_told, None)
            .await
            .status,
        403
    );
    stage.complete(&stage.bob, &begun.id()).await.expect(200);
}

#[tokio::test]
async fn addresses_end_to_be_good_in_time() {
    let stage = Stage::new().await;
    let file = File::text("a.txt", 10);
    let begun = stage.begin(&stage.bob, &file).await.expect(201);
    stage.world.clock.advance(SignedDuration::from_secs(299));
    let in_time = stage.begin(&stage.bob, &file).await.expect(201);
    stage.world.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(
        stage
            .bob
            .put_file(&begun.data()["upload"], &file.bytes)
            .await
            .status,
        403
    );
    assert_eq!(
        stage
            .bob
            .put_file(&in_time.data()["upload"], &file.bytes)
            .await
            .status,
        200
    );
    stage.complete(&stage.bob, &in_time.id()).await.expect(200);
    let shown = stage.ann.get(&stage.at(&in_time.id())).await.expect(200);
    let link = &shown.data()["download"];
    stage.world.clock.advance(SignedDuration::from_secs(59));
    assert_eq!(fetch(&stage.ann, link).await.status, 200);
    stage.world.clock.advance(SignedDuration::from_secs(2));
    let late = fetch(&stage.ann, link).await;
    assert!(
        late.status == 403 && late.text().contains("expired"),
        "{}",
        late.text()
    );
}

#[tokio::test]
async fn only_who_announced_an_upload_completes_it() {
    let stage = Stage::new().await;
    let file = File::text("a.txt", 10);
    let id = stage.bob.send_file(&stage.task, &file).await.id();
    let guest = stage.world.member(&stage.team, "gus", "viewer").await;
    stage
        .complete(&stage.ann, &id)
        .await
        .refused(404, "not_found");
    stage.complete(&guest, &id).await.refused(403, "forbidden");
    stage
        .complete(&stage.world.person("eve").await, &id)
        .await
        .refused(404, "not_found");
    stage.complete(&stage.bob, &id).await.expect(200);
    stage
        .complete(&stage.ann, &id)
        .await
        .refused(404, "not_found");
    assert_eq!(stage.names(&stage.ann).await, ["a.txt"]);
}

#[tokio::test]
async fn a_file_is_reached_only_through_its_own_task() {
    let stage = Stage::new().await;
    let other = stage.team.task(&stage.project, "Another").await;
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    let waiting = stage
        .bob
        .send_file(&stage.task, &File::text("b.txt", 10))
        .await
        .id();
    let elsewhere = |id: &str| format!("/tasks/{other}/attachments/{id}");
    stage
        .bob
        .get(&elsewhere(&id))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .delete(&elsewhere(&id))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .post(&format!("{}/complete", elsewhere(&waiting)), json!({}))
        .await
        .refused(404, "not_found");
    let version = File::text("a.txt", 11).announcement();
    stage
        .bob
        .post(&format!("{}/versions", elsewhere(&id)), version)
        .await
        .refused(404, "not_found");
    assert_eq!(stage.names(&stage.bob).await, ["a.txt"]);
}

#[tokio::test]
async fn an_upload_that_takes_too_long_counts_as_never_announced() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .send_file(&stage.task, &File::text("a.txt", 10))
        .await
        .id();
    stage.world.clock.advance(SignedDuration::from_hours(2));
    stage
        .complete(&stage.bob, &id)
        .await
        .refused(404, "not_found");
    stage
        .bob
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .delete(&stage.at(&id))
        .await
        .refused(404, "not_found");
    assert!(stage.names(&stage.bob).await.is_empty());
}

#[tokio::test]
async fn an_announcement_that_is_wrong_is_refused_field_by_field() {
    let stage = Stage::new().await;
    let good = File::text("a.txt", 10).announcement();
    for (field, value, code) in [
        ("filename", json!(""), "required"),
        ("filename", json!(".."), "required"),
        ("filename", json!("x".repeat(10_240)), "too_long"),
        ("size", json!(0), "out_of_range"),
        ("content_type", json!("text"), "invalid"),
        ("content_type", json!("text/\r\nx"), "invalid"),
        ("sha256", json!("abc"), "invalid"),
        ("sha256", json!(""), "invalid"),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let answer = stage
            .bob
            .post(&stage.place(), body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), [format!("/{field}")], "{value}");
        assert_eq!(answer.body["errors"][0]["code"], code, "{value}");
    }
    let mut large = good.clone();
    large["size"] = json!(100 * 1024 * 1024 + 1);
    let answer = stage
        .bob
        .post(&stage.place(), large)
        .await
        .refused(413, "file_too_large");
    assert_eq!(answer.body["limit"], 100 * 1024 * 1024);
    let viewer = stage.world.member(&stage.team, "vic", "viewer").await;
    viewer
        .post(&stage.place(), good)
        .await
        .refused(403, "forbidden");
    assert!(stage.names(&stage.bob).await.is_empty());
}
