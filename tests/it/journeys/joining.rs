//! Ways into an organization besides invitations.

use serde_json::json;
use tests::{PASSWORD, World};

use super::{column, journey, until};

journey! {
    async fn colleagues_join_by_a_code_until_it_is_rotated_or_revoked(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let codes = format!("/organizations/{}/join-codes", team.id);
        let made = ann.post(&codes, json!({ "role": "member" })).await.expect(201);
        let join = |code: String| json!({ "join_code": code });
        let old = made.text_of("code");

        let bob = world.person("bob").await;
        bob.post("/organizations/join", join(old.clone())).await.expect(201);
        // From now on it is their default organization.
        let project = bob.post("/projects", json!({ "name": "Shared" })).await.expect(201);
        assert_eq!(project.text_of("organization_id"), team.id);
        until(&ann, &codes, |answer| answer.rows().len() == 1 && answer.rows()[0]["uses"] == 1).await;

        let new = ann.post(&format!("{codes}/{}/rotate", made.id()), json!(null)).await.expect(200).text_of("code");
        let cleo = world.person("cleo").await;
        cleo.post("/organizations/join", join(old)).await.refused(404, "not_found");
        cleo.post("/organizations/join", join(new.clone())).await.expect(201);

        ann.delete(&format!("{codes}/{}", made.id())).await.expect(200);
        world.person("dan").await.post("/organizations/join", join(new)).await.refused(404, "not_found");
        until(&ann, &codes, |answer| answer.rows().is_empty()).await;
        let members = format!("/organizations/{}/members", team.id);
        until(&ann, &members, |answer| column(answer, "username") == ["ann", "bob", "cleo"]).await;
    }
}

journey! {
    async fn who_asks_waits_for_an_admin(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let at = |rest: &str| format!("/organizations/{}/{rest}", team.id);
        let code = ann.post(&at("join-codes"), json!({ "role": "viewer", "approval": true })).await.expect(201);
        let join = json!({ "join_code": code.text_of("code") });
        let (bob, cleo) = (world.person("bob").await, world.person("cleo").await);
        bob.post("/organizations/join", join.clone()).await.expect(202);
        cleo.post("/organizations/join", join.clone()).await.expect(202);
        bob.get("/organizations/acme").await.refused(404, "not_found");
        until(&ann, &at("join-requests"), |answer| column(answer, "username") == ["bob", "cleo"]).await;

        ann.post(&at(&format!("join-requests/{}/approve", bob.id)), json!(null)).await.expect(200);
        assert_eq!(bob.get("/organizations/acme").await.expect(200).text_of("role"), "viewer");
        ann.post(&at(&format!("join-requests/{}/reject", cleo.id)), json!(null)).await.expect(200);
        cleo.get("/organizations/acme").await.refused(404, "not_found");
        until(&ann, &at("join-requests"), |answer| answer.rows().is_empty()).await;

        // They may ask again.
        cleo.post("/organizations/join", join).await.expect(202);
        ann.post(&at(&format!("join-requests/{}/approve", cleo.id)), json!(null)).await.expect(200);
        cleo.get("/organizations/acme").await.expect(200);
    }
}

journey! {
    async fn whoever_has_an_address_at_the_company_joins_it(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let domains = format!("/organizations/{}/domains", team.id);
        let named = ann.post(&domains, json!({ "domain": "acme.example", "role": "member" })).await.expect(201);
        let verify = format!("{domains}/{}/verify", named.id());
        ann.post(&verify, json!(null)).await.refused(409, "domain_unverified");
        let record = |part: &str| named.data()["record"][part].as_str().unwrap_or_default().to_owned();
        world.dns.publish(&record("name"), &record("value"));
        ann.post(&verify, json!(null)).await.expect(200);

        let body = json!({ "email": "bob@acme.example", "password": PASSWORD, "username": "bob" });
        let bob = world.signed_in(&world.nobody().post("/auth/register", body).await.expect(201));
        let join = json!({ "organization": "acme" });
        bob.post("/organizations/join", join.clone()).await.refused(403, "email_unverified");
        world.verify(&bob).await;
        bob.post("/organizations/join", join.clone()).await.expect(201);
        bob.get("/organizations/acme").await.expect(200);
        let dan = world.person("dan").await;
        world.verify(&dan).await;
        dan.post("/organizations/join", join).await.refused(404, "not_found");
    }
}
