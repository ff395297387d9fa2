//! Nobody is told, or shown, what they may not see.

use serde_json::{Value, json};

use super::{Stage, types};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_sight_of_a_project_loses_what_he_was_told_of_it() {
    let stage = Stage::new().await;
    let Stage { ann, bob, cay, .. } = &stage;
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    stage.comment(ann, "@cay").await;
    let all = stage.page(bob, "").await;
    assert_eq!(types(&all), ["commented", "assigned"]);
    let project = format!("/projects/{}", stage.project);
    ann.patch(&project, json!({ "visibility": "private" }))
        .await
        .expect(200);
    for who in [bob, cay] {
        assert!(stage.told(who).await.is_empty());
        stage.unread(who, 0).await;
    }
    let path = format!("/notifications/{}", all.rows()[0]["id"].as_str().unwrap());
    bob.patch(&path, json!({ "read": true }))
        .await
        .refused(404, "not_found");
    // What happens now is no news for them, although they watch.
    stage.comment(ann, "Secret, @bob and @cay.").await;
    stage.change(ann, json!({ "title": "Secret" })).await;
    stage.world.cloud.settle().await;
    ann.patch(&project, json!({ "visibility": "organization" }))
        .await
        .expect(200);
    assert_eq!(stage.told(bob).await, ["commented", "assigned"]);
    assert_eq!(stage.told(cay).await, ["mentioned"]);
    assert_eq!(
        (
            stage.letters(bob).await.len(),
            stage.letters(cay).await.len()
        ),
        (1, 1)
    );
    bob.patch(&path, json!({ "read": true })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_moves_out_of_sight_takes_its_notifications_along() {
    let stage = Stage::new().await;
    let Stage {
        ann,
        bob,
        cay,
        team,
        ..
    } = &stage;
    stage.comment(ann, "@bob @cay").await;
    let secret = team.private_project("SEC").await;
    ann.put(
        &format!("/projects/{secret}/members/{}", cay.id),
        json!({ "role": "member" }),
    )
    .await
    .expect(200);
    ann.post(
        &format!("{}/move", stage.path()),
        json!({ "project_id": secret }),
    )
    .await
    .expect(200);
    assert!(stage.told(bob).await.is_empty());
    let page = stage.page(cay, "").await;
    assert_eq!(types(&page), ["updated", "added", "mentioned"]);
    assert!(
        page.rows()
            .iter()
            .all(|row| row["project_id"] == json!(secret))
    );
    assert_eq!(page.rows()[2]["task"]["key"], "SEC-1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_removed_is_told_nothing_and_finds_his_inbox_when_he_comes_back() {
    let stage = Stage::new().await;
    let Stage { ann, bob, team, .. } = &stage;
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    let path = {
        let page = stage.page(bob, "").await;
        format!("/notifications/{}", page.rows()[0]["id"].as_str().unwrap())
    };
    ann.delete(&format!("/organizations/{}/members/{}", team.id, bob.id))
        .await
        .expect(204);
    stage.comment(ann, "@bob").await;
    assert!(stage.told(bob).await.is_empty());
    bob.patch(&path, json!({ "read": true }))
        .await
        .refused(404, "not_found");
    stage.world.join(team, bob, "member").await;
    assert_eq!(stage.told(bob).await, ["assigned"]);
    // A deleted organization hides its part too.
    let delete = ann.request(
        reqwest::Method::DELETE,
        &format!("/organizations/{}", team.id),
    );
    delete
        .json(json!({ "confirm_slug": team.slug }))
        .send()
        .await
        .expect(200);
    assert!(stage.told(bob).await.is_empty());
    stage.unread(bob, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_is_told_of_his_projects_only() {
    let stage = Stage::new().await;
    let Stage { ann, team, .. } = &stage;
    let gus = stage.world.member(team, "gus", "guest").await;
    stage.comment(ann, "@gus").await;
    assert!(stage.told(&gus).await.is_empty());
    let member = format!("/projects/{}/members/{}", stage.project, gus.id);
    ann.put(&member, json!({ "role": "viewer" }))
        .await
        .expect(200);
    stage.comment(ann, "@gus again").await;
    assert_eq!(stage.told(&gus).await, ["mentioned", "added"]);
    ann.delete(&member).await.expect(204);
    assert!(stage.told(&gus).await.is_empty());
    // By a team's role.
    let crew = ann
        .post(
            "/teams",
            json!({ "organization_id": team.id, "name": "Crew" }),
        )
        .await
        .expect(201)
        .id();
    ann.post(
        &format!("/teams/{crew}/members"),
        json!({ "user_id": gus.id }),
    )
    .await
    .expect(201);
    ann.patch(
        &format!("/projects/{}", stage.project),
        json!({ "team_ids": [crew] }),
    )
    .await
    .expect(200);
    stage.comment(ann, "@gus once more").await;
    assert_eq!(
        stage.told(&gus).await,
        ["mentioned", "added", "mentioned", "added"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_notification_is_none() {
    let stage = Stage::new().await;
    let Stage { ann, bob, cay, .. } = &stage;
    let eve = stage.world.person("eve").await;
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    let id = stage.page(bob, "").await.rows()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let never = format!("{}AAAA", &id[..32]);
    for who in [ann, cay, &eve] {
        let mut answers = vec![];
        for id in [&id, &never] {
            let answer = who
                .patch(&format!("/notifications/{id}"), json!({ "read": true }))
                .await;
            answers.push(answer.refused(404, "not_found").comparable());
        }
        assert_eq!(answers[0], answers[1]);
        let body = json!({ "ids": [id, never] });
        assert_eq!(
            who.post("/notifications/read", body)
                .await
                .expect(200)
                .data()["marked"],
            0
        );
    }
    assert_eq!(stage.page(bob, "").await.rows()[0]["read_at"], Value::Null);
    // A cursor is good for its list, its filters and its owner.
    stage.assigned(bob, "Another").await;
    let page = stage.page(bob, "limit=1").await;
    let cursor = page.body["meta"]["next_cursor"].as_str().unwrap();
    for (who, query) in [
        (bob, "unread=true&"),
        (bob, "type=assigned&"),
        (bob, "org=acme&"),
        (cay, ""),
    ] {
        who.get(&format!("/notifications?{query}cursor={cursor}"))
            .await
            .refused(400, "bad_cursor");
    }
    bob.get(&format!("/tasks?cursor={cursor}"))
        .await
        .refused(400, "bad_cursor");
    assert_eq!(
        stage
            .page(bob, &format!("cursor={cursor}"))
            .await
            .rows()
            .len(),
        1
    );
}
