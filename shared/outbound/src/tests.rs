use std::net::Ipv4Addr;

use runtime::outbound::Outbound;
use runtime::resolver::NoAnswer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const URL: &str = "https://push.example.com/a";

fn sender(ways: Outbound) -> Sender {
    Sender::new(&Env::new(Default::default()).with_outbound(ways)).unwrap()
}

async fn post(sender: &Sender) -> Result<Answer, Failure> {
    sender
        .post(&URL.parse().unwrap(), HeaderMap::new(), b"hello".to_vec())
        .await
}

/// A way by which every name has these addresses.
fn leading_to(addresses: &'static str) -> Outbound {
    Outbound::from_fn(move |_| async move {
        Ok(addresses
            .split(' ')
            .map(|one| one.parse().unwrap())
            .collect())
    })
}

/// A server that answers everything with these bytes and tells what it was asked.
async fn server(answer: &'static [u8]) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let mut length = 0;
        while !asked[..length].ends_with(b"hello") {
            length += stream.read(&mut asked[length..]).await.unwrap();
        }
        // Whoever has heard enough hangs up.
        let _ = stream.write_all(answer).await;
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (address, served)
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 443)).await;
    for addresses in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "fd00:ec2::254",
        "::",
    ] {
        assert_eq!(
            post(&sender(leading_to(addresses))).await,
            Err(Failure::NotPublic),
            "{addresses}"
        );
    }
    // One that leads outside too is no better.
    assert_eq!(
        post(&sender(leading_to("8.8.8.8 127.0.0.1"))).await,
        Err(Failure::NotPublic)
    );
    drop(listener);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_looked_at_each_time() {
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = asked.clone();
    let ways = Outbound::from_fn(move |_| {
        let first = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        async move {
            if first {
                Err(NoAnswer("silent".to_owned()))
            } else {
                Ok(vec![Ipv4Addr::LOCALHOST.into()])
            }
        }
    });
    let sender = sender(ways);
    assert_eq!(
        post(&sender).await,
        Err(Failure::NoAnswer(
            "the DNS gives no answer: silent".to_owned()
        ))
    );
    assert_eq!(post(&sender).await, Err(Failure::NotPublic));
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_machines_own_name_leads_inside() {
    // The type lets no such name in; the resolver would not let it out either.
    let found = resolve::system().addresses("localhost").await.unwrap();
    assert!(
        !found.is_empty()
            && found
                .iter()
                .all(|address| !domain::outbound::is_public(*address))
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (address, asked) =
        server(b"HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
            .await;
    let sender = sender(leading_to("10.0.0.1").standing_in("push.example.com", address));
    assert_eq!(
        post(&sender).await,
        Ok(Answer {
            status: 307,
            body: vec![]
        })
    );
    let asked = asked.await.unwrap();
    assert!(
        asked.starts_with("POST /a HTTP/1.1\r\n") && asked.ends_with("\r\n\r\nhello"),
        "{asked}"
    );
}

#[tokio::test]
async fn an_answer_is_read_as_far_as_a_kilobyte() {
    const LONG: [u8; 9000] = {
        let mut text = [b'x'; 9000];
        let head = b"HTTP/1.1 201 x\r\ncontent-length: 100000000\r\n\r\n";
        let mut at = 0;
        while at < head.len() {
            text[at] = head[at];
            at += 1;
        }
        text
    };
    let (address, asked) = server(&LONG).await;
    let answer = post(&sender(
        leading_to("10.0.0.1").standing_in("push.example.com", address),
    ))
    .await
    .unwrap();
    assert_eq!((answer.status, answer.body.len()), (201, MOST));
    asked.await.unwrap();
}
