//! Time that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use runtime::env::Clock;

/// The machine's time, moved by as much as a test wants.
#[derive(Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// Moves time on.
    pub fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// The clock that functions get.
    pub fn clock(&self) -> Clock {
        let (moved, system) = (self.0.clone(), Clock::system());
        Clock::from_fn(move || {
            let by = SignedDuration::from_millis(moved.load(Ordering::SeqCst));
            system.now().checked_add(by).unwrap_or(Timestamp::MAX)
        })
    }
}
