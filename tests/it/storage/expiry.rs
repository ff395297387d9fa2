//! Time-outs without the sweeper: TTL deletes some time or other, so it is never a rule. And what is never deleted.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, World};

use crate::table::{number, snapshot, stream};

/// A world in which nothing is swept, and access tokens outlive everything else.
async fn unswept() -> World {
    let token = ("ACCESS_TOKEN_SECONDS".to_owned(), "1000000000".to_owned());
    World::with(|options| {
        options.sweep_ttl = false;
        options.variables.extend([token]);
    })
    .await
}

/// How many items there are whose time is over, of those whose sort key begins so.
async fn overdue(world: &World, sk: &str) -> usize {
    let now = world.clock.clock().now().as_second();
    let items = snapshot(&world.cloud).await;
    items
        .iter()
        .filter(|(key, item)| {
            key.1.starts_with(sk) && number(item, "ttl").is_some_and(|ttl| ttl < now)
        })
        .count()
}

#[tokio::test]
async fn a_session_whose_time_is_over_is_nobody() {
    let world = unswept().await;
    let ann = world.person("ann").await;
    let nobody = world.nobody();
    let refresh = || nobody.post("/auth/refresh", json!({ "refresh_token": ann.refresh }));
    // Idle for thirty days.
    world.clock.advance(SignedDuration::from_hours(24 * 30 - 1));
    ann.get("/users/me").await.expect(200);
    world.clock.advance(SignedDuration::from_hours(2));
    ann.get("/users/me").await.refused(401, "unauthenticated");
    refresh().await.refused(401, "unauthenticated");
    // Refreshed all the time, for ninety days.
    let mut bob = world.person("bob").await;
    for _ in 0..4 {
        world.clock.advance(SignedDuration::from_hours(24 * 20));
        let body = json!({ "refresh_token": bob.refresh });
        bob = bob.with_tokens(&world.nobody().post("/auth/refresh", body).await.expect(200));
    }
    world.clock.advance(SignedDuration::from_hours(24 * 11));
    bob.get("/users/me").await.refused(401, "unauthenticated");
    let body = json!({ "refresh_token": bob.refresh });
    world
        .nobody()
        .post("/auth/refresh", body)
        .await
        .refused(401, "unauthenticated");
    world.clock.advance(SignedDuration::from_hours(24 * 60));
    ann.get("/users/me").await.refused(401, "unauthenticated");
    assert_eq!(overdue(&world, "S#").await, 2);
    // They take nobody's place: signing in goes on.
    let login = json!({ "email": ann.email, "password": PASSWORD });
    let ann = ann.with_tokens(&world.nobody().post("/auth/login", login).await.expect(200));
    assert_eq!(ann.get("/auth/sessions").await.expect(200).rows().len(), 1);
}

#[tokio::test]
async fn a_one_time_token_whose_time_is_over_is_gone() {
    let world = unswept().await;
    let ann = world.person("ann").await;
    let nobody = world.nobody();
    let forgot = || nobody.post("/auth/password/forgot", json!({ "email": ann.email }));
    let reset = |token: String| {
        let body = json!({ "token": token, "password": "seven purple kites over Lima" });
        async { world.nobody().post("/auth/password/reset", body).await }
    };
    forgot().await.expect(202);
    let token = world.mailed_token(&ann.email, "password").await;
    world.clock.advance(SignedDuration::from_mins(61));
    reset(token.clone()).await.refused(410, "gone");
    world.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(overdue(&world, "ONETIME#reset").await, 1);
    reset(token.clone()).await.refused(410, "gone");
    // The old item is in nobody's way.
    forgot().await.expect(202);
    let fresh = world.mailed_token(&ann.email, "password").await;
    assert_ne!(fresh, token);
    reset(fresh).await.expect(200);
    reset(token).await.refused(410, "gone");
}

#[tokio::test]
async fn an_invitation_whose_time_is_over_is_gone_and_can_be_made_anew() {
    let world = unswept().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.person("bob").await;
    world.verify(&bob).await;
    let path = format!("/organizations/{}/invitations", team.id);
    let invite = || async {
        ann.post(&path, json!([{ "email": bob.email, "role": "member" }]))
            .await
            .expect(201)
    };
    let id = |answer: &tests::Answer| {
        answer.rows()[0]["invitation"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let first = id(&invite().await);
    let token = world.mailed_token(&bob.email, "Invitation").await;
    assert_eq!(
        bob.get("/users/me/invitations")
            .await
            .expect(200)
            .rows()
            .len(),
        1
    );
    world.clock.advance(SignedDuration::from_hours(24 * 7));
    world
        .nobody()
        .get(&format!("/invitations/{token}"))
        .await
        .refused(410, "gone");
    bob.post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .refused(410, "gone");
    bob.post(&format!("{path}/{first}/accept"), json!({}))
        .await
        .refused(410, "gone");
    assert_eq!(
        bob.get("/users/me/invitations")
            .await
            .expect(200)
            .rows()
            .len(),
        0
    );
    let listed = ann.get(&format!("{path}?state=expired")).await.expect(200);
    assert_eq!(listed.rows().len(), 1);
    let again = id(&invite().await);
    bob.post(&format!("{path}/{again}/accept"), json!({}))
        .await
        .expect(200);
}

#[tokio::test]
async fn nothing_that_makes_events_is_ever_deleted_in_place() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    let member = format!("/projects/{project}/members/{}", bob.id);
    ann.put(&member, json!({ "role": "member" }))
        .await
        .expect(200);
    ann.delete(&member).await.expect(204);
    ann.delete(&format!("/tasks/{task}")).await.expect(200);
    ann.delete(&format!("/projects/{project}"))
        .await
        .expect(200);
    let invitations = format!("/organizations/{}/invitations", team.id);
    let invited = ann
        .post(
            &invitations,
            json!([{ "email": "cat@example.com", "role": "guest" }]),
        )
        .await
        .expect(201);
    let id = invited.rows()[0]["invitation"]["id"].as_str().unwrap();
    ann.delete(&format!("{invitations}/{id}")).await.expect(200);
    ann.delete(&format!("/organizations/{}/members/{}", team.id, bob.id))
        .await
        .expect(204);
    let confirm = json!({ "confirm_slug": team.slug });
    let org = format!("/organizations/{}", team.id);
    ann.request(Method::DELETE, &org)
        .json(confirm)
        .send()
        .await
        .expect(200);
    bob.post("/auth/logout", json!({ "all": true }))
        .await
        .expect(204);
    let removed: Vec<Value> = stream(&world.cloud)
        .await
        .into_iter()
        .filter(|record| record["eventName"] == "REMOVE")
        .collect();
    // Guards of names and places among a project's people are given back.
    assert!(removed.len() >= 3, "{removed:#?}");
    let with_event = removed
        .iter()
        .filter(|record| !record["dynamodb"]["OldImage"]["ev"].is_null());
    assert_eq!(with_event.collect::<Vec<_>>(), Vec::<&Value>::new());
}
