//! Organizations, their people and invitations.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Request;

use super::cases;
use crate::faults::stage::{Case, Stage};

impl Stage {
    fn by_owner(&self, method: Method, path: &str) -> Request {
        self.team.owner.request(method, path)
    }

    /// A new organization's path and slug.
    async fn organization(&self) -> (String, String) {
        let slug = format!("org-{}", self.fresh());
        (
            format!(
                "/organizations/{}",
                self.world.team(&self.team.owner, &slug).await.id
            ),
            slug,
        )
    }

    /// Invites bob into a new organization: the invitation's path.
    async fn invitation(&self) -> String {
        let path = format!("{}/invitations", self.organization().await.0);
        let invited = self
            .team
            .owner
            .post(&path, invite(&self.bob.email, "member"))
            .await
            .expect(201);
        format!(
            "{path}/{}",
            invited.rows()[0]["invitation"]["id"]
                .as_str()
                .unwrap_or_default()
        )
    }

    /// Brings bob into a new organization: their path as a member.
    async fn membership(&self) -> String {
        let path = self.invitation().await;
        self.bob
            .post(&format!("{path}/accept"), json!({}))
            .await
            .expect(200);
        let organization = path.split("/invitations").next().unwrap_or_default();
        format!("{organization}/members/{}", self.bob.id)
    }
}

fn invite(email: &str, role: &str) -> Value {
    json!([{ "email": email, "role": role }])
}

pub const CASES: &[Case] = cases![
    ("create an organization", "orgs", 201, |stage| {
        let name = format!("New {}", stage.fresh());
        stage
            .by_owner(Method::POST, "/organizations")
            .json(json!({ "name": name, "slug": name.replace(' ', "-") }))
    }),
    ("patch an organization", "orgs", 200, |stage| {
        let settings = json!({ "settings": { "members_can_create_projects": false } });
        stage
            .by_owner(Method::PATCH, &stage.organization().await.0)
            .json(settings)
    }),
    ("rename an organization", "orgs", 200, |stage| {
        let (path, slug) = stage.organization().await;
        let body = json!({ "name": format!("Newer {slug}"), "slug": format!("newer-{slug}"), "email": format!("{slug}@example.org") });
        stage.by_owner(Method::PATCH, &path).json(body)
    }),
    ("delete an organization", "orgs", 200, |stage| {
        let (path, slug) = stage.organization().await;
        stage.prove().await;
        stage
            .by_owner(Method::DELETE, &path)
            .json(json!({ "confirm_slug": slug }))
    }),
    ("restore an organization", "orgs", 200, |stage| {
        let (path, slug) = stage.organization().await;
        stage.prove().await;
        let delete = stage
            .by_owner(Method::DELETE, &path)
            .json(json!({ "confirm_slug": slug }));
        delete.send().await.expect(200);
        stage.by_owner(Method::POST, &format!("{path}/restore"))
    }),
    ("invite", "orgs", 201, |stage| {
        let path = format!("/organizations/{}/invitations", stage.team.id);
        stage.by_owner(Method::POST, &path).json(invite(
            &format!("guest{}@example.com", stage.fresh()),
            "guest",
        ))
    }),
    ("invite again", "orgs", 201, |stage| {
        let path = format!("/organizations/{}/invitations", stage.team.id);
        let body = invite(&format!("guest{}@example.com", stage.fresh()), "guest");
        stage.team.owner.post(&path, body.clone()).await.expect(201);
        stage.by_owner(Method::POST, &path).json(body)
    }),
    ("revoke an invitation", "orgs", 200, |stage| {
        let path = stage.invitation().await;
        stage.by_owner(Method::DELETE, &path)
    }),
    ("accept an invitation", "orgs", 200, |stage| {
        let path = stage.invitation().await;
        stage
            .bob
            .request(Method::POST, &format!("{path}/accept"))
            .json(json!({}))
    }),
    ("decline an invitation", "orgs", 200, |stage| {
        let path = stage.invitation().await;
        stage
            .bob
            .request(Method::POST, &format!("{path}/accept"))
            .json(json!({ "decline": true }))
    }),
    ("change a member's role", "orgs", 200, |stage| {
        let path = stage.membership().await;
        stage.prove().await;
        stage
            .by_owner(Method::PATCH, &path)
            .json(json!({ "role": "owner" }))
    }),
    ("remove a member", "orgs", 204, |stage| {
        let path = stage.membership().await;
        stage.by_owner(Method::DELETE, &path)
    }),
    ("leave", "orgs", 204, |stage| {
        let path = stage.membership().await;
        stage.bob.request(Method::DELETE, &path)
    }),
];
