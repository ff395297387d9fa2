//! End to end: every test starts a cloud of its own and calls the API over HTTP.

mod capacity;
mod journeys;
mod table;
