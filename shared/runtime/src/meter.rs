//! What one request costs and whom it serves, counted while it runs and written into its log line and headers.

use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// The estimate that the rate limiter made for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests per window.
    pub limit: u64,
    /// Requests left in this window.
    pub remaining: u64,
    /// Seconds until the next window.
    pub reset: u64,
}

/// A request's running totals.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Requests to the table, one after the other: requests in flight together count once.
    pub round_trips: u32,
    /// Requests to the table.
    pub requests: u32,
    /// Read capacity units, as consumed.
    pub read_units: f64,
    /// Write capacity units, as consumed on the table and its indexes.
    pub write_units: f64,
    /// The tenant, once known.
    pub tenant: Option<String>,
    /// The caller, once known.
    pub principal: Option<String>,
    /// The rate limiter's estimate, once made.
    pub rate: Option<Rate>,
    /// The same for the caller's organization.
    pub organization_rate: Option<Rate>,
    /// Whom it was charged to already: a request that is decided in several reads, or tried again, is charged once.
    pub charged: Vec<String>,
    /// A replayed request was answered without doing it again.
    pub replayed: bool,
    /// What was opened for a request with an idempotency key: what it is, and its id.
    pub thing: Option<String>,
    /// It is noted already how the request was answered.
    pub noted: bool,
    /// It is noted that the request was done, and answered that nothing is left to be shown.
    pub done: bool,
    /// Of a request with many operations: those that were done, bit by bit.
    pub parts: Option<u128>,
    /// The cause of an internal error, for the log only.
    pub fault: Option<String>,
}

/// Counts for one request.
#[derive(Debug, Default)]
pub struct Meter {
    totals: Mutex<Totals>,
}

/// A request to the table that is under way.
#[derive(Debug)]
pub struct Trip {
    number: u32,
}

impl Meter {
    /// What was counted so far.
    pub fn totals(&self) -> Totals {
        self.totals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, change: impl FnOnce(&mut Totals)) {
        change(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Runs `work` with a meter of its own.
pub async fn with<T>(meter: Arc<Meter>, work: impl Future<Output = T>) -> T {
    METER.scope(meter, work).await
}

/// Notes something in the running request's meter; outside a request it does nothing.
pub fn note(change: impl FnOnce(&mut Totals)) {
    let _ = METER.try_with(|meter| meter.change(change));
}

/// Whether the running request is charged to somebody for the first time; outside a request always.
pub fn charges(spender: &str) -> bool {
    let mut first = true;
    note(|totals| {
        first = !totals.charged.iter().any(|known| known == spender);
        if first {
            totals.charged.push(spender.to_owned());
        }
    });
    first
}

/// Notes which of a request's operations were done, in their order, so that a repetition does none of them again.
pub fn note_parts(done: impl Iterator<Item = bool>) {
    let bits = done.enumerate().fold(0, |bits, (place, done)| {
        let bit = u32::try_from(place)
            .ok()
            .and_then(|place| 1_u128.checked_shl(place));
        bits | bit.filter(|_| done).unwrap_or_default()
    });
    note(|totals| totals.parts = Some(bits));
}

/// The running request's totals so far.
pub fn totals() -> Totals {
    METER.try_with(|meter| meter.totals()).unwrap_or_default()
}

/// A request to the table begins. It belongs to the round trip after the last one that has ended.
pub fn begin() -> Trip {
    Trip {
        number: totals().round_trips + 1,
    }
}

impl Trip {
    /// The request has ended, and this is what it consumed.
    pub fn end(self, read_units: f64, write_units: f64) {
        note(|totals| {
            totals.requests += 1;
            totals.round_trips = totals.round_trips.max(self.number);
            totals.read_units += read_units;
            totals.write_units += write_units;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn requests_in_flight_together_are_one_round_trip() {
        let meter = Arc::new(Meter::default());
        with(meter.clone(), async {
            let (first, second) = (begin(), begin());
            first.end(1.0, 0.0);
            second.end(0.5, 0.0);
            begin().end(0.0, 2.0);
        })
        .await;
        let totals = meter.totals();
        assert_eq!((totals.round_trips, totals.requests), (2, 3));
        assert_eq!((totals.read_units, totals.write_units), (1.5, 2.0));
    }
}
