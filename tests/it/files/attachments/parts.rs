//! Files that come in parts.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, File};

use super::Stage;

const MIB: usize = 1024 * 1024;

async fn stage() -> Stage {
    Stage::with(|options| {
        options
            .variables
            .insert("MULTIPART_BYTES".to_owned(), (5 * MIB).to_string());
    })
    .await
}

/// A text that differs from part to part.
fn large() -> File {
    let bytes: Vec<u8> = (0..6 * MIB + 7)
        .map(|n| b'a' + (n / 1000 % 26) as u8)
        .collect();
    File::new("large.txt", "text/plain", bytes)
}

impl Stage {
    /// Uploads the parts; answers them as the completion names them.
    async fn put_parts(&self, begun: &Answer, bytes: &[u8]) -> Vec<Value> {
        let mut left = bytes;
        let mut tags = vec![];
        for part in begun.data()["upload"]["parts"].as_array().unwrap() {
            let (now, later) = left.split_at(part["size"].as_u64().unwrap() as usize);
            let url = part["url"].as_str().unwrap();
            let longer = [now, b"x"].concat();
            assert_eq!(
                self.bob
                    .store(Method::PUT, url, &[], Some(longer))
                    .await
                    .status,
                403
            );
            let sent = self
                .bob
                .store(Method::PUT, url, &[], Some(now.to_vec()))
                .await;
            assert_eq!(sent.status, 200, "{}", sent.text());
            tags.push(json!({ "number": part["number"], "etag": sent.header("etag") }));
            left = later;
        }
        assert!(left.is_empty());
        tags
    }

    async fn join(&self, id: &str, parts: &[Value]) -> Answer {
        self.bob
            .post(
                &format!("{}/complete", self.at(id)),
                json!({ "parts": parts }),
            )
            .await
    }
}

#[tokio::test]
async fn a_large_file_comes_in_parts_and_is_checked_as_a_whole() {
    let (stage, file) = (stage().await, large());
    let begun = stage.begin(&stage.bob, &file).await.expect(201);
    let upload = &begun.data()["upload"];
    assert!(upload["url"].is_null());
    let sizes: Vec<u64> = upload["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["size"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [5 * MIB as u64, MIB as u64 + 7]);
    let tags = stage.put_parts(&begun, &file.bytes).await;
    let wrong = stage
        .join(&begun.id(), &tags[..1])
        .await
        .refused(422, "validation_failed");
    assert_eq!(wrong.fields(), ["/parts"]);
    let turned = [tags[1].clone(), tags[0].clone()];
    let wrong = stage
        .join(&begun.id(), &turned)
        .await
        .refused(422, "validation_failed");
    assert_eq!(wrong.fields(), ["/parts/0/number"]);
    let hostile = [json!({ "number": 1, "etag": "<a>" }), tags[1].clone()];
    let wrong = stage
        .join(&begun.id(), &hostile)
        .await
        .refused(422, "validation_failed");
    assert_eq!(wrong.fields(), ["/parts/0/etag"]);
    let done = stage.join(&begun.id(), &tags).await.expect(200);
    assert_eq!(
        stage.join(&begun.id(), &tags).await.expect(200).body,
        done.body
    );
    let got = stage.download(&stage.ann, &begun.id(), "").await;
    assert!(got.bytes == file.bytes);
    // Up to the limit a file comes in one piece.
    let small = stage
        .begin(&stage.bob, &File::text("small.txt", 5 * MIB))
        .await
        .expect(201);
    assert!(
        small.data()["upload"]["url"].is_string() && small.data()["upload"].get("parts").is_none()
    );
}

#[tokio::test]
async fn parts_that_make_another_whole_are_refused() {
    let (stage, file) = (stage().await, large());
    let begun = stage.begin(&stage.bob, &file).await.expect(201);
    let mut other = file.bytes.clone();
    other[5 * MIB + 3] ^= 1;
    let tags = stage.put_parts(&begun, &other).await;
    let answer = stage
        .join(&begun.id(), &tags)
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.fields(), ["/sha256"]);
    assert_eq!(
        stage
            .join(&begun.id(), &tags)
            .await
            .refused(422, "validation_failed")
            .fields(),
        ["/sha256"]
    );
    assert!(stage.names(&stage.bob).await.is_empty());
}
