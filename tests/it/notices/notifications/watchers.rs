//! Who watches a task, and who does not want to.

use serde_json::{Value, json};
use tests::Person;

use super::Stage;

fn mine(stage: &Stage) -> String {
    format!("{}/watchers/me", stage.path())
}

/// Who watches, each with their reasons.
async fn watchers(stage: &Stage, who: &Person) -> Vec<(String, Value)> {
    stage.world.cloud.settle().await;
    let list = who
        .get(&format!("{}/watchers", stage.path()))
        .await
        .expect(200);
    list.rows()
        .iter()
        .map(|row| {
            (
                row["username"].as_str().unwrap().to_owned(),
                row["reasons"].clone(),
            )
        })
        .collect()
}

fn row(name: &str, reasons: Value) -> (String, Value) {
    (name.to_owned(), reasons)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_watch_by_what_they_do_and_by_saying_so() {
    let stage = Stage::new().await;
    let Stage {
        ann,
        bob,
        cay,
        team,
        ..
    } = &stage;
    let dan = stage.world.member(team, "dan", "viewer").await;
    assert_eq!(
        watchers(&stage, bob).await,
        [row("ann", json!(["creator"]))]
    );
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    stage.comment(cay, "@dan look").await;
    dan.put(&mine(&stage), Value::Null).await.expect(204);
    let all = [
        row("bob", json!(["assignee"])),
        row("ann", json!(["creator"])),
        row("dan", json!(["explicit"])),
        row("cay", json!(["commented"])),
    ];
    assert_eq!(watchers(&stage, &dan).await, all);
    // Whoever says it twice has said it once.
    dan.put(&mine(&stage), Value::Null).await.expect(204);
    assert_eq!(watchers(&stage, &dan).await, all);
    // Even who does it can mute it; the mute is theirs alone.
    bob.delete(&mine(&stage)).await.expect(204);
    bob.delete(&mine(&stage)).await.expect(204);
    assert_eq!(watchers(&stage, ann).await, all[1..]);
    bob.put(&mine(&stage), Value::Null).await.expect(204);
    assert_eq!(
        watchers(&stage, ann).await[0],
        row("bob", json!(["assignee", "explicit"]))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_muted_a_task_is_told_what_is_meant_for_him_alone() {
    let stage = Stage::new().await;
    let Stage { ann, bob, .. } = &stage;
    bob.delete(&mine(&stage)).await.expect(204);
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    stage.change(ann, json!({ "title": "Another title" })).await;
    stage.comment(ann, "No name.").await;
    stage.comment(ann, "A name: @bob").await;
    let own = stage.comment(bob, "Hm.").await.id();
    let answer = json!({ "body": "Well.", "parent_id": own });
    ann.post(&format!("{}/comments", stage.path()), answer)
        .await
        .expect(201);
    stage.change(ann, json!({ "assignee_id": null })).await;
    ann.delete(&stage.path()).await.expect(200);
    ann.post(&format!("/trash/task/{}/restore", stage.task), json!({}))
        .await
        .expect(200);
    assert_eq!(stage.told(bob).await, ["mentioned", "assigned"]);
    // To be named, or to comment, is no word against the mute.
    assert!(
        watchers(&stage, ann)
            .await
            .iter()
            .all(|(name, _)| name != "bob")
    );
    bob.put(&mine(&stage), Value::Null).await.expect(204);
    stage.comment(ann, "Again.").await;
    assert_eq!(
        stage.told(bob).await,
        ["commented", "mentioned", "assigned"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_are_those_who_still_see_the_task() {
    let stage = Stage::new().await;
    let Stage {
        ann,
        bob,
        cay,
        team,
        ..
    } = &stage;
    for who in [bob, cay] {
        who.put(&mine(&stage), Value::Null).await.expect(204);
    }
    let gus = stage.world.member(team, "gus", "guest").await;
    gus.get(&format!("{}/watchers", stage.path()))
        .await
        .refused(404, "not_found");
    gus.put(&mine(&stage), Value::Null)
        .await
        .refused(404, "not_found");
    gus.delete(&mine(&stage)).await.refused(404, "not_found");
    ann.delete(&format!("/organizations/{}/members/{}", team.id, bob.id))
        .await
        .expect(204);
    let names = |watchers: Vec<(String, Value)>| {
        watchers
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(watchers(&stage, ann).await), ["ann", "cay"]);
    ann.patch(
        &format!("/projects/{}", stage.project),
        json!({ "visibility": "private" }),
    )
    .await
    .expect(200);
    assert_eq!(names(watchers(&stage, ann).await), ["ann"]);
    // A guest sees those who work in their projects.
    ann.put(
        &format!("/projects/{}/members/{}", stage.project, gus.id),
        json!({ "role": "viewer" }),
    )
    .await
    .expect(200);
    gus.put(&mine(&stage), Value::Null).await.expect(204);
    assert_eq!(names(watchers(&stage, &gus).await), ["ann", "gus"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_ones_own_word_can_be_given() {
    let stage = Stage::new().await;
    let (bob, path) = (&stage.bob, format!("{}/watchers", stage.path()));
    for other in [&stage.ann.id, &stage.bob.id, "ME"] {
        bob.put(&format!("{path}/{other}"), Value::Null)
            .await
            .refused(404, "not_found");
        bob.delete(&format!("{path}/{other}"))
            .await
            .refused(404, "not_found");
    }
    bob.get(&format!("{path}?limit=5"))
        .await
        .refused(400, "bad_filter");
    stage.ann.delete(&stage.path()).await.expect(200);
    bob.put(&mine(&stage), Value::Null)
        .await
        .refused(404, "not_found");
}
