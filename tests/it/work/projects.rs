//! Keys of projects that were given none.

use domain::membership::organization::Card;
use futures_util::future::join_all;
use serde_json::json;
use tests::World;

#[tokio::test]
async fn a_project_whose_name_is_taken_many_times_gets_a_key_in_two_writes_and_a_read() {
    let (world, team) = World::acme().await;
    let named = |name: String| {
        let body = json!({ "organization_id": team.id, "name": name });
        team.owner.post("/projects", body)
    };
    // Any script has letters of its own.
    assert_eq!(
        named("サイト".to_owned()).await.expect(201).text_of("key"),
        "SAIT"
    );
    assert_eq!(
        named("Сайт план".to_owned())
            .await
            .expect(201)
            .text_of("key"),
        "SP"
    );
    for number in 1..60 {
        let made = named("計画".to_owned()).await.expect(201);
        let suffix = match number {
            1 => String::new(),
            _ => number.to_string(),
        };
        assert_eq!(made.text_of("key"), format!("JH{suffix}"));
    }
    // A key of which another is the beginning, and a gap.
    let body = json!({ "organization_id": team.id, "name": "Else", "key": "JH61X" });
    team.owner.post("/projects", body).await.expect(201);
    world.cloud.record_calls();
    assert_eq!(
        named("計画".to_owned()).await.expect(201).text_of("key"),
        "JH60"
    );
    let calls = world.cloud.take_calls();
    let asked: Vec<&str> = calls
        .iter()
        .filter(|call| call.function == "projects")
        .map(|call| &*call.operation)
        .collect();
    let count = |operation: &str| asked.iter().filter(|one| **one == operation).count();
    assert_eq!(
        (count("TransactWriteItems"), count("Query")),
        (2, 1),
        "{asked:?}"
    );
}

#[tokio::test]
async fn projects_of_one_name_that_are_made_at_once_all_get_keys() {
    let (_world, team) = World::acme().await;
    let made = join_all((0..12).map(|_| {
        let body = json!({ "organization_id": team.id, "name": "Website" });
        team.owner.post("/projects", body)
    }))
    .await;
    let mut keys: Vec<String> = made
        .into_iter()
        .map(|answer| answer.expect(201).text_of("key"))
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 12, "{keys:?}");
}

#[tokio::test]
async fn whoever_has_deleted_projects_can_make_others() {
    let (_world, team) = World::acme().await;
    let new = async |n: usize| {
        let body = json!({ "organization_id": team.id, "name": "Many", "key": format!("P{n}") });
        team.owner.post("/projects", body).await
    };
    let mut made = vec![];
    for n in 0..Card::MAX_PROJECTS {
        made.push(new(n).await.expect(201).id());
    }
    new(100).await.refused(409, "limit_reached");
    let deleted = format!("/projects/{}", made[7]);
    team.owner.delete(&deleted).await.expect(200);
    new(101).await.expect(201);
    new(102).await.refused(409, "limit_reached");
    // What was deleted comes back with its owner.
    team.owner
        .post(&format!("{deleted}/restore"), json!(null))
        .await
        .expect(200);
    let renamed = json!({ "name": "Back" });
    team.owner.patch(&deleted, renamed).await.expect(200);
}
