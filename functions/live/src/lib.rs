//! The WebSocket API: connections are opened with a ticket, and clients say what they want to hear.
//!
//! What is sent to them later is the work of `broadcast`. A message is answered by the function's own answer, which the
//! gateway hands on: one message, one answer, and no further call.

mod closing;
mod message;
mod missed;
mod opening;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use app::App;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::Error;
use domain::call::Call;
use runtime::env::{Env, MissingVariable};
use runtime::meter::Totals;
use runtime::{after, meter};
use serde_json::Value;

use crate::closing::Closer;
use crate::opening::Origins;

/// An event under way.
pub type Work = Pin<Box<dyn Future<Output = Result<Value, lambda_runtime::Error>> + Send>>;

/// The function: takes what the gateway tells of one connection.
///
/// # Errors
/// When the environment lacks the table, the origins or the way to the connections.
pub fn worker(
    env: Env,
) -> Result<impl Fn(Event) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let live = Arc::new(Live::new(&env)?);
    Ok(move |event: Event| -> Work {
        let live = live.clone();
        Box::pin(async move { Ok(live.take(event).await) })
    })
}

pub(crate) struct Live {
    app: App,
    origins: Origins,
    closer: Closer,
}

/// What an event came to: the answer, and for the log what was wanted and how it went.
struct Outcome {
    answer: Value,
    action: &'static str,
    code: &'static str,
}

impl Live {
    fn new(env: &Env) -> Result<Self, MissingVariable> {
        let origins = Origins::read(env.var("ALLOW_ORIGINS")?);
        Ok(Self {
            app: App::new(env)?,
            origins,
            closer: Closer::new(env)?,
        })
    }

    /// Does what an event asks for, and leaves one line in the log: never what was sent, nor a ticket.
    async fn take(&self, event: Event) -> Value {
        let began = Instant::now();
        let ((outcome, rest), totals) = meter::with(Arc::default(), async {
            let done = after::with(self.act(&event)).await;
            (done, meter::totals())
        })
        .await;
        rest.done().await;
        let Totals {
            principal,
            round_trips,
            read_units,
            write_units,
            fault,
            ..
        } = totals;
        let Outcome {
            answer,
            action,
            code,
        } = outcome;
        let (ms, connection) = (
            began.elapsed().as_millis() as u64,
            event.request_context.connection_id,
        );
        tracing::info!(
            action,
            code,
            ms,
            connection,
            principal,
            round_trips,
            read_units,
            write_units,
            fault,
            "live"
        );
        answer
    }

    async fn act(&self, event: &Event) -> Outcome {
        match event.request_context.event_type.as_deref() {
            Some("CONNECT") => self.open(event).await,
            Some("DISCONNECT") => self.closed(event).await,
            _ => self.message(event).await,
        }
    }

    /// The call that an event stands for. It carries no token: whose it is, the connection tells.
    fn call(&self, event: &Event, action: &str) -> Call {
        let address = event
            .request_context
            .identity
            .source_ip
            .clone()
            .unwrap_or_default();
        Call {
            bearer: None,
            at: self.app.clock.now(),
            address,
            route: format!("LIVE {action}"),
            cost: 1,
            key: None,
            fingerprint: [0; 8],
            nonce: self.app.entropy.bytes(),
            if_match: None,
        }
    }
}

fn connection(event: &Event) -> &str {
    event
        .request_context
        .connection_id
        .as_deref()
        .unwrap_or_default()
}

/// Keeps what an internal error says for the log.
fn note(error: &Error) {
    if let Error::Internal(fault) = error {
        meter::note(|totals| totals.fault = Some(fault.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_of_a_connection_are_read() {
        let texts = [
            include_str!("../../../events/live.connect.json"),
            include_str!("../../../events/live.message.json"),
            include_str!("../../../events/live.disconnect.json"),
        ];
        let events = texts.map(|text| serde_json::from_str::<Event>(text).unwrap());
        let kinds = events
            .each_ref()
            .map(|event| event.request_context.event_type.as_deref().unwrap());
        assert_eq!(kinds, ["CONNECT", "MESSAGE", "DISCONNECT"]);
        assert!(events.iter().all(|event| !connection(event).is_empty()));
    }
}
