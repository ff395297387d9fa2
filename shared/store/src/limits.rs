//! Counting calls: sampled for every signed-in caller, exactly for sign-in and mail.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `RL#<kind>#<whose>` | `<window>` | rate-limit counters |

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Error;
use domain::id::UserId;
use jiff::Timestamp;
use runtime::meter::{self, Rate};

use crate::key::{Key, hashed, key};
use crate::table::Table;

/// A counter of one kind of thing, for one subject, in one window of time.
pub fn rate(kind: &str, subject: &str, window: i64) -> Key {
    key(format!("RL#{kind}#{}", hashed(subject)), window.to_string())
}

/// The window of the sampled limit, in seconds.
const WINDOW: i64 = 60;
/// One request in so many adds so many: on average the count is right, and a request costs 0.05 write units.
const SAMPLE: u32 = 20;

/// The sampled limit of requests per caller and minute. The count is an estimate, and the headers say so.
pub struct Limiter {
    limit: u64,
    /// What this instance knows of the present window.
    seen: Mutex<(i64, HashMap<UserId, u64>)>,
}

impl Limiter {
    /// At most `limit` requests per caller and minute.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            seen: Mutex::default(),
        }
    }

    fn known(&self, user: UserId, window: i64) -> u64 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 != window {
            *seen = (window, HashMap::new());
        }
        seen.1.get(&user).copied().unwrap_or_default()
    }

    fn learn(&self, user: UserId, window: i64, count: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 == window {
            seen.1.insert(user, count);
        }
    }

    /// Counts a request of `user`. Above half the limit every request counts, so nobody passes it by luck.
    pub async fn count(&self, table: &Table, user: UserId, now: Timestamp) -> Result<(), Error> {
        let window = now.as_second().div_euclid(WINDOW);
        let mut count = self.known(user, window);
        let step = match count > self.limit / 2 {
            true => 1,
            false if table.entropy.one_in(SAMPLE) => u64::from(SAMPLE),
            false => 0,
        };
        // Whoever is above the limit is refused without a write, until the window is over.
        if step > 0 && count <= self.limit {
            let key = rate("calls", &user.to_string(), window);
            count = table
                .add(&key, "n", step, Some((window + 2) * WINDOW))
                .await?;
            self.learn(user, window, count);
        }
        let rate = self.estimate(count, window, now);
        meter::note(|totals| totals.rate = Some(rate));
        if count > self.limit {
            Err(Error::RateLimited {
                retry_after: rate.reset,
            })
        } else {
            Ok(())
        }
    }

    /// What headers say of a window with so many requests.
    fn estimate(&self, count: u64, window: i64, now: Timestamp) -> Rate {
        let reset = (window + 1) * WINDOW - now.as_second();
        Rate {
            limit: self.limit,
            remaining: self.limit.saturating_sub(count),
            reset: u64::try_from(reset).unwrap_or_default().max(1),
        }
    }
}

/// An exact limit.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What is counted.
    pub kind: &'static str,
    /// How many in a window.
    pub most: u64,
    /// Seconds.
    pub window: i64,
}

impl Table {
    /// Counts one more of `limit.kind` for `subject` and tells how many there are in this window. The count comes
    /// before what it guards, so that a hundred at once cannot slip through.
    pub async fn tally(&self, limit: Limit, subject: &str, now: Timestamp) -> Result<u64, Error> {
        let window = now.as_second().div_euclid(limit.window);
        let key = rate(limit.kind, subject, window);
        self.add(&key, "n", 1, Some((window + 2) * limit.window))
            .await
    }
}

impl Limit {
    /// Fails if `count` is above the limit.
    pub fn check(self, count: u64, now: Timestamp) -> Result<(), Error> {
        let left = self.window - now.as_second().rem_euclid(self.window);
        if count <= self.most {
            Ok(())
        } else {
            Err(Error::RateLimited {
                retry_after: u64::try_from(left).unwrap_or(1),
            })
        }
    }
}
