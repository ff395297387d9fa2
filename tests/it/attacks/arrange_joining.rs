//! Requests about joining and rights that are in order.

use serde_json::{Value, json};
use tests::{Person, Team};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

impl Stage {
    /// A request of these groups; none if the operation is of another.
    pub async fn arrange_joining(
        &self,
        operation: &Operation,
        variant: &str,
        who: &Person,
    ) -> Option<Sample> {
        let org = self.team.id.as_str();
        let page = |sample: Sample| sample.query([("limit", "5")]);
        Some(match operation.id.as_str() {
            "joinOrganization" => Sample::with(self.way_in(variant, who).await),
            "createJoinCode" => Sample::at([org]).body(json!({
                "role": "member", "approval": true, "max_uses": 5, "expires_at": "2099-01-01T00:00:00Z",
            })),
            "rotateJoinCode" | "revokeJoinCode" | "keepJoinCode" => {
                self.prove(&self.owner()).await;
                let made = self.owner().post(&self.org("/join-codes"), json!({ "role": "guest" })).await.expect(201);
                Sample::at([org, &made.id()])
            }
            "listJoinCodes" | "listDomains" | "listJoinRequests" => page(Sample::at([org])),
            "claimDomain" => {
                let domain = format!("acme{}.example", self.next());
                Sample::at([org]).body(json!({ "domain": domain, "role": "viewer", "approval": false }))
            }
            "verifyDomain" | "removeDomain" => Sample::at([org, &self.domain(&self.team).await]),
            "approveJoinRequest" | "rejectJoinRequest" => Sample::at([org, &self.request().await]),
            "explainPermission" => {
                let task = self.task(&self.open, None).await;
                let key = self.owner().get(&format!("/tasks/{task}")).await.expect(200).text_of("key");
                let oneself = if who.id.is_empty() { self.owner().id } else { who.id.clone() };
                let whom = if variant == "about another" { self.person("spare").id } else { oneself };
                let query = [("action", "task.update"), ("resource", key.as_str()), ("org", org), ("user", &whom)];
                Sample::default().query(query)
            }
            _ => return None,
        })
    }

    /// A new domain of the organization, whose record is published.
    async fn domain(&self, team: &Team) -> String {
        let body = json!({ "domain": format!("acme{}.example", self.next()), "role": "member" });
        let named = team
            .owner
            .post(&format!("/organizations/{}/domains", team.id), body)
            .await
            .expect(201);
        self.publish(&named.data()["record"]);
        named.id()
    }

    fn publish(&self, record: &Value) {
        self.world.dns.publish(
            record["name"].as_str().unwrap(),
            record["value"].as_str().unwrap(),
        );
    }

    /// Somebody asks to join; their id.
    async fn request(&self) -> String {
        let body = json!({ "role": "member", "approval": true });
        self.prove(&self.owner()).await;
        let code = self
            .owner()
            .post(&self.org("/join-codes"), body)
            .await
            .expect(201)
            .text_of("code");
        let person = self.world.person(&format!("asks{}", self.next())).await;
        person
            .post("/organizations/join", json!({ "join_code": code }))
            .await
            .expect(202);
        person.id
    }

    /// How to get into an organization to which nobody of the stage belongs.
    async fn way_in(&self, variant: &str, who: &Person) -> Value {
        // Ten attempts a minute are allowed.
        self.world.clock.advance(jiff::SignedDuration::from_mins(1));
        let host = self.person("deputy");
        let found = host.get("/organizations/joinable").await;
        let team = match found.status {
            200 => Team {
                id: found.id(),
                slug: "joinable".to_owned(),
                owner: host.clone(),
            },
            _ => self.joinable(&host).await,
        };
        who.delete(&format!("/organizations/joinable/members/{}", who.id))
            .await;
        if variant == "by domain" {
            return json!({ "organization": "joinable" });
        }
        let body = json!({ "role": "viewer", "approval": variant == "with approval" });
        self.prove(&host).await;
        let made = host
            .post(&format!("/organizations/{}/join-codes", team.id), body)
            .await
            .expect(201);
        json!({ "join_code": made.text_of("code") })
    }

    async fn joinable(&self, host: &Person) -> Team {
        let team = self.world.team(host, "joinable").await;
        let path = format!("/organizations/{}/domains", team.id);
        let named = host
            .post(&path, json!({ "domain": "example.com", "role": "guest" }))
            .await
            .expect(201);
        self.publish(&named.data()["record"]);
        host.post(&format!("{path}/{}/verify", named.id()), json!(null))
            .await
            .expect(200);
        team
    }
}
