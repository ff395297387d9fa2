//! Several versions of one file.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, File, Person};

use super::Stage;

impl Stage {
    async fn announce(&self, who: &Person, id: &str, file: &File) -> Answer {
        who.post(&format!("{}/versions", self.at(id)), file.announcement())
            .await
    }

    /// Adds a version; answers its number.
    async fn add(&self, who: &Person, id: &str, file: &File) -> u64 {
        let begun = self.announce(who, id, file).await.expect(201);
        assert_eq!(
            who.put_file(&begun.data()["upload"], &file.bytes)
                .await
                .status,
            200
        );
        let number = begun.data()["upload"]["number"].as_u64().unwrap();
        let body = json!({ "number": number });
        who.post(&format!("{}/complete", self.at(id)), body)
            .await
            .expect(200);
        number
    }
}

#[tokio::test]
async fn every_version_stays_to_be_had() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(&stage.task, &File::new("a.txt", "text/plain", "one"))
        .await;
    assert_eq!(
        stage
            .add(&stage.ann, &id, &File::new("b.md", "text/markdown", "two!"))
            .await,
        2
    );
    assert_eq!(
        stage
            .add(&stage.bob, &id, &File::new("c.txt", "text/plain", "three"))
            .await,
        3
    );
    let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
    let versions: Vec<_> = shown.data()["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["filename"])
        .collect();
    assert_eq!(versions, ["c.txt", "b.md", "a.txt"]);
    assert_eq!(stage.names(&stage.ann).await, ["c.txt"]);
    for (query, bytes) in [
        ("", "three"),
        ("?version=3", "three"),
        ("?version=2", "two!"),
        ("?version=1", "one"),
    ] {
        assert_eq!(stage.download(&stage.ann, &id, query).await.text(), bytes);
    }
    stage
        .ann
        .get(&format!("{}?version=4", stage.at(&id)))
        .await
        .refused(404, "not_found");
    stage
        .ann
        .get(&format!("{}?version=x", stage.at(&id)))
        .await
        .refused(400, "bad_filter");
    assert_eq!(stage.bytes().await, 12);
    stage.ann.delete(&stage.at(&id)).await.expect(204);
    assert_eq!(stage.bytes().await, 0);
}

#[tokio::test]
async fn a_version_that_comes_to_nothing_leaves_the_file_as_it_is() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    let wrong = File::new("a.png", "image/png", "no picture");
    let begun = stage.announce(&stage.ann, &id, &wrong).await.expect(201);
    assert_eq!(
        stage
            .ann
            .put_file(&begun.data()["upload"], &wrong.bytes)
            .await
            .status,
        200
    );
    // The version is hers; the one before is his.
    assert_eq!(
        stage.complete(&stage.bob, &id).await.expect(200).data()["number"],
        1
    );
    stage
        .complete(&stage.ann, &id)
        .await
        .refused(422, "validation_failed");
    let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
    assert_eq!(
        (shown.text_of("state").as_str(), &shown.data()["number"]),
        ("available", &json!(1))
    );
    // The number of what came to nothing is not given again.
    assert_eq!(
        stage.add(&stage.ann, &id, &File::text("a.txt", 11)).await,
        3
    );
    stage
        .world
        .clock
        .advance(jiff::SignedDuration::from_hours(3));
    stage.world.cloud.settle().await;
    assert_eq!(stage.download(&stage.ann, &id, "").await.bytes.len(), 11);
}

#[tokio::test]
async fn who_has_seen_an_older_state_is_told_so() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    let seen = stage.ann.get(&stage.place()).await.expect(200).rows()[0]["version"]
        .as_u64()
        .unwrap();
    stage.add(&stage.bob, &id, &File::text("a.txt", 11)).await;
    let with = |method: Method, path: String| {
        stage
            .ann
            .request(method, &path)
            .header("if-match", &format!("\"v{seen}\""))
    };
    let body = File::text("a.txt", 12).announcement();
    let late = with(Method::POST, format!("{}/versions", stage.at(&id)))
        .json(body)
        .send()
        .await;
    late.refused(412, "precondition_failed");
    with(Method::DELETE, stage.at(&id))
        .send()
        .await
        .refused(412, "precondition_failed");
    stage.ann.get(&stage.at(&id)).await.expect(200);
}

#[tokio::test]
async fn versions_announced_at_once_are_all_kept_in_their_order() {
    let stage = Stage::new().await;
    let id = stage.bob.attach(&stage.task, &File::text("a.txt", 1)).await;
    let files: Vec<File> = (2..=5)
        .map(|n| File::text(&format!("{n}.txt"), n))
        .collect();
    let added = files.iter().map(|file| stage.add(&stage.bob, &id, file));
    let mut numbers = futures_util::future::join_all(added).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4, 5]);
    let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
    let versions = shown.data()["versions"].as_array().unwrap();
    assert!(
        versions
            .iter()
            .map(|one| one["number"].as_u64().unwrap())
            .eq([5, 4, 3, 2, 1])
    );
    assert_eq!(stage.bytes().await, 15);
}

#[tokio::test]
async fn there_are_at_most_twenty_versions() {
    let stage = Stage::new().await;
    let id = stage.bob.attach(&stage.task, &File::text("a.txt", 1)).await;
    for n in 2..=20 {
        stage.add(&stage.bob, &id, &File::text("a.txt", n)).await;
    }
    stage
        .announce(&stage.bob, &id, &File::text("a.txt", 21))
        .await
        .refused(409, "limit_reached");
}
