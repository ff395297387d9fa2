use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{Method, Request, StatusCode, header};
use runtime::env::Env;
use tower::ServiceExt;

async fn ask(method: Method, path: &str, tag: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let live = (
        "LIVE_URL".to_owned(),
        "wss://live.example.com/live".to_owned(),
    );
    let service = crate::service(Env::new(BTreeMap::from([live]))).unwrap();
    service
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

async fn get(path: &str) -> Response {
    ask(Method::GET, path, None).await
}

async fn text(response: Response) -> String {
    String::from_utf8(
        to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec(),
    )
    .unwrap()
}

#[tokio::test(flavor = "current_thread")]
async fn health_is_told_under_every_name() {
    for path in [
        "/health",
        "/api/health",
        "/api/v1/health",
        "/api/v1/health/",
    ] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(
            text(response)
                .await
                .starts_with(r#"{"data":{"status":"ok","version":"#),
            "{path}"
        );
    }
    assert_eq!(
        ask(Method::HEAD, "/health", None).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        ask(Method::POST, "/health", None).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test(flavor = "current_thread")]
async fn the_document_is_public_and_kept_by_its_tag() {
    let response = get("/api/openapi.json").await;
    let tag = response.headers()[header::ETAG]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert!(
        response.headers()[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .starts_with("public")
    );
    let document: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        ask(Method::GET, "/openapi.json", Some(&tag)).await.status(),
        StatusCode::NOT_MODIFIED
    );
}

#[tokio::test(flavor = "current_thread")]
async fn everything_that_the_page_refers_to_is_served_from_here() {
    for path in [
        "/docs",
        "/api/docs",
        "/api/docs/",
        "/api/v1/docs",
        "/api/v1/docs/index.html",
    ] {
        let response = get(path).await;
        assert!(
            response.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        assert!(
            response.headers()[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        let page = text(response).await;
        let references = page.split(['"']).filter(|part| {
            part.ends_with(".js") || part.ends_with(".css") || part.ends_with(".png")
        });
        let references: Vec<&str> = references.collect();
        assert_eq!(references.len(), 7, "{page}");
        for reference in references {
            assert!(reference.starts_with("/api/v1/docs/"), "{reference}");
            assert_eq!(get(reference).await.status(), StatusCode::OK, "{reference}");
        }
    }
    let start = text(get("/api/v1/docs/swagger-initializer.js").await).await;
    assert!(
        start.contains("/api/v1/openapi.json") && start.contains("\"validatorUrl\": \"none\""),
        "{start}"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn the_live_page_runs_only_what_comes_from_here() {
    for path in [
        "/app",
        "/app/",
        "/app/index.html",
        "/app/main.js",
        "/app/base.css",
        "/app/icon.svg",
    ] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let header =
            |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("script-src 'self';")
                && policy.contains("'self' wss://live.example.com;"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header(header::CACHE_CONTROL), "no-cache");
        let tag = header(header::ETAG);
        assert_eq!(
            ask(Method::GET, path, Some(&tag)).await.status(),
            StatusCode::NOT_MODIFIED
        );
    }
    assert!(
        text(get("/app").await)
            .await
            .contains("src=\"/app/main.js\"")
    );
}

#[tokio::test(flavor = "current_thread")]
async fn anything_else_is_not_found_as_a_problem() {
    for path in [
        "/",
        "/api/v1/nothing",
        "/docs/nothing.js",
        "/docs/a/b",
        "/docs/..%2fCargo.toml",
        "/health/x",
        "/app/x.js",
    ] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json",
            "{path}"
        );
    }
}

#[test]
fn every_operation_is_documented() {
    assert_eq!(crate::operations().paths.paths.len(), 7);
}
