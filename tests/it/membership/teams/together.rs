//! Many at once.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::Answer;

use super::Stage;

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_twenty_tasks_of_a_team_at_once_go_to_one_project() {
    let stage = Stage::new().await;
    let task = |n: usize| json!({ "team_id": stage.team, "title": format!("Task {n}") });
    let made = join_all((0..20).map(|n| stage.ann.post("/tasks", task(n)))).await;
    assert_eq!(statuses(&made), [201; 20]);
    let mut projects: Vec<String> = made
        .iter()
        .map(|answer| answer.text_of("project_id"))
        .collect();
    projects.dedup();
    assert_eq!(projects.len(), 1);
    let team = stage.ann.get(&stage.path("")).await.expect(200);
    assert_eq!(team.data()["default_project_id"], json!(projects[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_that_are_called_alike_have_projects_with_keys_of_their_own() {
    let stage = Stage::new().await;
    let first = async |n: usize| {
        let body = json!({ "organization_id": stage.org.id, "name": format!("Crew {n}") });
        let team = stage.bob.post("/teams", body).await.expect(201).id();
        stage
            .bob
            .post("/tasks", json!({ "team_id": team, "title": "T" }))
            .await
            .expect(201)
            .text_of("key")
    };
    let mut keys = join_all((0..12).map(first)).await;
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_teams_of_one_name_at_once_are_one_team() {
    let stage = Stage::new().await;
    let make = || json!({ "organization_id": stage.org.id, "name": "Band" });
    let made = join_all((0..10).map(|_| stage.ann.post("/teams", make()))).await;
    assert_eq!(statuses(&made), [vec![201], vec![409; 9]].concat());
    assert!(
        made.iter()
            .filter(|answer| answer.status == 409)
            .all(|answer| answer.code() == "name_taken")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_who_leave_at_the_same_moment_leave_one_behind() {
    let stage = Stage::new().await;
    for _ in 0..3 {
        let body = json!({ "user_id": stage.bob.id, "role": "admin" });
        stage
            .ann
            .post(&stage.path("/members"), body)
            .await
            .expect(201);
        let of = |id: &str| stage.path(&format!("/members/{id}"));
        // Ann owns it: she goes down only after Bob has taken over, and Bob only while she is an admin.
        let (his, own) = (of(&stage.bob.id), stage.path(""));
        let (down, over) = tokio::join!(
            stage.bob.delete(&his),
            stage.ann.patch(&own, json!({ "owner_id": stage.bob.id }))
        );
        let team = stage.ann.get(&stage.path("")).await.expect(200);
        match (down.status, over.status) {
            (204, 422) => assert_eq!(team.data()["owner_id"], json!(stage.ann.id)),
            (409, 200) => {
                assert_eq!(team.data()["owner_id"], json!(stage.bob.id));
                stage
                    .ann
                    .patch(&stage.path(""), json!({ "owner_id": stage.ann.id }))
                    .await
                    .expect(200);
                stage.ann.delete(&of(&stage.bob.id)).await.expect(204);
            }
            other => panic!("{other:?}: {} {}", down.text, over.text),
        }
        assert!(stage.ann.get(&stage.path("")).await.data()["admins_count"].as_u64() >= Some(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_added_once_however_often_he_is_added_at_once() {
    let stage = Stage::new().await;
    let add = || json!({ "user_id": stage.bob.id });
    let place = stage.path("/members");
    let added = join_all((0..8).map(|_| stage.ann.post(&place, add()))).await;
    assert_eq!(statuses(&added), [vec![201], vec![409; 7]].concat());
    assert_eq!(stage.ann.get(&place).await.expect(200).rows().len(), 2);
}

#[tokio::test]
async fn whatever_makes_something_can_be_repeated() {
    let stage = Stage::new().await;
    let (ann, place) = (&stage.ann, stage.path("/members"));
    let keyed = |path: &str, key: &str, body: &Value| {
        ann.request(Method::POST, path)
            .header("idempotency-key", key)
            .json(body.clone())
            .send()
    };
    let team = |name: &str| json!({ "organization_id": stage.org.id, "name": name });
    for (number, (path, body, other)) in [
        ("/teams", team("One"), team("Two")),
        (
            place.as_str(),
            json!({ "user_id": stage.bob.id }),
            json!({ "email": "new@example.com" }),
        ),
        (
            place.as_str(),
            json!({ "email": "dan@example.com" }),
            json!({ "user_id": stage.ann.id }),
        ),
        (
            "/tasks",
            json!({ "team_id": stage.team, "title": "T" }),
            json!({ "team_id": stage.team, "title": "U" }),
        ),
    ]
    .iter()
    .enumerate()
    {
        let key = format!("key-{number}");
        let first = keyed(path, &key, body).await.expect(201);
        let again = keyed(path, &key, body).await.expect(201);
        assert_eq!(
            (&again.body, again.header("idempotent-replayed")),
            (&first.body, "true"),
            "{path}"
        );
        keyed(path, &key, other)
            .await
            .refused(422, "idempotency_key_reused");
    }
    let made = keyed("/teams", "gone", &team("Gone"))
        .await
        .expect(201)
        .id();
    ann.delete(&format!("/teams/{made}")).await.expect(200);
    keyed("/teams", "gone", &team("Gone"))
        .await
        .refused(409, "idempotency_target_deleted");
}
