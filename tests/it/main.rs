//! End to end: every test starts a cloud of its own and calls the API over HTTP.

mod capacity;
mod concurrency;
mod idempotency;
mod journeys;
mod security;
mod surface;
mod table;
