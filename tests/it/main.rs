//! End to end: every test starts a cloud of its own and calls the API over HTTP.

mod tasks;
