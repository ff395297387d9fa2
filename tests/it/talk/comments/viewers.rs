//! Those who only read, where their project lets them comment all the same.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Person;

use super::Stage;

impl Stage {
    async fn let_viewers(&self, comment: bool) {
        let project = format!("/projects/{}", self.project);
        let set = self
            .ann
            .patch(&project, json!({ "viewers_can_comment": comment }))
            .await
            .expect(200);
        assert_eq!(set.data()["viewers_can_comment"], comment);
    }

    /// The statuses of all that somebody may do about comments: their own, and one of Bob's.
    async fn tries(&self, who: &Person, bobs: &str) -> [u16; 6] {
        let made = who.post(&self.place(), json!({ "body": "mine" })).await;
        let own = if made.status == 201 {
            self.at(&made.id())
        } else {
            self.at(bobs)
        };
        [
            made.status,
            who.patch(&own, json!({ "body": "mine, too" })).await.status,
            who.request(Method::PUT, &format!("{own}/reactions/👍"))
                .send()
                .await
                .status,
            who.patch(&self.at(bobs), json!({ "body": "not mine" }))
                .await
                .status,
            who.delete(&self.at(bobs)).await.status,
            who.patch(&format!("/tasks/{}", self.task), json!({ "title": "Mine" }))
                .await
                .status,
        ]
    }
}

#[tokio::test]
async fn who_only_reads_comments_where_the_project_lets_him_and_does_nothing_else() {
    let stage = Stage::new().await;
    let viewer = stage.world.member(&stage.team, "vic", "viewer").await;
    let guest = stage.world.member(&stage.team, "gus", "guest").await;
    let stranger = stage.world.member(&stage.team, "pat", "guest").await;
    let member = format!("/projects/{}/members/{}", stage.project, guest.id);
    stage
        .ann
        .put(&member, json!({ "role": "viewer" }))
        .await
        .expect(200);
    let bobs = stage.comment(&stage.bob, "Bob's").await.id();
    let refused = [403, 403, 403, 403, 403, 403];
    for who in [&viewer, &guest] {
        assert_eq!(stage.tries(who, &bobs).await, refused);
    }
    stage.let_viewers(true).await;
    for who in [&viewer, &guest] {
        assert_eq!(
            stage.tries(who, &bobs).await,
            [201, 200, 204, 403, 403, 403]
        );
    }
    // Who does not see the project does not by this.
    assert_eq!(stage.tries(&stranger, &bobs).await, [404; 6]);
    assert_eq!(stage.tries(&stage.bob, &bobs).await[..3], [201, 200, 204]);
    stage.let_viewers(false).await;
    for who in [&viewer, &guest] {
        assert_eq!(stage.tries(who, &bobs).await, refused);
    }
}

#[tokio::test]
async fn what_the_setting_decides_is_explained() {
    let stage = Stage::new().await;
    let viewer = stage.world.member(&stage.team, "vic", "viewer").await;
    let question = format!(
        "/permissions/explain?action=comment.create&resource={}",
        stage.task
    );
    let told = viewer.get(&question).await.expect(200);
    assert_eq!(told.data()["allowed"], false);
    let missing: Vec<&Value> = told.data()["missing"].as_array().unwrap().iter().collect();
    assert!(
        missing.contains(&&json!("setting viewers_can_comment")),
        "{}",
        told.text
    );
    stage.let_viewers(true).await;
    let told = viewer.get(&question).await.expect(200);
    assert_eq!(told.data()["allowed"], true, "{}", told.text);
}

#[tokio::test]
async fn only_who_runs_the_project_lets_others_comment() {
    let stage = Stage::new().await;
    let project = format!("/projects/{}", stage.project);
    let body = json!({ "viewers_can_comment": true });
    stage
        .bob
        .patch(&project, body.clone())
        .await
        .refused(403, "forbidden");
    assert_eq!(
        stage.bob.get(&project).await.expect(200).data()["viewers_can_comment"],
        false
    );
    stage.ann.patch(&project, body).await.expect(200);
    stage.world.cloud.settle().await;
    let listed = stage.bob.get("/projects?org=acme").await.expect(200);
    assert_eq!(listed.rows()[0]["viewers_can_comment"], true);
    for wrong in [json!("true"), json!(1), json!(null)] {
        let body = json!({ "viewers_can_comment": wrong });
        let answer = stage.ann.patch(&project, body).await;
        if wrong.is_null() {
            // An absent setting, and one that is nothing, stay.
            answer.expect(200);
        } else {
            answer.refused(422, "validation_failed");
        }
    }
}
