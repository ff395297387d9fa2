//! The event of payload format 2.0.

use std::collections::BTreeMap;

use http::header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use runtime::env::Entropy;
use serde_json::{Map, Value, json};

use super::route::Found;
use crate::ACCOUNT;
use crate::net::{Peer, decode, trace_id};

/// Builds the event for a request whose path has been decoded.
pub(super) fn build(
    parts: &Parts,
    body: &[u8],
    path: &str,
    found: &Found,
    peer: Peer,
    now: Timestamp,
) -> Value {
    let query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": found.key(),
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(parts, body, peer),
        "requestContext": context(parts, path, found, peer, now),
        "isBase64Encoded": false,
    });
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = json!(parameters(query));
    }
    if !found.parameters.is_empty() {
        event["pathParameters"] = json!(found.parameters);
    }
    put_body(&mut event, &parts.headers, body);
    event
}

/// What the API itself knows of a request.
fn context(parts: &Parts, path: &str, found: &Found, peer: Peer, now: Timestamp) -> Value {
    let request_id = data_encoding::BASE64URL_NOPAD.encode(&Entropy::system().bytes::<12>());
    let host = text(&parts.headers, HOST);
    json!({
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.split('.').next(),
        "http": {
            "method": parts.method.as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": peer.0.ip().to_string(),
            "userAgent": text(&parts.headers, USER_AGENT),
        },
        "requestId": format!("{request_id}="),
        "routeKey": found.key(),
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": now.as_millisecond(),
    })
}

/// Each cookie by itself: a header may carry several.
fn cookies(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .map(|cookie| cookie.trim())
        .collect()
}

/// Text goes in as text, all else in Base64.
fn put_body(event: &mut Value, headers: &HeaderMap, body: &[u8]) {
    let kind = text(headers, CONTENT_TYPE).to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_text = kind.starts_with("text/")
        || matches!(
            kind,
            "application/json" | "application/javascript" | "application/xml"
        )
        || kind.ends_with("+json")
        || kind.ends_with("+xml");
    match std::str::from_utf8(body) {
        _ if body.is_empty() => {}
        Ok(text) if is_text => event["body"] = text.into(),
        _ => {
            event["body"] = data_encoding::BASE64.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
}

/// The headers by lower-case name, several of a name with commas between, and what the gateway adds.
fn headers(parts: &Parts, body: &[u8], peer: Peer) -> Map<String, Value> {
    let mut all = joined(&parts.headers);
    let forwarded = all.entry("x-forwarded-for").or_default();
    if !forwarded.is_empty() {
        forwarded.push_str(", ");
    }
    forwarded.push_str(&peer.0.ip().to_string());
    let port = all
        .get("host")
        .and_then(|host| host.rsplit_once(':'))
        .map_or("80", |(_, port)| port)
        .to_owned();
    all.insert("x-forwarded-port", port);
    all.insert("x-forwarded-proto", "http".to_owned());
    all.insert("x-amzn-trace-id", trace_id());
    all.insert("content-length", body.len().to_string());
    all.into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// The client's headers. Cookies stand by themselves in the event.
fn joined(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let known = all.entry(name.as_str()).or_default();
        if !known.is_empty() {
            known.push(',');
        }
        known.push_str(&value);
    }
    all
}

/// The query's parameters decoded, several of a name with commas between.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| decode(text, true).unwrap_or_else(|| text.to_owned());
        all.entry(decoded(name))
            .and_modify(|known| {
                known.push(',');
                known.push_str(&decoded(value));
            })
            .or_insert_with(|| decoded(value));
    }
    all
}

fn text(headers: &HeaderMap, name: HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Route;

    fn event(request: http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let route = Route {
            method: None,
            path: "/things/{proxy+}".to_owned(),
            function: "things".to_owned(),
        };
        let parameters = BTreeMap::from([("proxy".to_owned(), "a b".to_owned())]);
        let found = Found {
            route: &route,
            parameters,
        };
        let now = "2026-11-20T09:30:01.234Z".parse().unwrap();
        build(
            &parts,
            body,
            "/things/a b",
            &found,
            Peer(([10, 0, 0, 9], 4711).into()),
            now,
        )
    }

    #[test]
    fn the_event_is_what_aws_sends() {
        let request = http::Request::post("http://h/things/a%20b?q=x%20y&tag=1&tag=2&flag")
            .header("Host", "api.test:8787")
            .header("X-Two", "1")
            .header("X-Two", "2")
            .header("Cookie", "a=1; b=2")
            .header("X-Forwarded-For", "1.2.3.4")
            .header("User-Agent", "curl")
            .header("Content-Type", "application/json");
        let event = event(request, b"{}");
        assert_eq!(
            (&event["version"], &event["routeKey"]),
            (&json!("2.0"), &json!("ANY /things/{proxy+}"))
        );
        assert_eq!(event["rawPath"], "/things/a b");
        assert_eq!(event["rawQueryString"], "q=x%20y&tag=1&tag=2&flag");
        assert_eq!(
            event["queryStringParameters"],
            json!({ "q": "x y", "tag": "1,2", "flag": "" })
        );
        assert_eq!(event["pathParameters"], json!({ "proxy": "a b" }));
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["headers"]["x-two"], "1,2");
        assert_eq!(event["headers"]["x-forwarded-for"], "1.2.3.4, 10.0.0.9");
        assert_eq!(event["headers"]["x-forwarded-port"], "8787");
        assert!(event["headers"].get("cookie").is_none());
        let context = &event["requestContext"];
        assert_eq!(context["time"], "20/Nov/2026:09:30:01 +0000");
        assert_eq!(
            (&context["timeEpoch"], &context["stage"]),
            (&json!(1_795_167_001_234_i64), &json!("$default"))
        );
        let http = json!({
            "method": "POST", "path": "/things/a b", "protocol": "HTTP/1.1", "sourceIp": "10.0.0.9", "userAgent": "curl",
        });
        assert_eq!(context["http"], http);
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!("{}"), &json!(false))
        );
    }

    #[test]
    fn what_is_not_text_goes_in_base64() {
        let bytes = event(
            http::Request::post("/things/x").header("Content-Type", "image/png"),
            &[0, 1],
        );
        assert_eq!(
            (&bytes["body"], &bytes["isBase64Encoded"]),
            (&json!("AAE="), &json!(true))
        );
        let broken = event(
            http::Request::post("/things/x").header("Content-Type", "application/json"),
            &[0xff],
        );
        assert_eq!(broken["isBase64Encoded"], true);
        let none = event(http::Request::get("/things/x"), b"");
        assert!(none.get("body").is_none() && none.get("queryStringParameters").is_none());
    }
}
