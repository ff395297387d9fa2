//! Accounts and their security.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, Person, Request};

use super::cases;
use crate::faults::stage::{Case, Stage};

impl Stage {
    async fn somebody(&self) -> Person {
        self.world.person(&format!("user{}", self.fresh())).await
    }

    /// Somebody whose address is not verified yet.
    async fn unverified(&self) -> Person {
        self.world
            .unverified(&format!("user{}", self.fresh()))
            .await
    }

    fn nobody(&self, path: &str, body: Value) -> Request {
        self.world.nobody().request(Method::POST, path).json(body)
    }

    /// Somebody who is invited, and the token that was mailed to them.
    async fn invited(&self) -> (Person, String) {
        let person = self.somebody().await;
        let body = json!([{ "email": person.email, "role": "member" }]);
        self.team
            .owner
            .post(
                &format!("/organizations/{}/invitations", self.team.id),
                body,
            )
            .await
            .expect(201);
        let token = self.world.mailed_token(&person.email, "Invitation").await;
        (person, token)
    }
}

const NEW_PASSWORD: &str = "seven purple kites over Lima";

pub const CASES: &[Case] = cases![
    ("register", "auth", 201, |stage| {
        let name = format!("new{}", stage.fresh());
        let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "username": name });
        stage.nobody("/auth/register", body)
    }),
    ("register with an organization", "auth", 201, |stage| {
        let name = format!("new{}", stage.fresh());
        let organization = json!({ "name": name, "slug": name });
        let email = format!("{name}@example.com");
        stage.nobody(
            "/auth/register",
            json!({ "email": email, "password": PASSWORD, "organization": organization }),
        )
    }),
    ("log in", "auth", 200, |stage| {
        let email = stage.somebody().await.email;
        stage.nobody(
            "/auth/login",
            json!({ "email": email, "password": PASSWORD }),
        )
    }),
    ("refresh", "auth", 200, |stage| {
        let token = stage.somebody().await.refresh;
        stage.nobody("/auth/refresh", json!({ "refresh_token": token }))
    }),
    ("log out", "auth", 204, |stage| {
        stage.somebody().await.request(Method::POST, "/auth/logout")
    }),
    ("log out everywhere", "auth", 204, |stage| {
        let somebody = stage.somebody().await;
        stage
            .nobody(
                "/auth/login",
                json!({ "email": somebody.email, "password": PASSWORD }),
            )
            .send()
            .await
            .expect(200);
        somebody
            .request(Method::POST, "/auth/logout")
            .json(json!({ "all": true }))
    }),
    ("revoke a session", "auth", 204, |stage| {
        let somebody = stage.somebody().await;
        stage
            .nobody(
                "/auth/login",
                json!({ "email": somebody.email, "password": PASSWORD }),
            )
            .send()
            .await
            .expect(200);
        let sessions = somebody.get("/auth/sessions").await.expect(200);
        let id = sessions
            .rows()
            .last()
            .and_then(|session| session["id"].as_str())
            .unwrap_or_default()
            .to_owned();
        somebody.request(Method::DELETE, &format!("/auth/sessions/{id}"))
    }),
    ("change the password", "auth", 200, |stage| {
        let body = json!({ "current": PASSWORD, "new": NEW_PASSWORD });
        stage
            .somebody()
            .await
            .request(Method::POST, "/auth/password/change")
            .json(body)
    }),
    ("forget the password", "auth", 202, |stage| {
        let email = stage.somebody().await.email;
        stage.nobody("/auth/password/forgot", json!({ "email": email }))
    }),
    ("reset the password", "auth", 200, |stage| {
        let email = stage.somebody().await.email;
        stage
            .nobody("/auth/password/forgot", json!({ "email": email }))
            .send()
            .await
            .expect(202);
        let token = stage.world.mailed_token(&email, "password").await;
        stage.nobody(
            "/auth/password/reset",
            json!({ "token": token, "password": NEW_PASSWORD }),
        )
    }),
    ("verify the address", "auth", 204, |stage| {
        let email = stage.unverified().await.email;
        let token = stage.world.mailed_token(&email, "Confirm").await;
        stage.nobody("/auth/email/verify", json!({ "token": token }))
    }),
    ("ask for another mail", "auth", 202, |stage| {
        stage
            .unverified()
            .await
            .request(Method::POST, "/auth/email/verify")
            .json(json!({ "resend": true }))
    }),
    ("ask for another address", "auth", 202, |stage| {
        let body =
            json!({ "email": format!("other{}@example.org", stage.fresh()), "password": PASSWORD });
        stage
            .somebody()
            .await
            .request(Method::POST, "/auth/email/change")
            .json(body)
    }),
    ("change the address", "auth", 204, |stage| {
        let email = format!("other{}@example.org", stage.fresh());
        let body = json!({ "email": email, "password": PASSWORD });
        let person = stage.somebody().await;
        person.post("/auth/email/change", body).await.expect(202);
        let token = stage.world.mailed_token(&email, "").await;
        person
            .request(Method::POST, "/auth/email/verify")
            .json(json!({ "token": token }))
    }),
    ("take the account back", "auth", 204, |stage| {
        let email = format!("other{}@example.org", stage.fresh());
        let person = stage.somebody().await;
        let body = json!({ "email": email, "password": PASSWORD });
        person.post("/auth/email/change", body).await.expect(202);
        let token = stage.world.mailed_token(&email, "").await;
        person
            .post("/auth/email/verify", json!({ "token": token }))
            .await
            .expect(204);
        let token = stage.world.mailed_token(&person.email, "was changed").await;
        stage.nobody("/auth/email/revert", json!({ "token": token }))
    }),
    ("show the password again", "auth", 204, |stage| {
        let body = json!({ "password": PASSWORD });
        stage
            .somebody()
            .await
            .request(Method::POST, "/auth/reauthenticate")
            .json(body)
    }),
    ("accept by token", "auth", 200, |stage| {
        let (person, token) = stage.invited().await;
        person.request(Method::POST, &format!("/invitations/{token}/accept"))
    }),
    ("decline by token", "auth", 200, |stage| {
        let (person, token) = stage.invited().await;
        person
            .request(Method::POST, &format!("/invitations/{token}/accept"))
            .json(json!({ "decline": true }))
    }),
    ("register by token", "auth", 201, |stage| {
        let name = format!("new{}", stage.fresh());
        let email = format!("{name}@example.com");
        let body = json!([{ "email": email, "role": "member" }]);
        let path = format!("/organizations/{}/invitations", stage.team.id);
        stage.team.owner.post(&path, body).await.expect(201);
        let token = stage.world.mailed_token(&email, "Invitation").await;
        stage.nobody(
            "/auth/register",
            json!({ "email": email, "password": PASSWORD, "invite_token": token }),
        )
    }),
    ("change one's profile", "users", 200, |stage| {
        let body =
            json!({ "full_name": format!("Newer {}", stage.fresh()), "timezone": "Europe/Berlin" });
        stage
            .somebody()
            .await
            .request(Method::PATCH, "/users/me")
            .json(body)
    }),
];
