//! One call of the API, as the domain sees it.

use jiff::Timestamp;

/// What came with a request besides its path and body.
#[derive(Debug, Clone)]
pub struct Call {
    /// The bearer token, not looked at yet.
    pub bearer: Option<String>,
    /// The moment at which the call counts as made.
    pub at: Timestamp,
    /// The address it came from, as the gateway saw it.
    pub address: String,
    /// Method and path, without prefix and trailing slash: `POST /tasks`.
    pub route: String,
    /// The client's idempotency key.
    pub key: Option<String>,
    /// A digest of method, path, query and body: tells a repetition from another request with the same key.
    pub fingerprint: [u8; 8],
    /// Random: under this the call's writes are known as its own if it has no idempotency key.
    pub nonce: [u8; 16],
    /// The version that the caller has seen (`If-Match`).
    pub if_match: Option<u64>,
}

/// A thing with the version under which it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The thing.
    pub value: T,
    /// Its version, counted from 1.
    pub version: u64,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows. There may be fewer than asked for, even none, although more follow.
    pub rows: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
    /// How many rows were asked for.
    pub limit: usize,
}

impl<T> Page<T> {
    /// The same page with other rows.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(change).collect(),
            next: self.next,
            limit: self.limit,
        }
    }
}
