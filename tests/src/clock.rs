//! Time that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use runtime::env::Clock;

/// The machine's time, moved by as much as a test wants; or a time that only the test moves.
#[derive(Clone, Default)]
pub struct TestClock {
    moved: Arc<AtomicI64>,
    stands: Option<Timestamp>,
}

impl TestClock {
    /// A clock that stands still, at the beginning of a minute, until it is moved.
    pub fn standing() -> Self {
        let now = Clock::system().now().as_second().div_euclid(60) * 60;
        Self {
            stands: Timestamp::from_second(now).ok(),
            ..Self::default()
        }
    }

    /// Moves time on.
    pub fn advance(&self, by: SignedDuration) {
        self.moved
            .fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// The clock that functions get.
    pub fn clock(&self) -> Clock {
        let (moved, stands, system) = (self.moved.clone(), self.stands, Clock::system());
        Clock::from_fn(move || {
            let by = SignedDuration::from_millis(moved.load(Ordering::SeqCst));
            stands
                .unwrap_or_else(|| system.now())
                .checked_add(by)
                .unwrap_or(Timestamp::MAX)
        })
    }
}
