//! Pictures of people.

use local::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, File, Person};

use super::{Stage, fetch, png};

const MINE: &str = "/users/me/avatar";

fn announcement(file: &File) -> Value {
    json!({ "size": file.bytes.len(), "content_type": file.kind, "sha256": file.sha256() })
}

/// Announces and uploads a picture; answers what completing it answers.
async fn set(who: &Person, file: &File) -> Answer {
    let begun = who.post(MINE, announcement(file)).await.expect(201);
    let sent = who.put_file(&begun.data()["upload"], &file.bytes).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    who.request(Method::POST, &format!("{MINE}/complete"))
        .send()
        .await
}

fn picture(side: u32) -> File {
    File::new("avatar", "image/png", png(side, side))
}

/// The smallest WebP (lossless) that says of itself to be so wide and high.
fn webp(width: u32, height: u32) -> File {
    let size = (width - 1) | ((height - 1) << 14);
    let mut bytes = b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f".to_vec();
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&[0; 5]);
    File::new("avatar", "image/webp", bytes)
}

/// The head of a JPEG that says of itself to be so wide and high.
fn jpeg(width: u16, height: u16) -> File {
    let mut bytes =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08".to_vec();
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9");
    File::new("avatar", "image/jpeg", bytes)
}

#[tokio::test]
async fn a_picture_is_shown_to_whoever_sees_the_person() {
    let stage = Stage::new().await;
    stage.bob.get(MINE).await.refused(404, "not_found");
    for file in [picture(64), webp(100, 100), jpeg(48, 48)] {
        let done = set(&stage.bob, &file).await.expect(200);
        assert_eq!(
            (done.text_of("user_id"), done.text_of("content_type")),
            (stage.bob.id.clone(), file.kind.clone())
        );
        let theirs = format!("/users/{}/avatar", stage.bob.id);
        for shown in [
            stage.bob.get(MINE).await,
            stage.bob.get(&theirs).await,
            stage.ann.get(&theirs).await,
        ] {
            let got = fetch(&stage.ann, shown.expect(200).data()).await;
            assert_eq!(
                (got.status, got.bytes.as_slice()),
                (200, file.bytes.as_slice())
            );
            assert_eq!(
                (
                    got.header("content-type"),
                    got.header("content-disposition")
                ),
                (file.kind.as_str(), "inline")
            );
        }
        stage
            .world
            .person(&format!("eve{}", file.bytes.len()))
            .await
            .get(&theirs)
            .await
            .refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one() {
    let stage = Stage::new().await;
    let old = set(&stage.bob, &picture(64)).await.expect(200);
    let new = set(&stage.bob, &picture(65)).await.expect(200);
    assert_eq!(fetch(&stage.bob, old.data()).await.status, 404);
    assert_eq!(fetch(&stage.bob, new.data()).await.status, 200);
    // Completing again changes nothing.
    stage
        .bob
        .request(Method::POST, &format!("{MINE}/complete"))
        .send()
        .await
        .expect(200);
    assert_eq!(fetch(&stage.bob, new.data()).await.status, 200);
    stage.bob.delete(MINE).await.expect(204);
    stage.bob.delete(MINE).await.expect(204);
    assert_eq!(fetch(&stage.bob, new.data()).await.status, 404);
    stage.bob.get(MINE).await.refused(404, "not_found");
    stage
        .bob
        .request(Method::POST, &format!("{MINE}/complete"))
        .send()
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn what_is_not_fit_to_be_shown_is_refused_and_the_present_picture_stays() {
    let stage = Stage::new().await;
    let now = set(&stage.bob, &picture(64)).await.expect(200);
    for (field, file) in [
        ("/picture", File::new("avatar", "image/png", png(64, 65))),
        // Opened by a careless program it would take ten gigabytes.
        ("/picture", picture(50_000)),
        ("/picture", picture(4097)),
        ("/picture", File::new("avatar", "image/png", png(0, 0))),
        (
            "/picture",
            File::new("avatar", "image/png", b"\x89PNG\r\n\x1a\n".as_slice()),
        ),
        (
            "/content_type",
            File::new("avatar", "image/jpeg", png(64, 64)),
        ),
        (
            "/content_type",
            File::new("avatar", "image/png", "<svg onload=\"alert(1)\"/>"),
        ),
    ] {
        let answer = set(&stage.bob, &file)
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), [field]);
        assert_eq!(fetch(&stage.bob, now.data()).await.status, 200);
    }
    for kind in ["image/svg+xml", "image/gif", "text/html", "x"] {
        let body = announcement(&File::new("avatar", kind, "x"));
        let answer = stage
            .bob
            .post(MINE, body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/content_type"]);
    }
    let mut body = announcement(&picture(64));
    body["size"] = json!(2 * 1024 * 1024 + 1);
    stage
        .bob
        .post(MINE, body)
        .await
        .refused(413, "file_too_large");
}

#[tokio::test]
async fn a_picture_is_gone_when_it_is_said_to_be() {
    let stage = Stage::new().await;
    let now = set(&stage.bob, &picture(64)).await.expect(200);
    let fault = Fault::error("DELETE", "SlowDown", 503)
        .in_function("attachments")
        .times(usize::MAX);
    let hits = stage.world.cloud.faults().add(fault);
    stage.bob.delete(MINE).await.refused(503, "unavailable");
    assert!(hits.count() > 0);
    stage.bob.get(MINE).await.refused(404, "not_found");
    stage.world.cloud.faults().clear();
    stage.bob.delete(MINE).await.expect(204);
    assert_eq!(fetch(&stage.bob, now.data()).await.status, 404);
}
