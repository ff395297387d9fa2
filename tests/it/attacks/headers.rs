//! What stands around every answer, whatever it is.

use local::TemplateSource;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, World};

use super::raw::raw;
use super::sound::dressed;

#[tokio::test]
async fn every_kind_of_answer_carries_the_headers_that_keep_it_safe() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let nobody = world.nobody();
    let me = ann.get("/users/me").await;
    let unchanged = ann
        .request(Method::GET, "/users/me")
        .header("if-none-match", me.header("etag"));
    let cases: Vec<(u16, Answer)> = vec![
        (200, me.clone()),
        (304, unchanged.send().await),
        (401, nobody.get("/users/me").await),
        (404, ann.get("/projects/x").await),
        (404, ann.get("/nothing/of/ours").await),
        (404, nobody.raw(Method::GET, "/").send().await),
        (404, nobody.raw(Method::GET, "/wp-login.php").send().await),
        (
            404,
            nobody.raw(Method::POST, "/nothing").body("x").send().await,
        ),
        (405, ann.put("/projects", json!({})).await),
        (
            405,
            ann.request(Method::from_bytes(b"TRACE").unwrap(), "/projects")
                .send()
                .await,
        ),
        (
            405,
            ann.request(Method::from_bytes(b"PROPFIND").unwrap(), "/tasks")
                .send()
                .await,
        ),
        (
            405,
            nobody.request(Method::OPTIONS, "/projects").send().await,
        ),
        (400, ann.get("/projects?zzz=1").await),
        (
            400,
            ann.request(Method::POST, "/projects")
                .header("content-type", "application/json")
                .body("{")
                .send()
                .await,
        ),
        (
            413,
            ann.request(Method::POST, "/projects")
                .body(vec![b' '; 1024 * 1024 + 1])
                .send()
                .await,
        ),
        (
            415,
            ann.request(Method::POST, "/projects")
                .body("{}")
                .send()
                .await,
        ),
        (422, ann.post("/projects", json!({ "zzz": 1 })).await),
        (
            412,
            ann.request(Method::PATCH, "/users/me")
                .header("if-match", "v1")
                .json(json!({ "bio": "x" }))
                .send()
                .await,
        ),
        (
            400,
            ann.request(Method::POST, "/tasks")
                .header("idempotency-key", "a b")
                .json(json!({}))
                .send()
                .await,
        ),
        (200, nobody.raw(Method::GET, "/health").send().await),
        (200, nobody.raw(Method::GET, "/api/docs").send().await),
        (
            200,
            nobody
                .raw(Method::GET, "/.well-known/jwks.json")
                .send()
                .await,
        ),
        (200, ann.request(Method::HEAD, "/users/me").send().await),
        (404, ann.request(Method::HEAD, "/projects/x").send().await),
    ];
    for (status, answer) in cases {
        assert_eq!(answer.status, status, "{}: {}", answer.request, answer.text);
        if answer.status == 405 {
            assert!(answer.header("allow").contains("GET"), "{}", answer.request);
        }
        dressed(answer);
    }
    // What is somebody's is kept by nobody; what is everybody's may be.
    assert_eq!(me.header("cache-control"), "private, no-store");
    for public in ["/openapi.json", "/.well-known/jwks.json", "/api/docs"] {
        let answer = nobody.raw(Method::GET, public).send().await.expect(200);
        assert!(
            answer.header("cache-control").starts_with("public"),
            "{public}"
        );
    }
    let page = nobody.raw(Method::GET, "/api/docs").send().await;
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_that_errors_repeat() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (first, second) = (ann.get("/projects/x").await, ann.get("/projects/x").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert_eq!(first.body["request_id"], first.header("x-request-id"));
    // It is ours, whatever the caller calls it.
    let named = ann
        .request(Method::GET, "/projects/x")
        .header("x-request-id", "<script>")
        .send()
        .await;
    assert!(!named.text.contains("script") && !named.header("x-request-id").contains("script"));
}

#[tokio::test]
async fn another_host_in_the_request_appears_nowhere() {
    let world = World::new().await;
    let ann = world.unverified("ann").await;
    let token = format!("Bearer {}", ann.token.clone().unwrap());
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "javascript"),
        ("x-original-url", "/api/v1/users"),
        ("x-rewrite-url", "/api/v1/users"),
        ("x-http-method-override", "DELETE"),
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
    ];
    for (line, body) in [
        ("GET /api/v1/organizations?limit=1", String::new()),
        (
            "POST /api/v1/organizations",
            json!({ "name": "Acme", "slug": "acme" }).to_string(),
        ),
        (
            "POST /api/v1/auth/password/forgot",
            json!({ "email": ann.email }).to_string(),
        ),
        ("GET /api/v1/users/me", String::new()),
    ] {
        let answer = dressed(raw(&world, line, &headers, body.as_bytes()).await);
        assert!(
            [200, 201, 202].contains(&answer.status),
            "{line}: {}",
            answer.text
        );
        let told = format!("{:?} {}", answer.headers, answer.text);
        assert!(!told.contains("evil.example"), "{line}: {told}");
    }
    world.cloud.settle().await;
    let mails = world.cloud.mailbox();
    assert!(
        mails.len() >= 2
            && mails
                .iter()
                .all(|mail| !format!("{mail:?}").contains("evil"))
    );
}

#[tokio::test]
async fn pages_elsewhere_may_call_as_the_template_allows() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let preflight = |world: &World| {
        let asked = world
            .nobody()
            .request(Method::OPTIONS, "/tasks")
            .header("origin", "https://app.example.com");
        asked
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "if-match")
            .send()
    };
    let answer = preflight(&world).await.expect(204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET,POST,PUT,PATCH,DELETE"
    );
    let allowed = answer.header("access-control-allow-headers");
    for header in [
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
    ] {
        assert!(allowed.contains(header), "{allowed}");
    }
    for path in ["/users/me", "/projects/x", "/projects?zzz=1"] {
        let answer = ann
            .request(Method::GET, path)
            .header("origin", "https://app.example.com")
            .send()
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let exposed = answer.header("access-control-expose-headers");
        for header in [
            "ETag",
            "Location",
            "Link",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "X-Request-Id",
        ] {
            assert!(exposed.split(',').any(|name| name == header), "{exposed}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let template = include_str!("../../../template.yaml").replacen(
        "Default: '*'",
        "Default: https://app.example.com",
        1,
    );
    let strict = World::with(|options| options.template = TemplateSource::Text(template)).await;
    let answer = preflight(&strict).await.expect(204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.example.com"
    );
    let foreign = strict
        .nobody()
        .request(Method::GET, "/tasks")
        .header("origin", "https://evil.example")
        .send()
        .await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
}
