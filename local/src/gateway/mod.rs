//! The HTTP API: API Gateway with payload format 2.0, its routes, its CORS, its limits and its own answers.

pub(crate) mod cors;
mod event;
mod route;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use runtime::env::Clock;
use serde_json::{Value, json};

use crate::functions::{Functions, Outcome};
use crate::net::{Peer, decode};
use crate::template::{Api, Function};
use cors::CorsRules;
use route::Routes;

/// The largest request line with headers, in bytes.
const LARGEST_HEAD: usize = 10_240;
/// The largest body that the API takes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// The largest event that Lambda takes, and the largest answer.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;
/// How long the API waits for a function.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The API; clones share it.
#[derive(Clone)]
pub(crate) struct Gateway {
    routes: Arc<Routes>,
    /// The crates behind the logical ids that routes name.
    names: Arc<BTreeMap<String, String>>,
    cors: Option<Arc<CorsRules>>,
    functions: Functions,
    clock: Clock,
    timeout: Duration,
}

/// An answer of the gateway's own.
type Refusal = (StatusCode, &'static str);

const NOT_FOUND: Refusal = (StatusCode::NOT_FOUND, "Not Found");
const BAD_REQUEST: Refusal = (StatusCode::BAD_REQUEST, "Bad Request");
const TOO_LARGE: Refusal = (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
const HEAD_TOO_LARGE: Refusal = (
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "Request Header Fields Too Large",
);
const FAILED: Refusal = (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
const LATE: Refusal = (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");

impl Gateway {
    pub fn new(
        api: Option<&Api>,
        declared: &[Function],
        functions: Functions,
        clock: Clock,
        slack: u32,
    ) -> Self {
        let routes = api.map(|api| Routes::new(&api.routes)).unwrap_or_default();
        let names = declared
            .iter()
            .map(|function| (function.id.clone(), function.name.clone()))
            .collect();
        let cors = api
            .and_then(|api| api.cors.as_ref())
            .map(|cors| Arc::new(CorsRules::new(cors)));
        Self {
            routes: Arc::new(routes),
            names: Arc::new(names),
            cors,
            functions,
            clock,
            timeout: TIMEOUT * slack,
        }
    }

    // In one piece: the order of the checks decides which refusal a request gets.
    async fn answer(&self, parts: &Parts, body: Body, peer: Peer) -> Result<Response, Refusal> {
        if head_size(parts) > LARGEST_HEAD {
            return Err(HEAD_TOO_LARGE);
        }
        let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| TOO_LARGE)?;
        // The API hands the path on decoded: what would be read as another path or as a query then names nothing.
        let path = decode(parts.uri.path(), false).ok_or(BAD_REQUEST)?;
        if is_disguised(parts.uri.path()) {
            return Err(NOT_FOUND);
        }
        let path = path.as_str();
        let found = self
            .routes
            .find(parts.method.as_str(), path)
            .ok_or(NOT_FOUND)?;
        let event = event::build(parts, &body, path, &found, peer, self.clock.now());
        if event.to_string().len() > LARGEST_EVENT {
            return Err(TOO_LARGE);
        }
        let name = self.names.get(&found.route.function).ok_or(FAILED)?;
        let outcome = tokio::time::timeout(self.timeout, self.functions.invoke(name, event))
            .await
            .map_err(|_| LATE)?;
        response(name, outcome).ok_or(FAILED)
    }
}

/// Answers a request to the API.
pub(crate) async fn handle(
    State(gateway): State<Gateway>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(preflight) = gateway
        .cors
        .as_ref()
        .and_then(|cors| cors.preflight(&parts))
    {
        return preflight;
    }
    let mut response = gateway
        .answer(&parts, body, peer)
        .await
        .unwrap_or_else(own_answer);
    if let Some(cors) = &gateway.cors {
        cors.apply(&parts.headers, response.headers_mut());
    }
    response
}

/// Whether a path has an encoded separator: `/`, `?` or `#`.
fn is_disguised(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["%2f", "%3f", "%23"]
        .iter()
        .any(|separator| path.contains(separator))
}

fn own_answer((status, message): Refusal) -> Response {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn head_size(parts: &Parts) -> usize {
    let line = parts.method.as_str().len() + parts.uri.to_string().len() + " HTTP/1.1  \r\n".len();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>()
}

/// The function's answer as HTTP; `None` if the function failed or its answer is none.
fn response(function: &str, outcome: Outcome) -> Option<Response> {
    match outcome {
        Ok(answer) if answer.to_string().len() > LARGEST_EVENT => {
            tracing::error!(function, "the answer is larger than Lambda allows");
            None
        }
        // Without a status code, the answer itself is the body.
        Ok(answer) if answer.get("statusCode").is_none() => translate(
            &json!({ "statusCode": 200, "headers": { "content-type": "application/json" }, "body": answer.to_string() }),
        ),
        Ok(answer) => translate(&answer),
        Err(why) => {
            tracing::error!(function, why, "the function failed");
            None
        }
    }
}

fn translate(answer: &Value) -> Option<Response> {
    let status = StatusCode::from_u16(answer["statusCode"].as_u64()?.try_into().ok()?).ok()?;
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => Bytes::from(data_encoding::BASE64.decode(text.as_bytes()).ok()?),
        _ => Bytes::from(text.to_owned()),
    };
    let mut headers = headers(answer)?;
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain;charset=UTF-8"),
        );
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some(response)
}

/// The headers of a function's answer; `None` if one of them cannot be sent.
fn headers(answer: &Value) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        // The gateway frames the body itself.
        if !name.eq_ignore_ascii_case("content-length")
            && !name.eq_ignore_ascii_case("transfer-encoding")
        {
            add(&mut headers, name, value)?;
        }
    }
    for (name, values) in answer["multiValueHeaders"]
        .as_object()
        .into_iter()
        .flatten()
    {
        values
            .as_array()?
            .iter()
            .try_for_each(|value| add(&mut headers, name, value))?;
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        add(&mut headers, SET_COOKIE.as_str(), cookie)?;
    }
    Some(headers)
}

fn add(headers: &mut HeaderMap, name: &str, value: &Value) -> Option<()> {
    let value = value
        .as_str()
        .map(str::to_owned)
        .unwrap_or_else(|| value.to_string());
    headers.append(
        HeaderName::try_from(name).ok()?,
        HeaderValue::try_from(value).ok()?,
    );
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_functions_answer_becomes_http() {
        let answer = json!({
            "statusCode": 201,
            "headers": { "etag": "\"v1\"", "content-type": "application/octet-stream" },
            "cookies": ["a=1", "b=2"],
            "body": "AAE=",
            "isBase64Encoded": true,
        });
        let response = translate(&answer).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["etag"], "\"v1\"");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(
            to_bytes(response.into_body(), 9).await.unwrap().as_ref(),
            [0, 1]
        );
        assert!(translate(&json!({ "statusCode": "many" })).is_none());
    }
}
