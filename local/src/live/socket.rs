//! One connection, from its handshake to its end.

use axum::body::Body;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{HOST, SEC_WEBSOCKET_PROTOCOL, USER_AGENT};
use http::request::Parts;
use http::{HeaderName, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::tungstenite;

use super::{GOING_AWAY, LARGEST_FRAME, LARGEST_MESSAGE, Live, Open, Origin, Out, event};
use crate::functions::Outcome;
use crate::net::{Peer, stopped};

/// RFC 6455 section 7.4.1: a message is too large.
const TOO_BIG: u16 = 1009;
/// What is told of a connection that broke off without a word.
const BROKEN_OFF: (u16, &str) = (1006, "Connection closed abnormally");
/// How long a client has to read why it is closed, before what it has sent unread makes the system reset it.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How a connection ended.
type End = (u16, String);

/// Answers the handshake: the function decides.
pub(super) async fn connect(
    State(live): State<Live>,
    Extension(peer): Extension<Peer>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(why) => return why.into_response(),
    };
    let (parts, _) = request.into_parts();
    let (id, stage) = (event::id(), live.0.api.stage.clone());
    let origin = origin(&parts, peer, &live);
    let (outcome, _) = live
        .call("$connect", event::connect(&parts, &id, &origin, &stage))
        .await;
    let protocol = match admitted(&outcome) {
        Ok(protocol) => protocol,
        Err(status) => return refusal(status, &id),
    };
    upgrade
        .max_frame_size(LARGEST_FRAME)
        .max_message_size(LARGEST_MESSAGE)
        .protocols(protocol)
        .on_upgrade(move |socket| Connection { live, id, origin }.serve(socket))
}

fn origin(parts: &Parts, peer: Peer, live: &Live) -> Origin {
    let text = |name: HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let address = peer.0.ip().to_string();
    Origin {
        connected_at: live.0.clock.now(),
        address,
        agent: text(USER_AGENT),
        host: text(HOST),
    }
}

/// The subprotocol that the function has chosen, or the status with which the handshake ends.
fn admitted(outcome: &Outcome) -> Result<Option<String>, StatusCode> {
    let answer = outcome.as_ref().map_err(|why| {
        tracing::error!(why, "the function failed");
        StatusCode::BAD_GATEWAY
    })?;
    let status = answer["statusCode"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let status = status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::BAD_GATEWAY);
    if !status.is_success() {
        return Err(status);
    }
    let mut headers = answer["headers"].as_object().into_iter().flatten();
    let chosen =
        headers.find(|(name, _)| name.eq_ignore_ascii_case(SEC_WEBSOCKET_PROTOCOL.as_str()));
    Ok(chosen
        .and_then(|(_, value)| value.as_str())
        .map(str::to_owned))
}

fn refusal(status: StatusCode, connection: &str) -> Response {
    let message = status.canonical_reason().unwrap_or_default();
    let body = json!({ "message": message, "connectionId": connection, "requestId": event::id() });
    (status, Body::from(body.to_string())).into_response()
}

struct Connection {
    live: Live,
    id: String,
    origin: Origin,
}

impl Connection {
    async fn serve(self, mut socket: WebSocket) {
        let (outbox, letters) = unbounded_channel();
        let open = Open {
            origin: self.origin.clone(),
            active_at: self.origin.connected_at,
            outbox,
        };
        self.live.open().insert(self.id.clone(), open);
        let end = self.carry(&mut socket, letters).await;
        self.live.open().remove(&self.id);
        if *self.live.0.stop.borrow() {
            return;
        }
        let (now, stage) = (self.live.0.clock.now(), &self.live.0.api.stage);
        let event = event::disconnect(&self.id, &self.origin, stage, (end.0, &end.1), now);
        if let (Err(why), _) = self.live.call("$disconnect", event).await {
            tracing::error!(why, "the function failed");
        }
    }

    /// Carries messages in both directions until one side ends it.
    async fn carry(&self, socket: &mut WebSocket, mut letters: UnboundedReceiver<Out>) -> End {
        loop {
            let end = tokio::select! {
                () = stopped(self.live.0.stop.clone()) => Some(close(socket, GOING_AWAY, "Going away").await),
                letter = letters.recv() => self.send(socket, letter).await,
                message = socket.recv() => self.receive(socket, message).await,
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Sends a letter to the client; answers how the connection ended, if it did.
    async fn send(&self, socket: &mut WebSocket, letter: Option<Out>) -> Option<End> {
        match letter {
            Some(Out::Text(text)) => {
                self.live.touch(&self.id);
                let sent = socket.send(Message::Text(text.into())).await;
                sent.is_err().then(broken_off)
            }
            Some(Out::Close(code, reason)) => Some(close(socket, code, reason).await),
            None => Some(broken_off()),
        }
    }

    /// Takes what has come from the client; answers how the connection ended, if it did.
    async fn receive(
        &self,
        socket: &mut WebSocket,
        message: Option<Result<Message, axum::Error>>,
    ) -> Option<End> {
        self.live.touch(&self.id);
        match message {
            Some(Ok(Message::Text(text))) => self.pass(text.to_string()),
            Some(Ok(Message::Binary(bytes))) => {
                self.pass(String::from_utf8_lossy(&bytes).into_owned());
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(frame))) => return Some(ended(frame)),
            Some(Err(why)) if is_too_large(&why) => {
                let end = close(socket, TOO_BIG, "Message too big").await;
                tokio::time::sleep(LAST_WORDS).await;
                return Some(end);
            }
            Some(Err(_)) | None => return Some(broken_off()),
        }
        None
    }

    /// Hands a message to the function. The gateway does not wait for the one before.
    fn pass(&self, body: String) {
        let (live, id, origin) = (self.live.clone(), self.id.clone(), self.origin.clone());
        tokio::spawn(async move {
            let event = event::message(&id, &origin, &live.0.api.stage, &body, live.0.clock.now());
            let request = event["requestContext"]["requestId"].clone();
            let text = match live.call("$default", event).await {
                (Ok(answer), true) => answer["body"].as_str().map(str::to_owned),
                (Ok(_), false) => None,
                (Err(why), _) => {
                    tracing::error!(why, "the function failed");
                    Some(failure(&id, &request))
                }
            };
            if let Some(text) = text.filter(|text| text.len() <= LARGEST_MESSAGE) {
                live.hand(&id, Out::Text(text));
            }
        });
    }
}

/// What the gateway itself says.
fn failure(connection: &str, request: &Value) -> String {
    json!({ "message": "Internal server error", "connectionId": connection, "requestId": request })
        .to_string()
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) -> End {
    // If it cannot be told any more, it is closed already.
    let _ = socket
        .send(Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        })))
        .await;
    (code, reason.to_owned())
}

fn broken_off() -> End {
    (BROKEN_OFF.0, BROKEN_OFF.1.to_owned())
}

fn ended(frame: Option<CloseFrame>) -> End {
    // RFC 6455 section 7.1.5: without a status.
    frame.map_or(
        (1005, "Client-side close frame status not set".to_owned()),
        |frame| (frame.code, frame.reason.to_string()),
    )
}

fn is_too_large(why: &axum::Error) -> bool {
    let why =
        std::error::Error::source(why).and_then(|why| why.downcast_ref::<tungstenite::Error>());
    matches!(why, Some(tungstenite::Error::Capacity(_)))
}
