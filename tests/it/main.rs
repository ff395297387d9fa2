//! End to end: every test starts a cloud of its own and calls the API over HTTP.

mod attacks;
mod boards;
mod bulk;
mod capacity;
mod concurrency;
mod explain;
mod faults;
mod idempotency;
mod joining;
mod journeys;
mod labels;
mod lag;
mod storage;
mod surface;
mod table;
mod teams;
mod views;
mod workflows;
