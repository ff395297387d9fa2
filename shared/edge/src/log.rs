//! The log: one line of JSON per request, never with anything that a person wrote.

use std::time::Duration;

use http::{Method, StatusCode};
use runtime::meter::Totals;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::Code;

/// Slower requests are warnings.
const SLOW: Duration = Duration::from_millis(100);

/// Writes the log to standard output as flat JSON, one object a line. `RUST_LOG` says what (default `info`).
pub fn init() {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let log = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false)
        .with_env_filter(filter);
    // A second call in one process (functions side by side in a test) leaves the first one's log in place.
    let _ = log.try_init();
}

/// What a request's line says.
pub(crate) struct Line<'a> {
    pub group: &'static str,
    pub request_id: &'a str,
    pub method: &'a Method,
    /// The route that matched, with its parameters' names; none if none did.
    pub route: Option<&'a str>,
    pub status: StatusCode,
    pub code: Option<Code>,
    pub taken: Duration,
    pub totals: &'a Totals,
}

impl Line<'_> {
    /// Writes it: as a warning if the request was slow or failed because of us.
    pub fn write(&self) {
        macro_rules! write_at {
            ($level:ident) => {
                tracing::$level!(
                    request_id = self.request_id,
                    group = self.group,
                    route = self.route,
                    method = self.method.as_str(),
                    status = self.status.as_u16(),
                    code = self.code.map(Code::as_str),
                    ms = milliseconds(self.taken),
                    round_trips = self.totals.round_trips,
                    read_units = self.totals.read_units,
                    write_units = self.totals.write_units,
                    tenant = self.totals.tenant.as_deref(),
                    principal = self.totals.principal.as_deref(),
                    fault = self.totals.fault.as_deref(),
                    "request"
                )
            };
        }
        if self.status.is_server_error() || self.taken > SLOW {
            write_at!(warn)
        } else {
            write_at!(info)
        }
    }
}

/// Milliseconds to a tenth.
pub(crate) fn milliseconds(taken: Duration) -> f64 {
    (taken.as_secs_f64() * 10_000.0).round() / 10.0
}
