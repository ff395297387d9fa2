//! A push service (RFC 8030) on this machine, which keeps what it was sent and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use runtime::outbound::Outbound;
use runtime::resolver::NoAnswer;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Its name.
pub const HOST: &str = "push.example.com";
/// A name that leads inside.
pub const INSIDE: &str = "rebound.example.com";

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Method and path.
    pub line: String,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

#[derive(Default)]
struct State {
    taken: Vec<Delivery>,
    answers: VecDeque<String>,
}

/// The service.
pub struct PushService {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl PushService {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, state) = (
            listener.local_addr().unwrap(),
            Arc::<Mutex<State>>::default(),
        );
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, state }
    }

    /// The way by which functions reach it, and nothing else but a name that leads to this very machine.
    pub fn outbound(&self) -> Outbound {
        let look_up = |name: String| async move {
            match name.as_str() {
                INSIDE => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
                _ => Err(NoAnswer(name)),
            }
        };
        Outbound::from_fn(look_up).standing_in(HOST, self.address)
    }

    /// Answers the next messages with these statuses instead of 201.
    pub fn answer(&self, statuses: &[u16]) {
        let answers = statuses
            .iter()
            .map(|status| format!("{status} x\r\nlocation: https://10.0.0.1/"));
        self.state.lock().unwrap().answers.extend(answers);
    }

    /// What it was sent since this was last asked.
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.state.lock().unwrap().taken)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut bytes = Vec::new();
    let delivery = loop {
        if let Some(delivery) = parse(&bytes) {
            break delivery;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or_default() == 0 {
            return;
        }
    };
    let answer = {
        let mut state = state.lock().unwrap();
        state.taken.push(delivery);
        state
            .answers
            .pop_front()
            .unwrap_or_else(|| "201 Created".to_owned())
    };
    let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    // Whoever has gone needs no answer.
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// The request, if all of it is there.
fn parse(bytes: &[u8]) -> Option<Delivery> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let (line, rest) = head.split_once("\r\n")?;
    let header = |line: &str| {
        line.split_once(": ")
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
    };
    let headers: BTreeMap<String, String> = rest.split("\r\n").filter_map(header).collect();
    let length: usize = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or_default();
    let body = bytes.get(end + 4..end + 4 + length)?.to_vec();
    Some(Delivery {
        line: line.to_owned(),
        headers,
        body,
    })
}

impl Delivery {
    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// The claims of the sender's token and the key with which they are signed, as a push service looks at them
    /// (RFC 8292 sections 3 and 4.2).
    #[track_caller]
    pub fn claims(&self) -> (Value, String) {
        let parameters = self
            .header("authorization")
            .strip_prefix("vapid ")
            .expect("the scheme is vapid");
        let (token, key) = parameters.split_once(", ").expect("two parameters");
        let (token, key) = (
            token.strip_prefix("t=").expect("the token"),
            key.strip_prefix("k=").expect("the key"),
        );
        let public =
            DecodingKey::from_ec_der(&BASE64URL_NOPAD.decode(key.as_bytes()).expect("base64url"));
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[format!("https://{HOST}")]);
        let claims = jsonwebtoken::decode::<Value>(token, &public, &validation)
            .expect("the token is genuine");
        (claims.claims, key.to_owned())
    }
}
