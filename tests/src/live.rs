//! Clients of live connections.

mod follower;

pub use follower::Follower;

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{Person, World};

/// How long a test waits for what must come. It is no measure of anything: a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// One live connection.
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What came while something else was waited for.
    waiting: VecDeque<Value>,
    asked: u64,
    /// The subprotocol that the server has chosen.
    pub protocol: String,
}

/// What a client shows when it connects.
#[derive(Debug, Clone, Default)]
pub struct Knock {
    /// The subprotocols that it offers.
    pub protocols: Vec<String>,
    /// The page's origin, of a browser.
    pub origin: Option<String>,
}

impl Knock {
    /// With a ticket, as a program does it.
    pub fn with(ticket: &str) -> Self {
        Self {
            protocols: vec!["elevanalog.v1".to_owned(), format!("ticket.{ticket}")],
            origin: None,
        }
    }

    /// The same from a page.
    pub fn from(self, origin: &str) -> Self {
        Self {
            origin: Some(origin.to_owned()),
            ..self
        }
    }
}

impl World {
    /// A connection of a person's.
    pub async fn live(&self, person: &Person) -> Live {
        let (url, ticket) = self.ticket(person).await;
        self.knock(&url, &Knock::with(&ticket))
            .await
            .unwrap_or_else(|status| panic!("refused with {status}"))
    }

    /// A ticket of a person's, and where to use it.
    pub async fn ticket(&self, person: &Person) -> (String, String) {
        let answer = person
            .post("/realtime/tickets", json!({}))
            .await
            .expect(201);
        (answer.text_of("url"), answer.text_of("ticket"))
    }

    /// Tries to connect; gives the status if it is refused.
    pub async fn knock(&self, url: &str, knock: &Knock) -> Result<Live, u16> {
        let mut request = url.into_client_request().expect("the address is one");
        let headers = request.headers_mut();
        if !knock.protocols.is_empty() {
            headers.insert(
                "sec-websocket-protocol",
                knock.protocols.join(", ").parse().expect("they are tokens"),
            );
        }
        if let Some(origin) = &knock.origin {
            headers.insert("origin", origin.parse().expect("it fits into a header"));
        }
        match connect_async(request).await {
            Ok((socket, answer)) => {
                let protocol = answer.headers().get("sec-websocket-protocol");
                let protocol = protocol
                    .and_then(|text| text.to_str().ok())
                    .unwrap_or_default()
                    .to_owned();
                Ok(Live {
                    socket,
                    waiting: VecDeque::new(),
                    asked: 0,
                    protocol,
                })
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            // The server speaks none of what was offered.
            Err(Error::Protocol(_)) => Err(101),
            Err(why) => panic!("cannot connect: {why}"),
        }
    }
}

impl Live {
    /// Sends any text.
    pub async fn send(&mut self, text: impl Into<String>) {
        self.socket
            .send(Message::text(text.into()))
            .await
            .expect("the connection is open");
    }

    /// Sends a text that may be too much for the other side.
    pub async fn try_send(&mut self, text: impl Into<String>) {
        // Whether it could be sent is shown by what comes back.
        let _ = self.socket.send(Message::text(text.into())).await;
    }

    /// Sends a message in frames of so many bytes.
    pub async fn send_in_frames(&mut self, text: &str, size: usize) {
        use tokio_tungstenite::tungstenite::protocol::frame::Frame;
        use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
        let parts: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        for (place, part) in parts.iter().enumerate() {
            let kind = if place == 0 {
                Data::Text
            } else {
                Data::Continue
            };
            let frame = Frame::message(part.to_vec(), OpCode::Data(kind), place + 1 == parts.len());
            if self.socket.send(Message::Frame(frame)).await.is_err() {
                return;
            }
        }
    }

    /// The next message; none if the connection is closed.
    async fn receive(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("something comes");
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("it is JSON"));
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next message, one that has been waiting first.
    pub async fn next(&mut self) -> Value {
        match self.waiting.pop_front() {
            Some(frame) => frame,
            None => self
                .receive()
                .await
                .unwrap_or_else(|close| panic!("closed: {close:?}")),
        }
    }

    /// The next message of which this holds; others wait.
    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(place).expect("it is there");
        }
        loop {
            let frame = self
                .receive()
                .await
                .unwrap_or_else(|close| panic!("closed: {close:?}"));
            if wanted(&frame) {
                return frame;
            }
            self.waiting.push_back(frame);
        }
    }

    /// The next message of a type.
    pub async fn of_type(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await
    }

    /// Sends a message with an id and waits for the answer to it; what else comes waits.
    pub async fn ask(&mut self, mut message: Value) -> Value {
        self.asked += 1;
        let id = format!("q{}", self.asked);
        message["id"] = id.as_str().into();
        self.send(message.to_string()).await;
        self.until(|frame| frame["id"] == id.as_str()).await
    }

    /// Listens to topics; all must be taken.
    pub async fn subscribe(&mut self, topics: &[&str]) -> Value {
        let ack = self
            .ask(json!({ "action": "subscribe", "topics": topics }))
            .await;
        assert_eq!(
            (&ack["type"], &ack["refused"]),
            (&json!("ack"), &Value::Null),
            "{ack}"
        );
        ack
    }

    /// One part of what was missed of an organization's events; `topics` tells for each from where.
    pub async fn resume_part(&mut self, organization: &str, topics: &Value) -> Value {
        let topics = topics.as_array().expect("topics").iter();
        let points: Value = topics
            .map(|one| json!({ "topic": one["topic"], "position": one["resume_from"] }))
            .collect();
        self.ask(json!({ "action": "resume", "organization": organization, "topics": points }))
            .await
    }

    /// What was missed of an organization's events, all of it, and where the topics are then.
    pub async fn resume(&mut self, organization: &str, topics: &Value) -> (Value, Vec<Value>) {
        let (mut topics, mut events) = (topics.clone(), vec![]);
        loop {
            let frame = self.resume_part(organization, &topics).await;
            assert_eq!(frame["type"], "resumed", "{frame}");
            events.extend(
                frame["events"]
                    .as_array()
                    .expect("it has events")
                    .iter()
                    .cloned(),
            );
            topics = frame["topics"].clone();
            if frame["more"] == false {
                return (topics, events);
            }
        }
    }

    /// Everything that has come: what was handed to the connection before is before the answer to a ping.
    pub async fn drain(&mut self) -> Vec<Value> {
        let mut pong = self.ask(json!({ "action": "ping" })).await;
        // In a crowd the table may have to be asked again.
        for _ in 0..20 {
            if pong["code"] == "unavailable" {
                pong = self.ask(json!({ "action": "ping" })).await;
            }
        }
        assert_eq!(pong["type"], "pong", "{pong}");
        self.waiting.drain(..).collect()
    }

    /// Waits for the end, and tells its code; 1006 if there was none. What came before waits.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.receive().await {
                Ok(frame) => self.waiting.push_back(frame),
                Err(close) => return close.map_or(1006, |frame| frame.code.into()),
            }
        }
    }

    /// What came while something else was waited for.
    pub fn waiting(&self) -> impl Iterator<Item = &Value> {
        self.waiting.iter()
    }

    /// Closes it.
    pub async fn close(mut self) {
        self.socket.close(None).await.expect("it can be closed");
        while self.receive().await.is_ok() {}
    }
}
