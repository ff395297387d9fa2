//! A world: a local cloud in memory, and the people in it.

use std::net::Ipv4Addr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::UserId;
use local::{Cloud, Mail, Options};
use runtime::env::Entropy;
use runtime::outbound::Outbound;
use serde_json::{Value, json};
use store::keys;

use crate::{Answer, Person, TestClock, TestDns};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A local cloud in memory.
pub struct World {
    /// The cloud.
    pub cloud: Cloud,
    /// Its functions' time.
    pub clock: TestClock,
    /// The DNS that its functions ask.
    pub dns: TestDns,
    http: reqwest::Client,
}

/// An organization with somebody for every role.
pub struct Team {
    /// The organization's id.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its owner.
    pub owner: Person,
}

impl World {
    /// A fresh world: no sampling of rate limits, so that requests can be counted.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A fresh world with other options.
    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let (clock, dns) = (TestClock::default(), TestDns::default());
        let mut options = Options {
            clock: Some(clock.clock()),
            entropy: Some(Entropy::system().with_dice(|_| false)),
            resolver: Some(dns.resolver()),
            // Nothing that a test does reaches the world outside: every name leads inside, where nothing is sent.
            outbound: Some(Outbound::from_fn(|_| async {
                Ok(vec![Ipv4Addr::LOCALHOST.into()])
            })),
            // Expired items are swept away some time or other: with `NO_SWEEP=1` never.
            sweep_ttl: std::env::var_os("NO_SWEEP").is_none(),
            // How fast the machine is decides nothing. Tests of what is too slow say so.
            slack: 10,
            ..Options::default()
        };
        for (name, value) in [
            ("ATTEMPTS_PER_ADDRESS", "1000000"),
            ("REQUESTS_PER_MINUTE", "1000000"),
        ] {
            options.variables.insert(name.to_owned(), value.to_owned());
        }
        change(&mut options);
        let cloud = Cloud::start(options).await.expect("the local cloud starts");
        Self {
            cloud,
            clock,
            dns,
            http: reqwest::Client::new(),
        }
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> Person {
        Person {
            http: self.http.clone(),
            url: self.cloud.url().to_owned(),
            token: None,
            refresh: String::new(),
            device: String::new(),
            id: String::new(),
            email: String::new(),
            home: String::new(),
        }
    }

    /// A new account whose address is verified: `name@example.com`.
    pub async fn person(&self, name: &str) -> Person {
        let person = self.unverified(name).await;
        self.make_verified(&person).await;
        person
    }

    /// Makes an account's address verified without its mail, which takes a while to come. Its version stays, so nothing
    /// has happened that anybody is told of.
    pub async fn make_verified(&self, person: &Person) {
        let user: UserId = person.id.parse().expect("an id");
        let key = keys::account(user);
        let update = self
            .cloud
            .dynamodb()
            .update_item()
            .table_name(self.cloud.table());
        let update = update.set_key(Some(store::table::key_attributes(&key)));
        let update = update.update_expression("SET email_verified = :yes");
        update
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await
            .expect("it is written");
    }

    /// A new account whose address is not verified yet: `name@example.com`.
    pub async fn unverified(&self, name: &str) -> Person {
        let email = format!("{name}@example.com");
        let body =
            json!({ "email": email, "password": PASSWORD, "username": name, "full_name": name });
        let answer = self.nobody().post("/auth/register", body).await.expect(201);
        self.signed_in(&answer)
    }

    /// The person whom an answer of register or login signs in.
    pub fn signed_in(&self, answer: &Answer) -> Person {
        let user = &answer.data()["user"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Person {
            id: text(&user["id"]),
            email: text(&user["email"]),
            home: text(&answer.data()["organization"]["id"]),
            ..self.nobody().with_tokens(answer)
        }
    }

    /// A world in which Ann owns the organization acme.
    pub async fn acme() -> (Self, Team) {
        let world = Self::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        (world, team)
    }

    /// A new organization of `owner`.
    pub async fn team(&self, owner: &Person, slug: &str) -> Team {
        let answer = owner
            .post("/organizations", json!({ "name": slug, "slug": slug }))
            .await
            .expect(201);
        Team {
            id: answer.id(),
            slug: slug.to_owned(),
            owner: owner.clone(),
        }
    }

    /// A new account that joins an organization by invitation.
    pub async fn member(&self, team: &Team, name: &str, role: &str) -> Person {
        let person = self.person(name).await;
        self.join(team, &person, role).await;
        person
    }

    /// Invites a person and accepts for them, by the mailed token.
    pub async fn join(&self, team: &Team, person: &Person, role: &str) {
        let body = json!([{ "email": person.email, "role": role }]);
        team.owner
            .post(&format!("/organizations/{}/invitations", team.id), body)
            .await
            .expect(201);
        let token = self.mailed_token(&person.email, "Invitation").await;
        person
            .post(&format!("/invitations/{token}/accept"), json!({}))
            .await
            .expect(200);
    }

    /// The latest mail to an address whose subject contains `about`, once everything has followed that follows. Mails
    /// of the same moment may come in any order, so the subject tells them apart.
    pub async fn mail_to(&self, email: &str, about: &str) -> Mail {
        self.cloud.settle().await;
        let mails = self.cloud.mailbox();
        let mail = mails
            .into_iter()
            .rev()
            .find(|mail| mail.to == email && mail.subject.contains(about));
        mail.unwrap_or_else(|| panic!("no mail to {email} about {about}"))
    }

    /// The token in that mail.
    pub async fn mailed_token(&self, email: &str, about: &str) -> String {
        let mail = self.mail_to(email, about).await;
        mail.token()
            .unwrap_or_else(|| panic!("no token in: {}", mail.text))
            .to_owned()
    }

    /// Verifies a person's address with the token mailed at registration, unless it is verified.
    pub async fn verify(&self, person: &Person) {
        if person.get("/users/me").await.expect(200).data()["email_verified"] == true {
            return;
        }
        let token = self.mailed_token(&person.email, "Confirm").await;
        person
            .post("/auth/email/verify", json!({ "token": token }))
            .await
            .expect(204);
    }
}

impl Team {
    /// A new project of the owner's.
    pub async fn project(&self, key: &str) -> String {
        let body =
            json!({ "organization_id": self.id, "name": format!("Project {key}"), "key": key });
        self.owner.post("/projects", body).await.expect(201).id()
    }

    /// A new private project of the owner's.
    pub async fn private_project(&self, key: &str) -> String {
        let body = json!({
            "organization_id": self.id, "name": format!("Project {key}"), "key": key, "visibility": "private"
        });
        self.owner.post("/projects", body).await.expect(201).id()
    }

    /// A new task of the owner's.
    pub async fn task(&self, project: &str, title: &str) -> String {
        self.owner
            .post("/tasks", json!({ "project_id": project, "title": title }))
            .await
            .expect(201)
            .id()
    }
}
