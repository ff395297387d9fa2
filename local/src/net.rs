//! Listeners on the loopback interface, and serving a router on them until told to stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use runtime::env::Entropy;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long open requests may take to end once the cloud stops.
const GRACE: Duration = Duration::from_millis(500);

/// The address of a request's other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub SocketAddr);

/// Set to true when everything is to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// Resolves when everything is to stop.
pub(crate) async fn stopped(mut stop: Stop) {
    // An error means that the sender is gone, and with it the cloud.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A listener on the loopback interface; port 0 takes any free one.
pub(crate) async fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves `router` until told to stop, then lets open requests end.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: Stop) {
    let server = Builder::new(TokioExecutor::new());
    let graceful = GracefulShutdown::new();
    let mut stopping = std::pin::pin!(stopped(stop));
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of descriptors, or the other side is gone already: the next one may do.
                Err(_) => { tokio::time::sleep(Duration::from_millis(10)).await; continue }
            },
            () = &mut stopping => break,
        };
        // Without this, small answers wait for the delayed acknowledgement of the client.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone().layer(Extension(Peer(peer))));
        let connection = server
            .serve_connection_with_upgrades(TokioIo::new(stream), service)
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks off concerns nobody but its client.
            let _ = connection.await;
        });
    }
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// The id that a gateway of AWS gives to a request, for tracing.
pub(crate) fn trace_id() -> String {
    let trace = data_encoding::HEXLOWER.encode(&Entropy::system().bytes::<16>());
    format!("Root=1-{}-{}", &trace[..8], &trace[8..])
}

/// `%41` style text decoded; `None` unless the result is UTF-8. `plus` turns `+` into a space.
pub(crate) fn decode(text: &str, plus: bool) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| {
            after
                .get(at)
                .and_then(|digit| char::from(*digit).to_digit(16))
        };
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                rest = &after[2..];
                continue;
            }
            (b'+', ..) if plus => decoded.push(b' '),
            _ => decoded.push(*byte),
        }
        rest = after;
    }
    String::from_utf8(decoded).ok()
}
