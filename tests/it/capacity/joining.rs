//! Joining, and explanations of rights, on the scale.

use reqwest::Method;
use serde_json::json;

use super::scale::{NO_TARGET, Scale, at_most};

/// Weighs codes, domains, requests, and an explanation.
pub async fn weigh(scale: &mut Scale<'_>) {
    scale.wait_a_minute();
    let joe = scale.world.person("joe").await;
    let team = scale.world.team(&joe, "joiners").await;
    let to = |rest: &str| format!("/organizations/{}/{rest}", team.id);
    let post = |path: &str| joe.request(Method::POST, path);
    let make = post(&to("join-codes")).json(json!({ "role": "member", "max_uses": 5 }));
    let code = scale
        .weigh("make a join code", NO_TARGET, 201, make)
        .await
        .text_of("code");
    scale
        .weigh(
            "list join codes",
            at_most(2, 6.0),
            200,
            joe.request(Method::GET, &to("join-codes")),
        )
        .await;
    let (kim, lea) = (
        scale.world.person("kim").await,
        scale.world.person("lea").await,
    );
    let by_code = json!({ "join_code": code });
    let request = kim
        .request(Method::POST, "/organizations/join")
        .json(by_code);
    scale.weigh("join by a code", NO_TARGET, 201, request).await;
    let asks = json!({ "role": "viewer", "approval": true });
    let asks =
        json!({ "join_code": joe.post(&to("join-codes"), asks).await.expect(201).text_of("code") });
    let request = lea.request(Method::POST, "/organizations/join").json(asks);
    scale.weigh("ask to join", NO_TARGET, 202, request).await;
    let approve = post(&to(&format!("join-requests/{}/approve", lea.id)));
    scale
        .weigh("approve a request to join", NO_TARGET, 200, approve)
        .await;
    let claim = post(&to("domains")).json(json!({ "domain": "example.com", "role": "member" }));
    let named = scale.weigh("name a domain", NO_TARGET, 201, claim).await;
    let record = |part: &str| {
        named.data()["record"][part]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    scale.world.dns.publish(&record("name"), &record("value"));
    let verify = post(&to(&format!("domains/{}/verify", named.id())));
    scale.weigh("verify a domain", NO_TARGET, 200, verify).await;
    let max = scale.world.person("max").await;
    scale.world.verify(&max).await;
    let request = max
        .request(Method::POST, "/organizations/join")
        .json(json!({ "organization": team.id }));
    scale
        .weigh("join by a domain", NO_TARGET, 201, request)
        .await;
    let project = team.project("JOIN").await;
    let task = team.task(&project, "Explained").await;
    let explain = format!(
        "/permissions/explain?action=task.update&resource={task}&user={}",
        kim.id
    );
    scale
        .weigh(
            "explain a right of another",
            at_most(3, 11.0),
            200,
            joe.request(Method::GET, &explain),
        )
        .await;
}
