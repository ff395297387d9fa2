//! A file's life, as it should be.

use reqwest::Method;
use serde_json::json;
use tests::File;

use super::Stage;

#[tokio::test]
async fn a_file_is_announced_uploaded_completed_listed_downloaded_and_deleted() {
    let stage = Stage::new().await;
    let file = File::new(
        "Offer 2026.pdf",
        "application/pdf",
        b"%PDF-1.7\n\x80\x81 an offer".as_slice(),
    );
    let begun = stage.begin(&stage.bob, &file).await.expect(201);
    let (id, upload) = (begun.id(), begun.data()["upload"].clone());
    assert_eq!(
        (begun.text_of("state").as_str(), upload["number"].as_u64()),
        ("pending", Some(1))
    );
    assert!(stage.names(&stage.ann).await.is_empty());
    stage
        .ann
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
    let own = stage.bob.get(&stage.at(&id)).await.expect(200);
    assert!(
        own.data()["download"].is_null() && own.data()["versions"] == json!([]),
        "{}",
        own.text
    );

    assert_eq!(stage.bob.put_file(&upload, &file.bytes).await.status, 200);
    let done = stage.complete(&stage.bob, &id).await.expect(200);
    assert_eq!(
        (done.text_of("state").as_str(), done.header("etag")),
        ("available", "\"v2\"")
    );
    assert_eq!(done.text_of("sha256"), file.sha256());

    assert_eq!(stage.names(&stage.ann).await, ["Offer 2026.pdf"]);
    let got = stage.download(&stage.ann, &id, "").await;
    assert_eq!((got.status, got.bytes), (200, file.bytes.clone()));
    assert_eq!(stage.bytes().await, file.bytes.len() as u64);

    stage.bob.delete(&stage.at(&id)).await.expect(204);
    stage
        .ann
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
    assert!(stage.names(&stage.ann).await.is_empty());
    assert_eq!(stage.bytes().await, 0);
}

#[tokio::test]
async fn completing_twice_and_deleting_twice_answers_the_same_and_counts_once() {
    let stage = Stage::new().await;
    let file = File::text("a.txt", 100);
    let id = stage.bob.send_file(&stage.task, &file).await.id();
    let first = stage.complete(&stage.bob, &id).await.expect(200);
    let second = stage.complete(&stage.bob, &id).await.expect(200);
    assert_eq!(
        (&first.body, first.header("etag")),
        (&second.body, second.header("etag"))
    );
    assert_eq!(stage.bytes().await, 100);
    let delete = || async {
        let request = stage.bob.request(Method::DELETE, &stage.at(&id));
        request.header("idempotency-key", "once").send().await
    };
    delete().await.expect(204);
    let again = delete().await.expect(204);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(stage.bytes().await, 0);
    stage
        .complete(&stage.bob, &id)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_announcement_repeated_under_its_key_is_the_same_upload() {
    let stage = Stage::new().await;
    let file = File::text("a.txt", 100);
    let begin = |file: &File| {
        let request = stage
            .bob
            .request(Method::POST, &stage.place())
            .header("idempotency-key", "one");
        request.json(file.announcement()).send()
    };
    let first = begin(&file).await.expect(201);
    let second = begin(&file).await.expect(201);
    assert_eq!(
        (first.id(), second.header("idempotent-replayed")),
        (second.id(), "true")
    );
    begin(&File::text("b.txt", 100))
        .await
        .refused(422, "idempotency_key_reused");
    // Both addresses lead to one object, which is there once.
    assert_eq!(
        stage
            .bob
            .put_file(&second.data()["upload"], &file.bytes)
            .await
            .status,
        200
    );
    assert_eq!(
        stage
            .bob
            .put_file(&first.data()["upload"], &file.bytes)
            .await
            .status,
        412
    );
    stage.complete(&stage.bob, &first.id()).await.expect(200);
    let third = begin(&file).await.expect(201);
    assert!(
        third.data()["upload"].is_null() && third.text_of("state") == "available",
        "{}",
        third.text
    );
    stage.bob.delete(&stage.at(&first.id())).await.expect(204);
    begin(&file)
        .await
        .refused(409, "idempotency_target_deleted");
}

#[tokio::test]
async fn browsers_are_let_through_to_the_object_store() {
    let stage = Stage::new().await;
    let begun = stage
        .begin(&stage.bob, &File::text("a.txt", 10))
        .await
        .expect(201);
    let url = begun.data()["upload"]["url"].as_str().unwrap();
    let asks = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "PUT"),
    ];
    let answer = stage.bob.store(Method::OPTIONS, url, &asks, None).await;
    assert!(answer.status < 300, "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("PUT")
    );
    assert_eq!(answer.header("access-control-allow-headers"), "*");
    let got = stage.bob.store(Method::GET, url, &asks[..1], None).await;
    assert_eq!(got.header("access-control-expose-headers"), "ETag");
}

#[tokio::test]
async fn what_follows_from_a_file_is_told_by_its_item() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    stage.ann.delete(&stage.at(&id)).await.expect(204);
    stage.world.cloud.settle().await;
    let path = format!("/tasks/{}/activity", stage.task);
    let told = stage.ann.get(&path).await.expect(200);
    let kinds: Vec<&str> = told
        .rows()
        .iter()
        .map(|row| row["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "attachment.available")
            .count(),
        1,
        "{kinds:?}"
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "attachment.deleted")
            .count(),
        1,
        "{kinds:?}"
    );
}

#[tokio::test]
async fn who_was_given_a_link_stands_in_the_audit_trail() {
    let stage = Stage::new().await;
    let id = stage
        .ann
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    stage.bob.get(&stage.at(&id)).await.expect(200);
    stage.world.cloud.settle().await;
    let path = format!(
        "/audit-logs?org={}&action=attachment.downloaded",
        stage.team.id
    );
    let told = stage.ann.get(&path).await.expect(200);
    let events: Vec<_> = told.rows().iter().map(|row| &row["event"]).collect();
    assert_eq!(events.len(), 1, "{}", told.text);
    assert_eq!(
        (&events[0]["actor_id"], &events[0]["subject"]["id"]),
        (&json!(stage.bob.id), &json!(id))
    );
    assert_eq!(events[0]["subject"]["name"], "a.txt");
}
