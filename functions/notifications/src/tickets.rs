//! Tickets, by which live connections are opened.

use app::App;
use app::live::ticket::{Issued, issue_ticket};
use axum::extract::State;
use edge::openapi::One;
use edge::reply::Created;
use edge::{Caller, Problem};
use jiff::Timestamp;
use runtime::env::{Env, MissingVariable};
use serde::Serialize;
use utoipa::ToSchema;

/// Where live connections are opened.
#[derive(Clone)]
pub(crate) struct Address(String);

impl Address {
    /// The one that the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self(env.var("LIVE_URL")?.to_owned()))
    }
}

/// The right to open one live connection, soon.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RealtimeTicket {
    /// What to show: it is good once.
    #[schema(example = "AZmotu8Qei6aUWo6Px0sSw8eLTxLWml4i2r3dJ5xgqYJx3t0qX1xqE8Yw0c")]
    ticket: String,
    /// Where to connect.
    #[schema(format = "uri", example = "wss://live.example.com/live")]
    url: String,
    /// When it is too late.
    expires_at: Timestamp,
}

/// Issues a ticket for a live connection.
///
/// Connect to `url` by WebSocket and offer two subprotocols: `elevanalog.v1` and `ticket.` with the ticket behind it.
/// That must be done within thirty seconds, and works once. The connection belongs to the session of this request and ends
/// with it. What goes over it is described at `/asyncapi.json`.
#[utoipa::path(post, path = "/realtime/tickets", tag = "notifications", operation_id = "createRealtimeTicket",
    responses((status = 201, description = "The ticket.", body = One<RealtimeTicket>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn create(
    State(app): State<App>,
    State(Address(url)): State<Address>,
    Caller(call): Caller,
) -> Result<Created<RealtimeTicket>, Problem> {
    let Issued { text, expires_at } = issue_ticket(&app, &call).await?;
    Ok(Created::plain(RealtimeTicket {
        ticket: text,
        url,
        expires_at,
    }))
}
