use std::collections::BTreeMap;

use axum::routing::get;
use domain::call::Page;
use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use serde_json::Value;

use super::*;
use crate::reply::{Data, Listed};
use crate::{Body as JsonBody, Caller, Segment};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
}

async fn show(Segment(id): Segment<u32>) -> Data<u32> {
    Data::versioned(id, 3)
}

async fn create(Caller(call): Caller, JsonBody(thing): JsonBody<Thing>) -> Data<Vec<String>> {
    Data::plain(vec![
        call.route,
        HEXLOWER.encode(&call.fingerprint),
        call.address,
        thing.name,
    ])
}

async fn list() -> Listed<u32> {
    Listed::page(Page {
        rows: vec![1],
        next: Some("abc".to_owned()),
        limit: 1,
    })
}

async fn broken() -> Problem {
    meter::note(|totals| {
        totals.rate = Some(meter::Rate {
            limit: 600,
            remaining: 599,
            reset: 42,
        });
        totals.replayed = true;
    });
    Error::Internal("the table is called X".to_owned()).into()
}

async fn huge() -> Vec<u8> {
    vec![b' '; 5 * 1024 * 1024]
}

fn service() -> Router {
    let routes = Router::new()
        .route("/things", get(list).post(create))
        .route("/things/{id}", get(show))
        .route("/broken", get(broken))
        .route("/huge", get(huge));
    serve("test", routes, (), &Env::new(BTreeMap::new()))
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: impl http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(request: Request) -> Answer {
    let response = service().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

async fn ask(path: &str) -> Answer {
    send(request("GET", path, &[], "")).await
}

async fn post(path: &str, body: impl Into<Body>) -> Answer {
    send(request(
        "POST",
        path,
        &[("content-type", "application/json")],
        body,
    ))
    .await
}

#[tokio::test]
async fn every_spelling_of_a_path_leads_to_the_same_handler() {
    for path in [
        "/things/7",
        "/things/7/",
        "/api/things/7",
        "/api/v1/things/7/",
    ] {
        let answer = ask(path).await;
        assert_eq!(
            (answer.status, &answer.body["data"]),
            (StatusCode::OK, &7.into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_with_all_the_headers() {
    for path in [
        "/nothing",
        "/things/7/x",
        "/things/%37",
        "/things//7",
        "/",
        "/things/x",
    ] {
        let answer = ask(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header(CONTENT_TYPE), "application/problem+json");
        assert_eq!(answer.body["code"], "not_found");
        assert_eq!(
            answer.header("x-request-id"),
            answer.body["request_id"].as_str().unwrap()
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header(CACHE_CONTROL), "private, no-store");
        assert!(
            answer
                .header("strict-transport-security")
                .starts_with("max-age=")
        );
        // It tells how much work was done, and with that what is hidden: only where somebody has switched it on.
        assert!(!answer.headers.contains_key("server-timing"));
    }
}

#[tokio::test]
async fn times_are_told_where_that_is_switched_on() {
    let env = Env::new(BTreeMap::from([(
        "SERVER_TIMING".to_owned(),
        "on".to_owned(),
    )]));
    let routes = Router::new().route("/things/{id}", get(show));
    let answer = serve("test", routes, (), &env)
        .oneshot(request("GET", "/things/7", &[], ""))
        .await
        .unwrap();
    let timing = answer.headers()["server-timing"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(timing.ends_with("table;desc=\"0 round trips\""), "{timing}");
}

#[tokio::test]
async fn a_method_that_is_not_allowed_names_those_that_are() {
    let answer = send(request("DELETE", "/things/7", &[], "")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        (answer.header(ALLOW), &answer.body["code"]),
        ("GET,HEAD", &"method_not_allowed".into())
    );
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let answer = send(request("HEAD", "/things/7", &[], "")).await;
    assert_eq!(
        (answer.status, answer.header(ETAG), &answer.body),
        (StatusCode::OK, "\"v3\"", &Value::Null)
    );
    let missing = send(request("HEAD", "/nothing", &[], "")).await;
    assert_eq!(
        (missing.status, missing.body),
        (StatusCode::NOT_FOUND, Value::Null)
    );
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let answer = send(request(
        "GET",
        "/things/7",
        &[(IF_NONE_MATCH.as_str(), "\"v2\", \"v3\"")],
        "",
    ))
    .await;
    assert_eq!(
        (answer.status, answer.header(ETAG), &answer.body),
        (StatusCode::NOT_MODIFIED, "\"v3\"", &Value::Null)
    );
    assert_eq!(answer.header(CONTENT_TYPE), "");
    assert_ne!(answer.header("x-request-id"), "");
    let list = ask("/things").await;
    let again = send(request(
        "GET",
        "/things",
        &[(IF_NONE_MATCH.as_str(), list.header(ETAG))],
        "",
    ))
    .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_page_links_to_the_next_with_the_same_filters() {
    let answer = ask("/things/?status=done&cursor=old&limit=1").await;
    assert_eq!(
        answer.header(LINK),
        "</api/v1/things?status=done&limit=1&cursor=abc>; rel=\"next\""
    );
    assert_eq!(
        answer.body["meta"],
        serde_json::json!({ "limit": 1, "next_cursor": "abc", "has_more": true })
    );
}

#[tokio::test]
async fn the_fingerprint_tells_requests_apart_but_not_spellings() {
    let print =
        async |path: &str, body: &'static str| post(path, body).await.body["data"][1].clone();
    let first = print("/things", r#"{"name":"a"}"#).await;
    assert_eq!(print("/api/v1/things/", r#"{"name":"a"}"#).await, first);
    assert_ne!(print("/things", r#"{"name":"b"}"#).await, first);
    assert_ne!(print("/things?x=1", r#"{"name":"a"}"#).await, first);
    assert_eq!(
        post("/api/things/", r#"{"name":"a"}"#).await.body["data"][0],
        "POST /things"
    );
}

#[tokio::test]
async fn a_bad_body_is_told_in_detail() {
    let answer = post("/things", r#"{"name":1}"#).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = serde_json::json!([{ "field": "/name", "code": "wrong_type", "message": "must be a string" }]);
    assert_eq!(answer.body["errors"], wrong);
    assert_eq!(post("/things", "{").await.status, StatusCode::BAD_REQUEST);
    let text = send(request(
        "POST",
        "/things",
        &[("content-type", "text/plain")],
        "{}",
    ))
    .await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = post("/things", vec![b' '; body::MAX + 1]).await;
    assert_eq!(
        (large.status, &large.body["limit"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &body::MAX.into())
    );
    assert_eq!(large.body["code"], "too_large");
}

#[tokio::test]
async fn what_broke_stays_inside_and_the_rate_is_told() {
    let answer = ask("/broken").await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::INTERNAL_SERVER_ERROR, &"internal".into())
    );
    assert!(!answer.body.to_string().contains("table"));
    assert_eq!(answer.header("ratelimit"), "\"default\";r=599;t=42");
    assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=600;w=60");
    assert_eq!(answer.header("idempotent-replayed"), "true");
    let huge = ask("/huge").await;
    assert_eq!(
        (huge.status, &huge.body["code"]),
        (StatusCode::INTERNAL_SERVER_ERROR, &"internal".into())
    );
}

#[tokio::test]
async fn address_and_request_id_are_the_gateways() {
    let mut context =
        lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext::default();
    context.request_id = Some("gateway=1".to_owned());
    context.http.source_ip = Some("192.0.2.7".to_owned());
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", "203.0.113.1"),
    ];
    let mut request = request("POST", "/things", &headers, r#"{"name":"a"}"#);
    request
        .extensions_mut()
        .insert(RequestContext::ApiGatewayV2(context));
    let answer = send(request).await;
    assert_eq!(
        (answer.header("x-request-id"), &answer.body["data"][2]),
        ("gateway=1", &"192.0.2.7".into())
    );
}
