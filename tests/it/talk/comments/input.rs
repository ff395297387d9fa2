//! Requests about comments that make no sense: each with its code, and nothing changes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Person;

use super::Stage;
use crate::table::{Snapshot, snapshot};

async fn now(stage: &Stage) -> Snapshot {
    stage.world.cloud.settle().await;
    snapshot(&stage.world.cloud).await
}

#[tokio::test]
async fn a_text_has_one_to_ten_thousand_characters() {
    let stage = Stage::new().await;
    let place = stage.at(&stage.comment(&stage.bob, &"ä".repeat(10_000)).await.id());
    let before = now(&stage).await;
    for (body, code) in [
        (json!(""), "required"),
        (json!(" \n "), "required"),
        (json!("a".repeat(10_001)), "too_long"),
        (json!("a\u{0}b"), "control_character"),
        (json!("a\u{202e}b"), "control_character"),
        (json!(null), "type"),
        (json!(5), "type"),
        (json!(["a"]), "type"),
    ] {
        for (method, path) in [(Method::POST, &stage.place()), (Method::PATCH, &place)] {
            let answer = stage
                .bob
                .request(method, path)
                .json(json!({ "body": body }))
                .send()
                .await;
            let answer = answer.refused(422, "validation_failed");
            assert_eq!(answer.fields(), ["/body"], "{}", answer.text);
            let found = &answer.body["errors"][0]["code"];
            assert!(
                code == "type" || found == code,
                "{body:.40}: {}",
                answer.text
            );
        }
    }
    for body in [
        json!({}),
        json!({ "body": "a", "author_id": stage.ann.id }),
        json!({ "body": "a", "html": "<b>" }),
    ] {
        stage
            .bob
            .post(&stage.place(), body.clone())
            .await
            .refused(422, "validation_failed");
        stage
            .bob
            .patch(&place, body)
            .await
            .refused(422, "validation_failed");
    }
    let moved = json!({ "body": "a", "parent_id": null });
    stage
        .bob
        .patch(&place, moved)
        .await
        .refused(422, "validation_failed");
    assert_eq!(now(&stage).await, before);
}

#[tokio::test]
async fn an_answer_is_to_a_comment_of_the_same_task() {
    let stage = Stage::new().await;
    let other = stage.team.task(&stage.project, "Another").await;
    let elsewhere = format!("/tasks/{other}/comments");
    let parent = stage
        .bob
        .post(&elsewhere, json!({ "body": "there" }))
        .await
        .expect(201)
        .id();
    let eve = stage.world.person("eve").await;
    let globex = stage.world.team(&eve, "globex").await;
    let foreign = globex.task(&globex.project("WEB").await, "Theirs").await;
    let foreign = eve
        .post(
            &format!("/tasks/{foreign}/comments"),
            json!({ "body": "x" }),
        )
        .await
        .expect(201)
        .id();
    let here = stage.comment(&stage.bob, "here").await.id();
    // The same comment as if it were of another tenant.
    let mixed = format!("{}{}", &foreign[..10], &here[10..]);
    let before = now(&stage).await;
    for parent in [
        &parent,
        &foreign,
        &mixed,
        &stage.task,
        &format!("{}777777777777", &here[..24]),
    ] {
        let body = json!({ "body": "answer", "parent_id": parent });
        stage
            .bob
            .post(&stage.place(), body)
            .await
            .refused(404, "not_found");
    }
    for parent in [
        json!(""),
        json!("x"),
        json!(stage.bob.id),
        json!(here.to_uppercase()),
    ] {
        let body = json!({ "body": "answer", "parent_id": parent });
        let answer = stage
            .bob
            .post(&stage.place(), body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/parent_id"]);
    }
    assert_eq!(now(&stage).await, before);
}

/// Everything that can be asked about one comment.
async fn everything(who: &Person, place: &str, comment: &str) -> Vec<tests::Answer> {
    let at = format!("{place}/{comment}");
    let body = || json!({ "body": "mine" });
    vec![
        who.get(&at).await,
        who.get(&format!("{at}/history")).await,
        who.get(&format!("{place}?thread={comment}")).await,
        who.patch(&at, body()).await,
        who.delete(&at).await,
        who.request(Method::PUT, &format!("{at}/reactions/👍"))
            .send()
            .await,
        who.request(Method::DELETE, &format!("{at}/reactions/👍"))
            .send()
            .await,
        who.post(place, json!({ "body": "answer", "parent_id": comment }))
            .await,
    ]
}

#[tokio::test]
async fn a_comment_of_another_task_is_not_found_here() {
    let stage = Stage::new().await;
    let other = stage.team.task(&stage.project, "Another").await;
    let id = stage.comment(&stage.bob, "here").await.id();
    let before = now(&stage).await;
    for who in [&stage.ann, &stage.bob] {
        for answer in everything(who, &format!("/tasks/{other}/comments"), &id).await {
            answer.refused(404, "not_found");
        }
    }
    let nothing = format!("{}777777777777", &id[..24]);
    for who in [&stage.ann, &stage.bob] {
        for answer in everything(who, &stage.place(), &nothing).await {
            answer.refused(404, "not_found");
        }
    }
    assert_eq!(now(&stage).await, before);
}

#[tokio::test]
async fn strangers_learn_nothing_of_comments() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.bob, "here").await.id();
    let eve = stage.world.person("eve").await;
    let gus = stage.world.member(&stage.team, "gus", "guest").await;
    let before = now(&stage).await;
    for who in [&eve, &gus] {
        for answer in everything(who, &stage.place(), &id).await {
            answer.refused(404, "not_found");
        }
        who.get(&stage.place()).await.refused(404, "not_found");
        who.post(&stage.place(), json!({ "body": "x" }))
            .await
            .refused(404, "not_found");
    }
    for answer in everything(&stage.world.nobody(), &stage.place(), &id).await {
        answer.refused(401, "unauthenticated");
    }
    assert_eq!(now(&stage).await, before);
}

#[tokio::test]
async fn who_only_reads_comments_changes_none() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.bob, "here").await.id();
    let viewer = stage.world.member(&stage.team, "vic", "viewer").await;
    let answers = everything(&viewer, &stage.place(), &id).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 403, 403, 403, 403, 403]);
    assert_eq!(stage.texts("").await, ["here"]);
}

#[tokio::test]
async fn a_wrong_thread_is_named() {
    let stage = Stage::new().await;
    for thread in ["x", "", "1", &stage.bob.id] {
        let answer = stage
            .bob
            .get(&format!("{}?thread={thread}", stage.place()))
            .await;
        assert_eq!(answer.refused(400, "bad_filter").fields(), ["thread"]);
    }
    let empty = stage.bob.get(&stage.place()).await.expect(200);
    assert_eq!(
        (empty.rows().len(), &empty.body["meta"]["next_cursor"]),
        (0, &Value::Null)
    );
}
