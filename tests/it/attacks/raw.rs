//! Requests as nobody's library would write them: to the letter.

use std::net::SocketAddr;
use std::str::FromStr;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tests::{Answer, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Sends a request line and headers as they are written here, and a body.
pub async fn raw(world: &World, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    raw_from(world, "127.0.0.1", line, headers, body).await
}

/// The same from another address of this machine.
pub async fn raw_from(
    world: &World,
    from: &str,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let host = world.cloud.url().trim_start_matches("http://");
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(from.parse().unwrap(), 0))
        .unwrap();
    let mut stream: TcpStream = socket.connect(host.parse().unwrap()).await.unwrap();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .unwrap();
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).await.unwrap();
    read(line, &String::from_utf8_lossy(&bytes))
}

fn read(line: &str, answer: &str) -> Answer {
    let (head, text) = answer
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("{line}: no answer: {answer:?}"));
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (
            HeaderName::from_str(name).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    Answer {
        request: line.to_owned(),
        status,
        headers: lines.map(header).collect::<HeaderMap>(),
        body: serde_json::from_str(text).unwrap_or(Value::Null),
        text: text.to_owned(),
    }
}
