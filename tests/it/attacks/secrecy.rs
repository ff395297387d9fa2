//! What is secret is nowhere to be read: not in answers, not in the table, not in the log.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Answer, PASSWORD, Person, World};

use super::sound::dressed;

/// Everything that was answered in a journey through all groups, and the tokens in it.
#[derive(Default)]
struct Traffic {
    texts: Vec<String>,
    tokens: Vec<String>,
}

impl Traffic {
    fn note(&mut self, answer: Answer) -> Answer {
        let answer = dressed(answer);
        self.texts
            .push(format!("{:?} {}", answer.headers, answer.text));
        for name in ["access_token", "refresh_token"] {
            self.tokens
                .extend(answer.body["data"][name].as_str().map(str::to_owned));
        }
        answer
    }
}

async fn journey(world: &World) -> Traffic {
    let mut traffic = Traffic::default();
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "username": "ann", "device_name": "Laptop" });
    let ann =
        world.signed_in(&traffic.note(world.nobody().post("/auth/register", body.clone()).await));
    traffic
        .note(world.nobody().post("/auth/register", body).await)
        .refused(409, "email_taken");
    for password in [PASSWORD, "a wrong password"] {
        let body = json!({ "email": ann.email, "password": password });
        traffic.note(world.nobody().post("/auth/login", body).await);
    }
    let refresh = json!({ "refresh_token": ann.refresh });
    traffic.note(
        world
            .nobody()
            .post("/auth/refresh", refresh)
            .await
            .expect(200),
    );
    traffic.note(
        world
            .nobody()
            .post("/auth/password/forgot", json!({ "email": ann.email }))
            .await
            .expect(202),
    );
    for (email, subject) in [(&ann.email, "Confirm"), (&ann.email, "new password")] {
        traffic
            .tokens
            .push(world.mailed_token(email, subject).await);
    }
    world.verify(&ann).await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    traffic
        .tokens
        .push(world.mailed_token(&bob.email, "Invitation").await);
    walk(&mut traffic, &ann, &bob, &team.id).await;
    let change = json!({ "current": PASSWORD, "new": "another fine password 77" });
    traffic.note(bob.post("/auth/password/change", change).await.expect(200));
    for token in traffic.tokens.clone() {
        traffic.note(world.nobody().get(&format!("/invitations/{token}")).await);
    }
    world.cloud.settle().await;
    traffic
}

async fn walk(traffic: &mut Traffic, ann: &Person, bob: &Person, org: &str) {
    let project = json!({ "organization_id": org, "name": "Web", "key": "WEB" });
    let project = traffic
        .note(ann.post("/projects", project).await.expect(201))
        .id();
    let task = json!({ "project_id": project, "title": "A task", "assignee_id": bob.id });
    let task = traffic
        .note(ann.post("/tasks", task).await.expect(201))
        .id();
    let invite = json!([{ "email": "eve@example.com", "role": "guest", "project_id": project }]);
    traffic.note(
        ann.post(&format!("/organizations/{org}/invitations"), invite)
            .await
            .expect(201),
    );
    for path in [
        "/users/me".to_owned(),
        "/users".to_owned(),
        format!("/users/{}", bob.id),
        "/users/me/invitations".to_owned(),
        "/auth/sessions".to_owned(),
        "/organizations".to_owned(),
        format!("/organizations/{org}"),
        format!("/organizations/{org}/members"),
        format!("/organizations/{org}/invitations"),
        "/projects".to_owned(),
        format!("/projects/{project}/members"),
        format!("/tasks?project={project}&include=project,assignee,creator"),
        format!("/tasks/{task}?include=project,assignee,creator"),
        "/trash".to_owned(),
    ] {
        traffic.note(ann.get(&path).await.expect(200));
        traffic.note(bob.get(&path).await);
    }
}

/// Everything in the table, as text, and the values of the members that are secret.
async fn kept(world: &World) -> (String, BTreeSet<String>) {
    let table = world.cloud.table();
    let items = world
        .cloud
        .dynamodb()
        .scan()
        .table_name(table)
        .send()
        .await
        .unwrap()
        .items
        .unwrap();
    let mut secrets = BTreeSet::new();
    for item in &items {
        collect(&AttributeValue::M(item.clone()), "", &mut secrets);
    }
    (format!("{items:?}"), secrets)
}

fn collect(value: &AttributeValue, name: &str, secrets: &mut BTreeSet<String>) {
    match value {
        AttributeValue::M(members) => members
            .iter()
            .for_each(|(name, value)| collect(value, name, secrets)),
        AttributeValue::L(values) => values
            .iter()
            .for_each(|value| collect(value, name, secrets)),
        AttributeValue::S(text) if ["nonce", "seed", "password", "cursor"].contains(&name) => {
            secrets.insert(text.clone());
        }
        _ => {}
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_are_nowhere_to_be_read() {
    // With a single subscriber anywhere, what other tests' threads log first is taken to concern nobody.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    let _guard =
        tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let world = World::new().await;
    let traffic = journey(&world).await;
    let (table, secrets) = kept(&world).await;
    assert!(
        secrets.len() >= 6 && traffic.tokens.len() >= 8,
        "{} {}",
        secrets.len(),
        traffic.tokens.len()
    );
    for secret in &secrets {
        assert!(
            traffic
                .texts
                .iter()
                .all(|text| !text.contains(secret.as_str())),
            "{secret} was answered"
        );
    }
    for token in &traffic.tokens {
        assert!(!table.contains(token.as_str()), "{token} is kept");
        // Nor its signature, which makes the rest of it.
        assert!(
            !table.contains(token.rsplit('.').next().unwrap()),
            "{token} is kept"
        );
    }
    assert!(!table.contains(PASSWORD));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours = [
        "edge", "app", "store", "auth", "users", "orgs", "teams", "projects", "boards", "tasks",
        "fanout", "mailer",
    ];
    let lines = log.lines().filter(|line| {
        ours.iter()
            .any(|name| line.contains(&format!("\"target\":\"{name}")))
    });
    let lines: Vec<&str> = lines.collect();
    assert!(lines.len() > 40, "{} lines", lines.len());
    let words = traffic.tokens.iter().chain(&secrets).map(String::as_str);
    for word in words.chain([PASSWORD, "a wrong password", "@example.com", "Bearer"]) {
        let found = lines.iter().find(|line| line.contains(word));
        assert_eq!(found, None, "{word} is in the log");
    }
    let name = world.cloud.table();
    assert!(
        traffic.texts.iter().all(|text| !text.contains(name)),
        "{name} was answered"
    );
}
