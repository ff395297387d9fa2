//! Who is mentioned, and how it is shown.

use serde_json::json;
use tests::Answer;

use super::{Stage, people};

fn html(answer: &Answer) -> String {
    answer.text_of("html")
}

fn mark(id: &str, name: &str) -> String {
    format!("<span class=\"mention\" data-user-id=\"{id}\">@{name}</span>")
}

#[tokio::test]
async fn who_may_see_the_task_is_mentioned_by_his_name() {
    let stage = Stage::new().await;
    let made = stage
        .comment(&stage.bob, "Thanks, @Ann. And @bob, `@ann` too.")
        .await;
    assert_eq!(
        people(&made.data()["mentions"]),
        [&stage.ann.id, &stage.bob.id]
    );
    assert_eq!(made.data()["mentions"][0]["username"], "ann");
    let (ann, bob) = (mark(&stage.ann.id, "Ann"), mark(&stage.bob.id, "bob"));
    assert_eq!(
        html(&made),
        format!("<p>Thanks, {ann}. And {bob}, <code>@ann</code> too.</p>\n")
    );
    stage.world.cloud.settle().await;
    let listed = stage.ann.get(&stage.place()).await.expect(200);
    assert_eq!(&listed.rows()[0], made.data());
}

#[tokio::test]
async fn a_name_that_is_nobody_s_who_may_see_the_task_is_text() {
    let stage = Stage::new().await;
    let eve = stage.world.person("eve").await;
    stage.world.member(&stage.team, "gus", "guest").await;
    let gone = stage.world.member(&stage.team, "gone", "member").await;
    stage
        .ann
        .delete(&format!(
            "/organizations/{}/members/{}",
            stage.team.id, gone.id
        ))
        .await
        .expect(204);
    let made = stage
        .comment(&stage.bob, "@eve @gus @gone @nobody @ann")
        .await;
    assert_eq!(people(&made.data()["mentions"]), [&stage.ann.id]);
    assert_eq!(
        html(&made),
        format!(
            "<p>@eve @gus @gone @nobody {}</p>\n",
            mark(&stage.ann.id, "ann")
        )
    );
    assert!(
        !made.text.contains(&eve.id),
        "who has an account elsewhere stays unknown"
    );
}

#[tokio::test]
async fn who_is_shown_as_mentioned_is_decided_when_it_is_shown() {
    let stage = Stage::new().await;
    let gus = stage.world.member(&stage.team, "gus", "guest").await;
    let made = stage.comment(&stage.ann, "@gus").await;
    let place = stage.at(&made.id());
    assert_eq!(html(&made), "<p>@gus</p>\n");
    let member = format!("/projects/{}/members/{}", stage.project, gus.id);
    stage
        .ann
        .put(&member, json!({ "role": "viewer" }))
        .await
        .expect(200);
    assert_eq!(
        html(&stage.ann.get(&place).await),
        format!("<p>{}</p>\n", mark(&gus.id, "gus"))
    );
    assert_eq!(
        people(&gus.get(&place).await.expect(200).data()["mentions"]),
        [&gus.id]
    );
    stage.ann.delete(&member).await.expect(204);
    assert_eq!(html(&stage.ann.get(&place).await), "<p>@gus</p>\n");
}

#[tokio::test]
async fn in_a_private_project_only_its_people_are_mentioned() {
    let stage = Stage::new().await;
    let carl = stage.world.member(&stage.team, "carl", "member").await;
    let project = stage.team.private_project("LAB").await;
    let member = format!("/projects/{project}/members/{}", carl.id);
    stage
        .ann
        .put(&member, json!({ "role": "member" }))
        .await
        .expect(200);
    let task = stage.team.task(&project, "Secret").await;
    let made = carl
        .post(
            &format!("/tasks/{task}/comments"),
            json!({ "body": "@bob @carl @ann" }),
        )
        .await
        .expect(201);
    assert_eq!(people(&made.data()["mentions"]), [&carl.id, &stage.ann.id]);
}

#[tokio::test]
async fn a_guest_is_mentioned_where_he_is_by_a_team() {
    let stage = Stage::new().await;
    let gus = stage.world.member(&stage.team, "gus", "guest").await;
    let crew = json!({ "organization_id": stage.team.id, "name": "Crew" });
    let crew = stage.ann.post("/teams", crew).await.expect(201).id();
    let body = json!({ "user_id": gus.id, "role": "viewer" });
    stage
        .ann
        .post(&format!("/teams/{crew}/members"), body)
        .await
        .expect(201);
    let made = stage.comment(&stage.ann, "@gus").await;
    assert_eq!(people(&made.data()["mentions"]), [""; 0]);
    stage
        .ann
        .patch(
            &format!("/projects/{}", stage.project),
            json!({ "team_ids": [crew] }),
        )
        .await
        .expect(200);
    let shown = stage.ann.get(&stage.at(&made.id())).await.expect(200);
    assert_eq!(people(&shown.data()["mentions"]), [&gus.id]);
}

#[tokio::test]
async fn a_name_stays_whose_it_was_when_the_comment_was_written() {
    let stage = Stage::new().await;
    let carl = stage.world.member(&stage.team, "carl", "member").await;
    let made = stage.comment(&stage.ann, "@bob and @carl").await;
    stage
        .bob
        .patch("/users/me", json!({ "username": "robert" }))
        .await
        .expect(200);
    carl.patch("/users/me", json!({ "username": "bob" }))
        .await
        .expect(200);
    let place = stage.at(&made.id());
    let shown = stage.ann.get(&place).await.expect(200);
    assert_eq!(people(&shown.data()["mentions"]), [&stage.bob.id, &carl.id]);
    let edited = stage
        .ann
        .patch(&place, json!({ "body": "@bob!" }))
        .await
        .expect(200);
    assert_eq!(people(&edited.data()["mentions"]), [&stage.bob.id]);
    // What is written now means who has the name now.
    let made = stage.comment(&stage.ann, "@bob and @robert").await;
    assert_eq!(people(&made.data()["mentions"]), [&carl.id, &stage.bob.id]);
}

#[tokio::test]
async fn an_edit_mentions_others() {
    let stage = Stage::new().await;
    let made = stage.comment(&stage.bob, "@ann").await;
    let edited = stage
        .bob
        .patch(&stage.at(&made.id()), json!({ "body": "@bob" }))
        .await
        .expect(200);
    assert_eq!(people(&edited.data()["mentions"]), [&stage.bob.id]);
    assert_eq!(
        html(&edited),
        format!("<p>{}</p>\n", mark(&stage.bob.id, "bob"))
    );
}

#[tokio::test]
async fn fifty_names_are_mentioned_and_one_more_is_too_many() {
    let stage = Stage::new().await;
    let body = |count: usize| {
        (0..count)
            .map(|n| format!("@name{n} @ann "))
            .collect::<String>()
    };
    let made = stage.comment(&stage.bob, &body(49)).await;
    assert_eq!(people(&made.data()["mentions"]), [&stage.ann.id]);
    let wrong = stage
        .bob
        .post(&stage.place(), json!({ "body": body(50) }))
        .await
        .refused(422, "validation_failed");
    assert_eq!(wrong.fields(), ["/body"]);
    let wrong = stage
        .bob
        .patch(&stage.at(&made.id()), json!({ "body": body(50) }))
        .await;
    assert_eq!(wrong.refused(422, "validation_failed").fields(), ["/body"]);
}
