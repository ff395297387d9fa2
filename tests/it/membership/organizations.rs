//! Organizations as their members see them.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Person, Team, World};

/// Asks for the organization, unless it is what `tag` stands for.
async fn look(who: &Person, tag: &str) -> Answer {
    who.request(Method::GET, "/organizations/acme")
        .header("if-none-match", tag)
        .send()
        .await
}

#[tokio::test]
async fn the_tag_of_an_organization_tells_whatever_its_answer_tells() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let made = ann
        .post("/organizations", json!({ "name": "Acme", "slug": "acme" }))
        .await
        .expect(201);
    look(&ann, made.header("etag")).await.expect(304);
    let team = Team {
        id: made.id(),
        slug: "acme".to_owned(),
        owner: ann.clone(),
    };
    let bob = world.member(&team, "bob", "member").await;
    let counted = look(&ann, made.header("etag")).await.expect(200);
    assert_eq!(
        (&counted.data()["members_count"], &counted.data()["version"]),
        (&json!(2), &made.data()["version"])
    );
    look(&ann, counted.header("etag")).await.expect(304);
    // One's own role is part of what one is told, and nothing of others' roles.
    let seen = bob.get("/organizations/acme").await.expect(200);
    let role = |role: &str| {
        let path = format!("/organizations/acme/members/{}", bob.id);
        ann.request(Method::PATCH, &path)
            .json(json!({ "role": role }))
            .send()
    };
    role("manager").await.expect(200);
    look(&ann, counted.header("etag")).await.expect(304);
    assert_eq!(
        look(&bob, seen.header("etag"))
            .await
            .expect(200)
            .text_of("role"),
        "manager"
    );
    // To change it, who has seen the version has seen enough.
    let name = |tag: &str, name: &str| {
        let request = ann
            .request(Method::PATCH, "/organizations/acme")
            .header("if-match", tag);
        request.json(json!({ "name": name })).send()
    };
    let renamed = name(made.header("etag"), "Acme Works").await.expect(200);
    name(made.header("etag"), "Acme")
        .await
        .refused(412, "precondition_failed");
    look(&ann, renamed.header("etag")).await.expect(304);
    // A guest's tag tells nothing of how many people there are.
    role("guest").await.expect(200);
    let tag = bob
        .get("/organizations/acme")
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    world.member(&team, "cleo", "member").await;
    look(&bob, &tag).await.expect(304);
    assert!(!tag.contains('.'), "{tag}");
}
