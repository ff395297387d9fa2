//! Ways into an organization besides invitations.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Request};

use super::cases;
use crate::faults::stage::{Case, Stage};

impl Stage {
    fn joining(&self, rest: &str) -> String {
        format!("/organizations/{}/{rest}", self.team.id)
    }

    fn answers(&self, method: Method, rest: &str) -> Request {
        self.team.owner.request(method, &self.joining(rest))
    }

    /// A new code: its id and the code.
    async fn code(&self, approval: bool) -> (String, String) {
        self.prove().await;
        let body = json!({ "role": "member", "approval": approval });
        let made = self
            .team
            .owner
            .post(&self.joining("join-codes"), body)
            .await
            .expect(201);
        (made.id(), made.text_of("code"))
    }

    /// Somebody new, and what they say to join.
    async fn newcomer(&self, approval: bool) -> (Person, Value) {
        let person = self
            .world
            .person(&format!("newcomer{}", self.fresh()))
            .await;
        (person, json!({ "join_code": self.code(approval).await.1 }))
    }

    /// Somebody new who has asked to join: the path of their request.
    async fn request(&self) -> String {
        let (person, body) = self.newcomer(true).await;
        person.post("/organizations/join", body).await.expect(202);
        format!("join-requests/{}", person.id)
    }

    /// A new domain whose record is published: its path.
    async fn domain(&self) -> String {
        let body = json!({ "domain": format!("acme{}.example", self.fresh()), "role": "member" });
        let named = self
            .team
            .owner
            .post(&self.joining("domains"), body)
            .await
            .expect(201);
        let record = |part: &str| {
            named.data()["record"][part]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        self.world.dns.publish(&record("name"), &record("value"));
        format!("domains/{}", named.id())
    }
}

pub const CASES: &[Case] = cases![
    ("make a join code", "orgs", 201, |stage| {
        stage.prove().await;
        stage
            .answers(Method::POST, "join-codes")
            .json(json!({ "role": "member" }))
    }),
    ("rotate a join code", "orgs", 200, |stage| {
        let id = stage.code(false).await.0;
        stage.answers(Method::POST, &format!("join-codes/{id}/rotate"))
    }),
    ("keep a join code", "orgs", 200, |stage| {
        let id = stage.code(false).await.0;
        stage.answers(Method::POST, &format!("join-codes/{id}/keep"))
    }),
    ("revoke a join code", "orgs", 200, |stage| {
        let id = stage.code(false).await.0;
        stage.answers(Method::DELETE, &format!("join-codes/{id}"))
    }),
    ("join by a code", "orgs", 201, |stage| {
        let (person, body) = stage.newcomer(false).await;
        person
            .request(Method::POST, "/organizations/join")
            .json(body)
    }),
    ("ask to join", "orgs", 202, |stage| {
        let (person, body) = stage.newcomer(true).await;
        person
            .request(Method::POST, "/organizations/join")
            .json(body)
    }),
    ("approve a request to join", "orgs", 200, |stage| {
        let path = stage.request().await;
        stage.answers(Method::POST, &format!("{path}/approve"))
    }),
    ("reject a request to join", "orgs", 200, |stage| {
        let path = stage.request().await;
        stage.answers(Method::POST, &format!("{path}/reject"))
    }),
    ("name a domain", "orgs", 201, |stage| {
        let body = json!({ "domain": format!("acme{}.example", stage.fresh()), "role": "member" });
        stage.answers(Method::POST, "domains").json(body)
    }),
    ("verify a domain", "orgs", 200, |stage| {
        let path = stage.domain().await;
        stage.answers(Method::POST, &format!("{path}/verify"))
    }),
    ("take a domain away", "orgs", 200, |stage| {
        let path = stage.domain().await;
        stage
            .answers(Method::POST, &format!("{path}/verify"))
            .send()
            .await
            .expect(200);
        stage.answers(Method::DELETE, &path)
    }),
];
