//! What somebody leaves behind who goes is not forgotten.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::World;

use crate::table::{snapshot, text};

#[tokio::test]
async fn the_card_of_one_who_was_removed_tells_where_they_were() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let (web, app, own) = (
        team.project("WEB").await,
        team.project("APP").await,
        team.project("OWN").await,
    );
    for (project, role) in [(&web, "member"), (&app, "viewer"), (&own, "owner")] {
        let place = format!("/projects/{project}/members/{}", bob.id);
        ann.put(&place, json!({ "role": role })).await.expect(200);
    }
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
        json!({ "user_id": bob.id }),
    )
    .await
    .expect(201);
    ann.delete(&format!("/organizations/{}/members/{}", team.id, bob.id))
        .await
        .expect(204);
    let found = snapshot(&world.cloud).await;
    let cards = found
        .values()
        .filter(|item| text(item, "sk").starts_with("M#") && item.contains_key("left"));
    let left: Vec<_> = cards.map(|card| card["left"].as_m().unwrap()).collect();
    assert_eq!(left.len(), 1);
    // Of the project that they owned they were taken out at once: an owner counts.
    let count = |name: &str| {
        left[0]
            .get(name)
            .and_then(|list: &AttributeValue| list.as_l().ok())
            .map(Vec::len)
    };
    assert_eq!((count("projects"), count("teams")), (Some(2), Some(1)));
    let places = found
        .keys()
        .filter(|(pk, sk)| pk.contains("#PROJECT#") && sk.starts_with("M#"))
        .count();
    // Three of Ann's, and the two that are left.
    assert_eq!(places, 5);
}
