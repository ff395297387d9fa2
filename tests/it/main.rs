//! End to end: every test starts a cloud of its own and calls the API over HTTP.

mod capacity;
mod concurrency;
mod faults;
mod idempotency;
mod journeys;
mod lag;
mod security;
mod storage;
mod surface;
mod table;
