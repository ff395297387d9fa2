//! Joining without an invitation: every way in, and every way in which it is refused.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod codes;
mod domains;
mod requests;

use serde_json::{Value, json};
use tests::{Answer, Person, Team, World};

/// A world with an organization of ann's.
async fn acme() -> (World, Team) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    (world, team)
}

/// The path of something of the organization.
fn of(team: &Team, rest: &str) -> String {
    format!("/organizations/{}/{rest}", team.id)
}

/// Makes a code; its id and the code.
async fn code(team: &Team, body: Value) -> (String, String) {
    let made = team
        .owner
        .post(&of(team, "join-codes"), body)
        .await
        .expect(201);
    (made.id(), made.text_of("code"))
}

/// Tries a code.
async fn try_code(person: &Person, code: &str) -> Answer {
    person
        .post("/organizations/join", json!({ "join_code": code }))
        .await
}

/// Names a domain; its id and the record to publish.
async fn domain(team: &Team, name: &str) -> (String, String, String) {
    let named = team
        .owner
        .post(
            &of(team, "domains"),
            json!({ "domain": name, "role": "member" }),
        )
        .await
        .expect(201);
    let record = |part: &str| named.data()["record"][part].as_str().unwrap().to_owned();
    (named.id(), record("name"), record("value"))
}

/// A new account with a verified address.
async fn verified(world: &World, email: &str) -> Person {
    let body = json!({ "email": email, "password": tests::PASSWORD });
    let person = world.signed_in(
        &world
            .nobody()
            .post("/auth/register", body)
            .await
            .expect(201),
    );
    world.verify(&person).await;
    person
}
