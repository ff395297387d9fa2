//! Nobody learns from the API who has an account: known and unknown names are answered alike, with the same work.

use serde_json::{Value, json};
use tests::{Answer, Person, World};

use super::sound::dressed;

/// What a call to `auth` costs: the kind of every request to the table, with how many things it names.
async fn cost(world: &World, path: &str, body: Value) -> (Answer, Vec<String>) {
    world.cloud.settle().await;
    world.cloud.record_calls();
    let answer = dressed(world.nobody().post(path, body).await);
    let calls = world
        .cloud
        .take_calls()
        .into_iter()
        .filter(|call| call.function == "auth");
    let mut kinds: Vec<String> = calls.map(|call| kind(&call)).collect();
    kinds.sort();
    (answer, kinds)
}

fn kind(call: &local::Call) -> String {
    let batch = call.request["RequestItems"]
        .as_object()
        .into_iter()
        .flat_map(|tables| tables.values());
    let keys: usize = batch
        .map(|table| table["Keys"].as_array().map_or(0, Vec::len))
        .sum();
    let writes = call.request["TransactItems"].as_array().map_or(0, Vec::len);
    let operation = call.operation.as_str();
    // A put and an update of one small item cost the same.
    let operation = if ["PutItem", "UpdateItem"].contains(&operation) {
        "write"
    } else {
        operation
    };
    format!(
        "{operation} {keys} {writes} {}",
        call.status.unwrap_or_default() / 100
    )
}

/// Fails the test unless both bodies are answered alike.
async fn alike(world: &World, path: &str, known: Value, unknown: Value) -> Answer {
    let (known, known_cost) = cost(world, path, known).await;
    let (unknown, unknown_cost) = cost(world, path, unknown).await;
    assert_eq!(known.comparable(), unknown.comparable(), "{path}");
    assert_eq!(known_cost, unknown_cost, "{path}");
    assert!(!known_cost.is_empty(), "nothing was recorded");
    known
}

/// Two accounts, one of them verified, and nothing left to be done once only.
async fn people(world: &World) -> (Person, Person) {
    let (verified, fresh) = (world.unverified("ann").await, world.unverified("bob").await);
    world.verify(&verified).await;
    (verified, fresh)
}

#[tokio::test]
async fn signing_in_does_not_tell_whether_there_is_such_a_name() {
    let world = World::new().await;
    let (ann, _) = people(&world).await;
    let with = |name: &str, value: &str| json!({ name: value, "password": "not my password" });
    for (known, unknown) in [
        (
            with("email", &ann.email),
            with("email", "nobody@example.com"),
        ),
        (
            with("email", "ANN@Example.com"),
            with("email", "NOBODY@Example.com"),
        ),
        (with("username", "ann"), with("username", "nobody")),
        (
            with("username", &ann.email),
            with("username", "nobody@example.com"),
        ),
    ] {
        alike(&world, "/auth/login", known, unknown)
            .await
            .refused(401, "invalid_credentials");
    }
    let short = |email: &str| json!({ "email": email, "password": "" });
    alike(
        &world,
        "/auth/login",
        short(&ann.email),
        short("nobody@example.com"),
    )
    .await
    .expect(401);
}

#[tokio::test]
async fn asking_for_mail_does_not_tell_whether_there_is_such_an_address() {
    let world = World::new().await;
    let (ann, bob) = people(&world).await;
    let forgot = |email: &str| json!({ "email": email });
    let resend = |email: &str| json!({ "resend": true, "email": email });
    for n in 0..5 {
        // The first, the one that voids another, and those beyond the limit.
        let (nobody, noone) = ("nobody@example.com", "noone@example.com");
        alike(
            &world,
            "/auth/password/forgot",
            forgot(&ann.email),
            forgot(nobody),
        )
        .await
        .expect(202);
        alike(
            &world,
            "/auth/email/verify",
            resend(&bob.email),
            resend(nobody),
        )
        .await
        .expect(202);
        alike(
            &world,
            "/auth/email/verify",
            resend(&ann.email),
            resend(noone),
        )
        .await
        .expect(202);
        let mails = world
            .cloud
            .mailbox()
            .into_iter()
            .filter(|mail| mail.to == ann.email)
            .count();
        assert_eq!(
            mails,
            1 + (n + 1).min(3),
            "one to verify the address, and at most three"
        );
    }
    assert!(
        world
            .cloud
            .mailbox()
            .iter()
            .all(|mail| mail.to == ann.email || mail.to == bob.email)
    );
}

#[tokio::test]
async fn a_token_that_names_somebody_is_no_better_than_one_that_names_nobody() {
    let world = World::new().await;
    let (ann, _) = people(&world).await;
    world
        .nobody()
        .post("/auth/password/forgot", json!({ "email": ann.email }))
        .await
        .expect(202);
    let token = world.mailed_token(&ann.email, "new password").await;
    let forged = |place: usize| {
        let mut letters = token.clone().into_bytes();
        letters[place] = if letters[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(letters).unwrap()
    };
    for place in (0..token.len()).step_by(3) {
        let body = json!({ "token": forged(place), "password": "another fine password 77" });
        dressed(world.nobody().post("/auth/password/reset", body).await).refused(410, "gone");
        let body = json!({ "token": forged(place) });
        dressed(world.nobody().post("/auth/email/verify", body).await).refused(410, "gone");
    }
    // A token is for one purpose.
    dressed(
        world
            .nobody()
            .post("/auth/email/verify", json!({ "token": token }))
            .await,
    )
    .refused(410, "gone");
    let preview = dressed(world.nobody().get(&format!("/invitations/{token}")).await);
    preview.refused(404, "not_found");
    let body = json!({ "token": token, "password": "another fine password 77" });
    world
        .nobody()
        .post("/auth/password/reset", body)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_new_address_is_not_told_to_be_anothers() {
    let world = World::new().await;
    let (ann, bob) = people(&world).await;
    let change = |email: &str| json!({ "email": email, "password": tests::PASSWORD });
    let taken = dressed(ann.post("/auth/email/change", change(&bob.email)).await).expect(202);
    let free = dressed(
        ann.post("/auth/email/change", change("free@example.com"))
            .await,
    )
    .expect(202);
    assert_eq!(taken.comparable(), free.comparable());
}

#[tokio::test]
async fn an_invitation_does_not_tell_whether_the_address_has_an_account() {
    let world = World::new().await;
    let (ann, bob) = people(&world).await;
    let team = world.team(&ann, "acme").await;
    let body = json!([{ "email": bob.email, "role": "member" }, { "email": "nobody@example.com", "role": "member" }]);
    let answer = ann
        .post(&format!("/organizations/{}/invitations", team.id), body)
        .await
        .expect(201);
    let shapes: Vec<(&Value, Vec<&String>)> = answer
        .rows()
        .iter()
        .map(|row| (&row["status"], members(row)))
        .collect();
    assert_eq!(shapes[0], shapes[1]);
    assert!(!answer.text.contains(&bob.id), "{}", answer.text);
}

fn members(row: &Value) -> Vec<&String> {
    row["invitation"].as_object().unwrap().keys().collect()
}
