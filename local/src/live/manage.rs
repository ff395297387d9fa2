//! `@connections`: how functions reach a connection.
//!
//! https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::{LARGEST_MESSAGE, Live, Out, PATH};

/// RFC 6455 section 7.4.1: all is done.
const NORMAL: u16 = 1000;

/// The connections, on the port of the services: nobody but functions reaches them.
pub(crate) fn router(live: Live) -> Router {
    let one = get(show).post(post).delete(close);
    Router::new()
        .route(&format!("{PATH}/{{stage}}/@connections/{{id}}"), one)
        .with_state(live)
}

async fn post(
    State(live): State<Live>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    if body.len() > LARGEST_MESSAGE {
        return error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException");
    }
    match live.hand(&id, Out::Text(String::from_utf8_lossy(&body).into_owned())) {
        true => StatusCode::OK.into_response(),
        false => error(StatusCode::GONE, "GoneException"),
    }
}

async fn close(State(live): State<Live>, Path((_, id)): Path<(String, String)>) -> Response {
    match live.hand(&id, Out::Close(NORMAL, "")) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => error(StatusCode::GONE, "GoneException"),
    }
}

async fn show(State(live): State<Live>, Path((_, id)): Path<(String, String)>) -> Response {
    let known = live.open().get(&id).map(|open| {
        json!({
            "connectedAt": open.origin.connected_at.to_string(),
            "identity": { "sourceIp": open.origin.address, "userAgent": open.origin.agent },
            "lastActiveAt": open.active_at.to_string(),
        })
    });
    match known {
        Some(known) => json_of(StatusCode::OK, &known),
        None => error(StatusCode::GONE, "GoneException"),
    }
}

fn json_of(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [("content-type", "application/json")],
        body.to_string(),
    )
        .into_response()
}

fn error(status: StatusCode, kind: &'static str) -> Response {
    let body = json!({ "message": status.canonical_reason() }).to_string();
    (
        status,
        [
            ("content-type", "application/json"),
            ("x-amzn-errortype", kind),
        ],
        body,
    )
        .into_response()
}
