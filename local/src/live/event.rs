//! The events of a WebSocket API, as API Gateway builds them.

use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;
use runtime::env::Entropy;
use serde_json::{Map, Value, json};

use super::Origin;
use crate::net::{decode, trace_id};

/// An id of the gateway's kind, for connections, requests and messages.
pub(super) fn id() -> String {
    data_encoding::BASE64URL.encode(&Entropy::system().bytes::<11>())
}

/// A client wants to connect.
pub(super) fn connect(parts: &Parts, connection: &str, origin: &Origin, stage: &str) -> Value {
    let mut event = both(&headers(&parts.headers, origin));
    if let Some(query) = parts.uri.query().filter(|query| !query.is_empty()) {
        let (one, many) = parameters(query);
        event.insert("queryStringParameters".to_owned(), one);
        event.insert("multiValueQueryStringParameters".to_owned(), many);
    }
    let context = context(
        "$connect",
        "CONNECT",
        connection,
        origin,
        stage,
        origin.connected_at,
    );
    event.insert("requestContext".to_owned(), context);
    event.insert("isBase64Encoded".to_owned(), false.into());
    event.into()
}

/// A client has sent a message.
pub(super) fn message(
    connection: &str,
    origin: &Origin,
    stage: &str,
    body: &str,
    now: Timestamp,
) -> Value {
    let mut context = context("$default", "MESSAGE", connection, origin, stage, now);
    context["messageId"] = id().into();
    json!({ "requestContext": context, "body": body, "isBase64Encoded": false })
}

/// A connection has ended.
pub(super) fn disconnect(
    connection: &str,
    origin: &Origin,
    stage: &str,
    (code, reason): (u16, &str),
    now: Timestamp,
) -> Value {
    let mut context = context("$disconnect", "DISCONNECT", connection, origin, stage, now);
    context["disconnectStatusCode"] = code.into();
    context["disconnectReason"] = reason.into();
    let headers = [
        ("Host", origin.host.as_str()),
        ("x-api-key", ""),
        ("X-Forwarded-For", ""),
        ("x-restapi", ""),
    ];
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut event = both(&headers);
    event.insert("requestContext".to_owned(), context);
    event.insert("isBase64Encoded".to_owned(), false.into());
    event.into()
}

fn context(
    route: &str,
    kind: &str,
    connection: &str,
    origin: &Origin,
    stage: &str,
    now: Timestamp,
) -> Value {
    let request = id();
    json!({
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": request,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "messageDirection": "IN",
        "stage": stage,
        "connectedAt": origin.connected_at.as_millisecond(),
        "requestTimeEpoch": now.as_millisecond(),
        "identity": { "sourceIp": origin.address, "userAgent": origin.agent },
        "requestId": request,
        "domainName": origin.host,
        "connectionId": connection,
        "apiId": "local",
    })
}

/// The client's headers with the gateway's names for them, and what the gateway adds.
fn headers(headers: &HeaderMap, origin: &Origin) -> Vec<(String, String)> {
    let shown = headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "connection" | "upgrade"));
    let mut all: Vec<(String, String)> = shown
        .map(|(name, value)| {
            (
                title(name.as_str()),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let port = origin.host.rsplit_once(':').map_or("80", |(_, port)| port);
    let added = [
        ("X-Amzn-Trace-Id", trace_id()),
        ("X-Forwarded-For", origin.address.clone()),
        ("X-Forwarded-Port", port.to_owned()),
        ("X-Forwarded-Proto", "http".to_owned()),
    ];
    all.extend(added.map(|(name, value)| (name.to_owned(), value)));
    all
}

/// `sec-websocket-key` as `Sec-WebSocket-Key`.
fn title(name: &str) -> String {
    let word = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        word => word[..1].to_uppercase() + &word[1..],
    };
    name.split('-')
        .filter(|part| !part.is_empty())
        .map(word)
        .collect::<Vec<_>>()
        .join("-")
}

/// Headers once with their last value, once with all.
fn both(headers: &[(String, String)]) -> Map<String, Value> {
    let (mut one, mut many) = (Map::new(), Map::new());
    for (name, value) in headers {
        one.insert(name.clone(), value.clone().into());
        let all = many.entry(name.clone()).or_insert_with(|| json!([]));
        all.as_array_mut()
            .into_iter()
            .for_each(|all| all.push(value.clone().into()));
    }
    [
        ("headers".to_owned(), one.into()),
        ("multiValueHeaders".to_owned(), many.into()),
    ]
    .into_iter()
    .collect()
}

fn parameters(query: &str) -> (Value, Value) {
    let pairs = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let decoded = |text: &str| decode(text, true).unwrap_or_else(|| text.to_owned());
    let pairs: Vec<(String, String)> = pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    let mut both = both(&pairs);
    (
        both.remove("headers").unwrap_or_default(),
        both.remove("multiValueHeaders").unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_told_as_aws_tells_it() {
        let request = http::Request::get("http://h/_live/live?a=1&a=2")
            .header("host", "h:8787")
            .header("connection", "upgrade")
            .header("sec-websocket-protocol", "elevanalog.v1, ticket.x")
            .header("origin", "https://a.example");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let connected_at = "2026-11-20T09:30:01.234Z".parse().unwrap();
        let origin = Origin {
            connected_at,
            address: "10.0.0.9".into(),
            agent: "curl".into(),
            host: "h:8787".into(),
        };
        let event = connect(&parts, "abc=", &origin, "live");
        assert_eq!(
            event["headers"]["Sec-WebSocket-Protocol"],
            "elevanalog.v1, ticket.x"
        );
        assert_eq!(
            event["multiValueHeaders"]["Origin"],
            json!(["https://a.example"])
        );
        assert_eq!(event["queryStringParameters"], json!({ "a": "2" }));
        assert_eq!(
            event["multiValueQueryStringParameters"],
            json!({ "a": ["1", "2"] })
        );
        assert!(event["headers"].get("Connection").is_none());
        let context = &event["requestContext"];
        assert_eq!(
            (&context["routeKey"], &context["eventType"]),
            (&json!("$connect"), &json!("CONNECT"))
        );
        assert_eq!(context["connectedAt"], 1_795_167_001_234_i64);
        assert_eq!(context["connectionId"], "abc=");
        assert_eq!(id().len(), 16);
    }
}
