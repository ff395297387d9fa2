//! One call of the API, as the domain sees it.

use std::pin::Pin;

use jiff::Timestamp;

use crate::Error;

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
    /// What it costs of what its caller and their organization may spend in a minute: 1, and more for many operations
    /// or bytes.
    pub cost: u32,
    /// The client's idempotency key.
    pub key: Option<String>,
    /// A digest of method, path, query and body: tells a repetition from another request with the same key.
    pub fingerprint: [u8; 8],
    /// Random: under this the call's writes are known as its own if it has no idempotency key.
    pub nonce: [u8; 16],
    /// The version that the caller has seen (`If-Match`).
    pub if_match: Option<u64>,
}

impl Call {
    /// The same for a request with so many operations, of which each costs as much as a request.
    #[must_use]
    pub fn costing(self, operations: usize) -> Self {
        let more = u32::try_from(operations.saturating_sub(1)).unwrap_or(u32::MAX);
        Self {
            cost: self.cost.saturating_add(more),
            ..self
        }
    }
}

/// What will be there later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Where it is noted which requests with an idempotency key were done. The edge asks, and does not know the table.
pub trait Answers: Send + Sync {
    /// Whether this very request was done before, and answered that nothing is left to be shown (204).
    fn is_done<'a>(&'a self, call: &'a Call) -> Later<'a, bool>;

    /// Notes how the request was answered.
    fn note<'a>(&'a self, call: &'a Call, answer: NotedAnswer) -> Later<'a, ()>;
}

/// What is noted of an answer: nothing of what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedAnswer {
    /// Its HTTP status.
    pub status: u16,
    /// The thing that was opened for it: what it is, and its id.
    pub thing: Option<String>,
    /// Of a request with many operations, each done by itself: those that were done, bit by bit.
    pub parts: Option<u128>,
}

/// A group whose requests change nothing.
impl Answers for () {
    fn is_done<'a>(&'a self, _: &'a Call) -> Later<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn note<'a>(&'a self, _: &'a Call, _: NotedAnswer) -> Later<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
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
