//! End to end: every test starts a cloud of its own and calls the API over HTTP.

mod api;
mod attacks;
mod capacity;
mod concurrency;
mod faults;
mod feed;
mod files;
mod idempotency;
mod journeys;
mod lag;
mod live;
mod membership;
mod notices;
mod page;
mod saved_views;
mod storage;
mod surface;
mod table;
mod talk;
mod texts;
mod work;
