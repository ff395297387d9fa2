//! The WebSocket API: connections on the public port, and the way back to them as functions have it.
//!
//! The limits are the platform's, by the cloud's clock, so that tests can move it: two hours for a connection, ten
//! minutes of silence, 32 KB for a frame, 128 KB for a message.

mod event;
mod manage;
mod socket;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use runtime::env::Clock;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::functions::Outcome;
use crate::net::{Stop, stopped};
use crate::template::LiveApi;
use crate::triggers::Triggers;

pub(crate) use manage::router as management;

/// Under what the API stands on the public port, and the connections on that of the services.
pub(crate) const PATH: &str = "/_live";
/// How long a connection lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(2);
/// How long it may be silent.
const SILENT: SignedDuration = SignedDuration::from_mins(10);
/// How often the limits of time are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// The largest message, in either direction.
const LARGEST_MESSAGE: usize = 128 * 1024;
/// The largest frame of a client.
const LARGEST_FRAME: usize = 32 * 1024;

/// RFC 6455 section 7.4.1: the server goes away, or is done with the connection.
const GOING_AWAY: u16 = 1001;

/// The API; clones share it.
#[derive(Clone)]
pub(crate) struct Live(Arc<Shared>);

struct Shared {
    api: LiveApi,
    /// The crates behind the logical ids that routes name.
    names: BTreeMap<String, String>,
    triggers: Triggers,
    clock: Clock,
    stop: Stop,
    open: Mutex<BTreeMap<String, Open>>,
}

/// An open connection.
struct Open {
    origin: Origin,
    active_at: Timestamp,
    outbox: UnboundedSender<Out>,
}

/// Where a connection comes from.
#[derive(Clone)]
struct Origin {
    connected_at: Timestamp,
    address: String,
    agent: String,
    host: String,
}

/// What is to go over a connection.
enum Out {
    Text(String),
    Close(u16, &'static str),
}

impl Live {
    /// The API that the template has, if it has one.
    pub fn new(
        api: Option<LiveApi>,
        names: BTreeMap<String, String>,
        triggers: Triggers,
        clock: Clock,
        stop: Stop,
    ) -> Self {
        let open = Mutex::default();
        Self(Arc::new(Shared {
            api: api.unwrap_or_default(),
            names,
            triggers,
            clock,
            stop,
            open,
        }))
    }

    /// Its place on the public port.
    pub fn router(&self) -> Router {
        match self.0.api.stage.as_str() {
            "" => Router::new(),
            stage => Router::new()
                .route(&format!("{PATH}/{stage}"), get(socket::connect))
                .with_state(self.clone()),
        }
    }

    /// Closes what is open too long, or silent too long, until everything is to stop.
    pub async fn watch(self) {
        loop {
            tokio::select! {
                () = stopped(self.0.stop.clone()) => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = self.0.clock.now();
            for open in self.open().values() {
                let over = now.duration_since(open.origin.connected_at) >= LASTS;
                if over || now.duration_since(open.active_at) >= SILENT {
                    // Whoever does not listen to it any more is closing anyway.
                    let _ = open.outbox.send(Out::Close(GOING_AWAY, "Going away"));
                }
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something went over a connection.
    fn touch(&self, id: &str) {
        if let Some(open) = self.open().get_mut(id) {
            open.active_at = self.0.clock.now();
        }
    }

    /// Hands something to a connection; false if it is not there.
    fn hand(&self, id: &str, out: Out) -> bool {
        self.open()
            .get(id)
            .is_some_and(|open| open.outbox.send(out).is_ok())
    }

    /// Calls the function of a route; tells also whether its answer goes to the client.
    async fn call(&self, route: &str, event: Value) -> (Outcome, bool) {
        let Some(target) = self.0.api.routes.get(route) else {
            return (Err(format!("the template has no route {route}")), false);
        };
        let name = self
            .0
            .api
            .integrations
            .get(&target.integration)
            .and_then(|id| self.0.names.get(id));
        let Some(name) = name else {
            return (Err(format!("{route} calls no function")), false);
        };
        let _busy = self.0.triggers.busy();
        (
            self.0.triggers.functions.invoke(name, event).await,
            target.answers,
        )
    }
}
