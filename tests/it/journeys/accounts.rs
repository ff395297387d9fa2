//! Accounts and memberships.

use serde_json::json;
use tests::{PASSWORD, World};

use super::{column, journey, until};

const NEW: &str = "another long enough password";

journey! {
    async fn who_forgets_his_password_gets_in_again_and_nobody_else_stays(world: World) {
        let ann = world.person("ann").await;
        world.nobody().post("/auth/password/forgot", json!({ "email": ann.email })).await.expect(202);
        let token = world.mailed_token(&ann.email, "new password").await;
        let body = json!({ "token": token, "password": NEW });
        world.nobody().post("/auth/password/reset", body.clone()).await.expect(200);
        world.nobody().post("/auth/password/reset", body).await.refused(410, "gone");
        ann.get("/users/me").await.refused(401, "unauthenticated");
        world.nobody().post("/auth/refresh", json!({ "refresh_token": ann.refresh })).await.refused(401, "unauthenticated");
        let old = json!({ "email": ann.email, "password": PASSWORD });
        world.nobody().post("/auth/login", old).await.refused(401, "invalid_credentials");
        world.nobody().post("/auth/login", json!({ "username": "ann", "password": NEW })).await.expect(200);
    }
}

journey! {
    async fn an_account_moves_to_another_address(world: World) {
        let ann = world.person("ann").await;
        let wrong = json!({ "email": "new@example.com", "password": NEW });
        ann.post("/auth/email/change", wrong).await.refused(403, "wrong_password");
        ann.post("/auth/email/change", json!({ "email": "new@example.com", "password": PASSWORD })).await.expect(202);
        assert_eq!(ann.get("/users/me").await.expect(200).text_of("email"), "ann@example.com");
        let token = world.mailed_token("new@example.com", "new address").await;
        let token = json!({ "token": token });
        world.nobody().post("/auth/email/verify", token.clone()).await.refused(401, "insufficient_user_authentication");
        ann.post("/auth/email/verify", token).await.expect(204);
        assert_eq!(ann.get("/users/me").await.expect(200).text_of("email"), "new@example.com");
        world.mail_to("ann@example.com", "was changed").await;
        let login = |email: &str| json!({ "email": email, "password": PASSWORD });
        world.nobody().post("/auth/login", login("ann@example.com")).await.refused(401, "invalid_credentials");
        world.nobody().post("/auth/login", login("new@example.com")).await.expect(200);
        // The old address is kept for the account for a week, and then free again.
        let body = json!({ "email": "ann@example.com", "password": PASSWORD });
        world.nobody().post("/auth/register", body.clone()).await.refused(409, "email_taken");
        world.clock.advance(jiff::SignedDuration::from_hours(7 * 24 + 1));
        world.nobody().post("/auth/register", body).await.expect(201);
    }
}

journey! {
    async fn a_person_leaves_and_comes_back_with_other_rights(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "admin").await;
        let project = team.project("WEB").await;
        bob.get(&format!("/projects/{project}")).await.expect(200);
        let place = format!("/organizations/{}/members/{}", team.id, bob.id);
        ann.patch(&place, json!({ "role": "viewer" })).await.expect(200);
        bob.post("/tasks", json!({ "project_id": project, "title": "x" })).await.refused(403, "forbidden");
        bob.delete(&place).await;
        bob.get(&format!("/projects/{project}")).await.refused(404, "not_found");
        bob.get("/organizations/acme").await.refused(404, "not_found");
        until(&ann, "/organizations/acme/members", |answer| answer.rows().len() == 1).await;

        world.join(&team, &bob, "member").await;
        bob.post("/tasks", json!({ "project_id": project, "title": "x" })).await.expect(201);
        until(&ann, "/organizations/acme/members", |answer| column(answer, "username").contains(&"bob".to_owned())).await;
        let place = format!("/organizations/{}/members/{}", team.id, ann.id);
        ann.delete(&place).await.refused(409, "last_owner");
        ann.patch(&place, json!({ "role": "member" })).await.refused(409, "last_owner");
    }
}

journey! {
    async fn a_stolen_refresh_token_ends_the_session(world: World) {
        let ann = world.person("ann").await;
        let refresh = |token: String| {
            let nobody = world.nobody();
            async move { nobody.post("/auth/refresh", json!({ "refresh_token": token })).await }
        };
        let first = refresh(ann.refresh.clone()).await.expect(200);
        // A lost answer: the same token again within ten seconds brings the same successor.
        assert_eq!(refresh(ann.refresh.clone()).await.expect(200).text_of("refresh_token"), first.text_of("refresh_token"));
        let second = refresh(first.text_of("refresh_token")).await.expect(200);
        world.clock.advance(jiff::SignedDuration::from_secs(60));
        refresh(ann.refresh.clone()).await.refused(401, "token_reused");
        refresh(second.text_of("refresh_token")).await.refused(401, "unauthenticated");
        ann.get("/users/me").await.refused(401, "unauthenticated");
        world.mail_to(&ann.email, "session").await;
        world.nobody().post("/auth/login", json!({ "email": ann.email, "password": PASSWORD })).await.expect(200);
    }
}

journey! {
    async fn an_invitation_waits_until_the_address_is_verified(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.unverified("bob").await;
        let verify = world.mailed_token(&bob.email, "Confirm").await;
        let path = format!("/organizations/{}/invitations", team.id);
        let invited = ann.post(&path, json!([{ "email": bob.email, "role": "member" }])).await.expect(201);
        let id = invited.data()[0]["invitation"]["id"].as_str().unwrap().to_owned();
        assert!(bob.get("/users/me/invitations").await.expect(200).rows().is_empty());
        bob.post(&format!("{path}/{id}/accept"), json!({})).await.refused(403, "email_unverified");
        bob.post("/auth/email/verify", json!({ "token": verify })).await.expect(204);
        until(&bob, "/users/me/invitations", |answer| answer.rows().len() == 1).await;
        bob.post(&format!("{path}/{id}/accept"), json!({})).await.expect(200);
        assert!(bob.get("/users/me/invitations").await.expect(200).rows().is_empty());
        bob.get("/organizations/acme").await.expect(200);
        // From now on it is their default organization.
        let project = bob.post("/projects", json!({ "name": "Shared" })).await.expect(201);
        assert_eq!(project.text_of("organization_id"), team.id);
    }
}
