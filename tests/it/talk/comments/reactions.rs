//! Reactions to comments.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person};

use super::Stage;

impl Stage {
    async fn react(&self, who: &Person, method: Method, comment: &str, emoji: &str) -> Answer {
        who.request(method, &format!("{}/reactions/{emoji}", self.at(comment)))
            .send()
            .await
    }

    async fn reactions(&self, comment: &str) -> Value {
        self.ann.get(&self.at(comment)).await.expect(200).data()["reactions"].clone()
    }
}

#[tokio::test]
async fn people_react_once_each_and_take_it_back() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.ann, "Done").await.id();
    for who in [&stage.ann, &stage.bob, &stage.ann] {
        stage.react(who, Method::PUT, &id, "👍").await.expect(204);
    }
    stage
        .react(&stage.bob, Method::PUT, &id, "🎉")
        .await
        .expect(204);
    let both = json!({ "emoji": "👍", "count": 2, "user_ids": [stage.ann.id, stage.bob.id] });
    let party = json!({ "emoji": "🎉", "count": 1, "user_ids": [stage.bob.id] });
    assert_eq!(stage.reactions(&id).await, json!([both, party]));
    for _ in 0..2 {
        stage
            .react(&stage.bob, Method::DELETE, &id, "👍")
            .await
            .expect(204);
    }
    stage
        .react(&stage.bob, Method::DELETE, &id, "🎉")
        .await
        .expect(204);
    stage
        .react(&stage.ann, Method::DELETE, &id, "🎉")
        .await
        .expect(204);
    assert_eq!(
        stage.reactions(&id).await,
        json!([{ "emoji": "👍", "count": 1, "user_ids": [stage.ann.id] }])
    );
    // Reactions are no edits.
    let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
    assert_eq!(
        (&shown.data()["edits"], &shown.data()["edited_at"]),
        (&json!(0), &Value::Null)
    );
    stage.world.cloud.settle().await;
    assert_eq!(&stage.ann.get(&stage.place()).await.rows()[0], shown.data());
}

#[tokio::test]
async fn every_spelling_of_an_emoji_is_one_reaction() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.ann, "Done").await.id();
    for emoji in ["❤", "❤\u{fe0f}", "%E2%9D%A4", "%e2%9d%a4%ef%b8%8f"] {
        stage
            .react(&stage.ann, Method::PUT, &id, emoji)
            .await
            .expect(204);
    }
    let reactions = stage.reactions(&id).await;
    assert_eq!(
        reactions,
        json!([{ "emoji": "❤\u{fe0f}", "count": 1, "user_ids": [stage.ann.id] }])
    );
    for emoji in [
        "👍🏽",
        "🏳\u{fe0f}\u{200d}🌈",
        "🇦🇹",
        "*\u{fe0f}\u{20e3}",
        "1\u{fe0f}\u{20e3}",
    ] {
        stage
            .react(&stage.ann, Method::PUT, &id, emoji)
            .await
            .expect(204);
    }
    assert_eq!(stage.reactions(&id).await.as_array().unwrap().len(), 6);
    // A gateway that decodes the path would cut it there: this one leads nowhere.
    stage
        .react(&stage.ann, Method::PUT, &id, "%23%EF%B8%8F%E2%83%A3")
        .await
        .expect(404);
}

#[tokio::test]
async fn what_is_no_emoji_is_no_reaction() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.ann, "Done").await.id();
    for emoji in [
        "x",
        "thumbsup",
        "👍👍",
        "👍x",
        "é",
        "%F0%9F%91",
        "%00",
        "1",
        "%E2%80%8D",
        "👍%2F👍",
        "👍%20",
    ] {
        for method in [Method::PUT, Method::DELETE] {
            let answer = stage.react(&stage.ann, method, &id, emoji).await;
            assert!(
                [400, 404].contains(&answer.status),
                "{}: {}",
                answer.request,
                answer.text
            );
        }
    }
    assert_eq!(stage.reactions(&id).await, json!([]));
}

#[tokio::test]
async fn a_comment_has_twenty_different_emoji_at_most() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.ann, "Done").await.id();
    let emoji: Vec<char> = ('🐀'..'🐕').collect();
    for one in &emoji[..20] {
        stage
            .react(&stage.ann, Method::PUT, &id, &one.to_string())
            .await
            .expect(204);
    }
    stage
        .react(&stage.ann, Method::PUT, &id, &emoji[20].to_string())
        .await
        .refused(409, "limit_reached");
    // Of those that are there, there may be more.
    stage
        .react(&stage.bob, Method::PUT, &id, &emoji[3].to_string())
        .await
        .expect(204);
    stage
        .react(&stage.ann, Method::DELETE, &id, &emoji[0].to_string())
        .await
        .expect(204);
    stage
        .react(&stage.ann, Method::PUT, &id, &emoji[20].to_string())
        .await
        .expect(204);
    assert_eq!(stage.reactions(&id).await.as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn who_only_reads_does_not_react() {
    let stage = Stage::new().await;
    let viewer = stage.world.member(&stage.team, "vic", "viewer").await;
    let id = stage.comment(&stage.ann, "Done").await.id();
    for method in [Method::PUT, Method::DELETE] {
        stage
            .react(&viewer, method, &id, "👍")
            .await
            .refused(403, "forbidden");
    }
    viewer.get(&stage.at(&id)).await.expect(200);
}
