//! People and organizations on the scale.

use reqwest::Method;
use serde_json::json;
use tests::{PASSWORD, Person, Request};

use super::scale::{NO_TARGET, Scale, exactly};

/// How many sessions an account has at most.
const MOST_SESSIONS: usize = 50;

/// Weighs signing up and in, and the life of organizations.
pub async fn weigh(scale: &mut Scale<'_>) {
    let cat = registration(scale).await;
    signing_in(scale, &cat).await;
    organizations(scale, &cat).await;
}

fn nobody_posts(scale: &Scale<'_>, path: &str, body: serde_json::Value) -> Request {
    scale.world.nobody().request(Method::POST, path).json(body)
}

async fn registration(scale: &mut Scale<'_>) -> Person {
    let body = json!({ "email": "cat@example.com", "password": PASSWORD, "username": "cat", "full_name": "Cat Lee" });
    let register = nobody_posts(scale, "/auth/register", body);
    let answer = scale.weigh("register", NO_TARGET, 201, register).await;
    let cat = scale.world.signed_in(&answer);
    scale.world.make_verified(&cat).await;
    cat
}

async fn signing_in(scale: &mut Scale<'_>, cat: &Person) {
    let login = json!({ "email": cat.email, "password": PASSWORD, "device_name": "Cat's laptop" });
    let signed_in = scale
        .weigh(
            "login",
            exactly(3, 3.0, 6.0),
            200,
            nobody_posts(scale, "/auth/login", login.clone()),
        )
        .await;
    let refresh = json!({ "refresh_token": signed_in.text_of("refresh_token") });
    scale
        .weigh(
            "refresh",
            exactly(1, 0.0, 1.0),
            200,
            nobody_posts(scale, "/auth/refresh", refresh),
        )
        .await;
    // One account can be signed in to ten times a minute on a device that it knows.
    let known = json!({ "email": cat.email, "password": PASSWORD, "device_token": cat.device });
    for session in 2..MOST_SESSIONS {
        if session % 9 == 0 {
            scale.wait_a_minute();
        }
        scale
            .world
            .nobody()
            .post("/auth/login", known.clone())
            .await
            .expect(200);
    }
    // The session that has to go is read before it is ended: a round trip and a unit that other sign-ins do not need.
    let displacing = exactly(4, 4.0, 8.0);
    scale.wait_a_minute();
    scale
        .weigh(
            "login, 51st session",
            displacing,
            200,
            nobody_posts(scale, "/auth/login", login),
        )
        .await;
}

async fn organizations(scale: &mut Scale<'_>, cat: &Person) {
    // The registration's session was the oldest, and had to go.
    let login = json!({ "email": cat.email, "password": PASSWORD });
    scale.wait_a_minute();
    let cat = cat.with_tokens(
        &scale
            .world
            .nobody()
            .post("/auth/login", login)
            .await
            .expect(200),
    );
    let create = cat
        .request(Method::POST, "/organizations")
        .json(json!({ "name": "Cats", "slug": "cats" }));
    let org = scale
        .weigh("create organization", NO_TARGET, 201, create)
        .await
        .id();
    let to = |rest: &str| format!("/organizations/{org}{rest}");
    scale
        .weigh(
            "get organization",
            exactly(1, 5.0, 0.0),
            200,
            cat.request(Method::GET, &to("")),
        )
        .await;
    let invite = cat
        .request(Method::POST, &to("/invitations"))
        .json(json!([{ "email": "dan@example.com", "role": "admin" }]));
    scale.weigh("invite one", NO_TARGET, 201, invite).await;
    let dan = scale.world.person("dan").await;
    let mails = scale.world.cloud.mailbox();
    let mail = mails
        .iter()
        .find(|mail| mail.to == dan.email && mail.text.contains("/invitations/"));
    let token = mail
        .and_then(|mail| mail.token())
        .unwrap_or_else(|| panic!("no invitation was mailed"))
        .to_owned();
    let accept = dan.request(Method::POST, &format!("/invitations/{token}/accept"));
    scale
        .weigh("accept an invitation", NO_TARGET, 200, accept)
        .await;
    let member = to(&format!("/members/{}", dan.id));
    let role = cat
        .request(Method::PATCH, &member)
        .json(json!({ "role": "member" }));
    scale
        .weigh("change a member's role", NO_TARGET, 200, role)
        .await;
    scale
        .weigh(
            "list members",
            NO_TARGET,
            200,
            cat.request(Method::GET, &to("/members")),
        )
        .await;
    scale
        .weigh(
            "remove a member",
            NO_TARGET,
            204,
            cat.request(Method::DELETE, &member),
        )
        .await;
    scale
        .weigh(
            "my profile",
            NO_TARGET,
            200,
            cat.request(Method::GET, "/users/me"),
        )
        .await;
    let rename = cat
        .request(Method::PATCH, "/users/me")
        .json(json!({ "full_name": "Cat Leeds" }));
    scale
        .weigh("rename oneself, 2 organizations", NO_TARGET, 200, rename)
        .await;
    scale
        .weigh(
            "log out",
            NO_TARGET,
            204,
            cat.request(Method::POST, "/auth/logout"),
        )
        .await;
}
