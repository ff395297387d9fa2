//! Other spellings of a path answer like the path itself, without a redirect.

use reqwest::{Method, redirect};
use serde_json::json;
use tests::World;

use super::routes::SHORT;
use super::template::takes;
use crate::api::{OPERATIONS, canonical};

/// Names from elsewhere that stay for good, with the path that they stand for.
const NAMES: [(&str, &str); 6] = [
    ("/api/users/register", "/api/v1/auth/register"),
    ("/users/register", "/api/v1/auth/register"),
    ("/api/users/token", "/api/v1/auth/login"),
    ("/users/token", "/api/v1/auth/login"),
    ("/api/users/token/refresh", "/api/v1/auth/refresh"),
    ("/users/token/refresh", "/api/v1/auth/refresh"),
];

#[tokio::test]
async fn a_path_may_be_spelled_with_api_or_nothing_in_front_and_with_a_slash_at_the_end() {
    let world = World::new().await;
    let nobody = world.nobody();
    for operation in OPERATIONS.iter() {
        let method: Method = operation.method.clone();
        let path = operation.concrete();
        let canonical = canonical(&path);
        let is_short = SHORT.iter().any(|short| {
            takes(&format!("/{short}/{{proxy+}}"), canonical)
                || takes(&format!("/{short}"), canonical)
        });
        let prefixes: &[&str] = match () {
            // The keys have the one place that RFC 8615 gives them.
            () if path.starts_with("/.well-known/") => &[""],
            () if is_short => &["/api/v1", "/api", ""],
            () => &["/api/v1"],
        };
        let expected = nobody
            .raw(method.clone(), &path)
            .json(json!([]))
            .send()
            .await;
        for prefix in prefixes {
            for slash in ["", "/"] {
                let alias = format!("{prefix}{canonical}{slash}");
                let answer = nobody
                    .raw(method.clone(), &alias)
                    .json(json!([]))
                    .send()
                    .await;
                assert_eq!(
                    answer.comparable(),
                    expected.comparable(),
                    "{method} {alias} is not answered like {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn names_from_elsewhere_answer_like_the_paths_that_they_stand_for() {
    let world = World::new().await;
    let nobody = world.nobody();
    let bodies = [
        json!({}),
        json!([]),
        json!({ "email": "nobody", "password": "x", "unknown": 1 }),
    ];
    for (alias, path) in NAMES {
        for body in bodies.clone() {
            let expected = nobody
                .raw(Method::POST, path)
                .json(body.clone())
                .send()
                .await;
            assert_eq!(expected.status, 422, "{path}: {}", expected.text);
            for alias in [alias.to_owned(), format!("{alias}/")] {
                let answer = nobody
                    .raw(Method::POST, &alias)
                    .json(body.clone())
                    .send()
                    .await;
                assert_eq!(
                    answer.comparable(),
                    expected.comparable(),
                    "POST {alias} is not answered like {path}"
                );
            }
        }
        let answer = nobody
            .raw(Method::GET, alias)
            .send()
            .await
            .refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "POST", "{alias}");
    }
}

#[tokio::test]
async fn sign_up_and_sign_in_by_the_old_names_and_no_redirect_on_the_way() {
    let world = World::new().await;
    let http = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let send = async |path: &str, body: serde_json::Value| {
        let answer = http
            .post(format!("{}{path}", world.cloud.url()))
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: serde_json::Value = answer.json().await.unwrap();
        assert!(status == 200 || status == 201, "{path}: {status} {body}");
        body["data"].clone()
    };
    let person =
        json!({ "email": "ann@example.com", "password": tests::PASSWORD, "username": "ann" });
    let registered = send("/api/users/register/", person).await;
    let signed_in = send(
        "/api/users/token/",
        json!({ "username": "ann", "password": tests::PASSWORD }),
    )
    .await;
    let refresh = json!({ "refresh_token": signed_in["refresh_token"] });
    let refreshed = send("/api/users/token/refresh/", refresh).await;
    for tokens in [registered, signed_in, refreshed] {
        // The fields that clients of each older API look for.
        for field in ["access", "token"] {
            assert_eq!(tokens[field], tokens["access_token"], "{field}: {tokens}");
        }
        assert_eq!(tokens["refresh"], tokens["refresh_token"], "{tokens}");
        let access = tokens["access_token"].as_str().unwrap();
        for path in [
            "/api/organizations/",
            "/organizations",
            "/api/tasks/",
            "/api/v1/projects",
        ] {
            let answer = http
                .get(format!("{}{path}", world.cloud.url()))
                .bearer_auth(access)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{path}");
        }
    }
}
