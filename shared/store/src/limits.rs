//! Counting calls: sampled for every signed-in caller, exactly for sign-in and mail.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `RL#<kind>#<whose>` | `<window>` | rate-limit counters |

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Error;
use domain::id::{Tag, UserId};
use jiff::Timestamp;
use runtime::after;
use runtime::meter::{self, Rate};

use crate::key::{Key, hashed, key};
use crate::table::Table;

/// A counter of one kind of thing, for one subject, in one window of time.
pub fn rate(kind: &str, subject: &str, window: i64) -> Key {
    key(format!("RL#{kind}#{}", hashed(subject)), window.to_string())
}

/// The window of the sampled limits, in seconds.
const WINDOW: i64 = 60;
/// One request of one unit in so many adds so many units: on average the count is right, and a request costs 0.05 write
/// units.
const SAMPLE: u32 = 20;
/// How much more an organization may spend than one of its people.
const ORGANIZATION: u64 = 10;

/// The sampled limits of what a person, and the people of an organization, spend in a minute. A request costs by its
/// operations and its bytes, never by what it finds. The counts are estimates, and the headers say so.
#[derive(Debug)]
pub struct Limiter {
    limit: u64,
    /// What this instance knows of the present window.
    seen: Mutex<(i64, HashMap<Spender, u64>)>,
}

/// Who spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Spender {
    Person(UserId),
    Organization(Tag),
}

impl Spender {
    fn limit(self, of_person: u64) -> u64 {
        match self {
            Self::Person(_) => of_person,
            Self::Organization(_) => of_person.saturating_mul(ORGANIZATION),
        }
    }

    fn key(self, window: i64) -> Key {
        match self {
            Self::Person(user) => rate("calls", &user.to_string(), window),
            Self::Organization(tag) => rate("org-calls", &tag.to_string(), window),
        }
    }
}

impl Limiter {
    /// At most `limit` units per caller and minute, and ten times that per organization.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            seen: Mutex::default(),
        }
    }

    fn known(&self, spender: Spender, window: i64) -> u64 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 != window {
            *seen = (window, HashMap::new());
        }
        seen.1.get(&spender).copied().unwrap_or_default()
    }

    fn learn(&self, spender: Spender, window: i64, count: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 == window {
            seen.1.insert(spender, count);
        }
    }

    /// How much is to be added for a request of this cost, when so much is known to be spent. Above half the limit every
    /// request counts, so nobody passes it by luck; so does one that costs as much as a sample.
    fn step(&self, table: &Table, spender: Spender, known: u64, cost: u32) -> u64 {
        let limit = spender.limit(self.limit);
        match known {
            _ if known > limit => 0,
            _ if known > limit / 2 || cost >= SAMPLE => u64::from(cost),
            _ if cost == 0 => 0,
            // The more it costs, the more often it is counted, and always about as much at once.
            _ => {
                let one_in = SAMPLE.div_ceil(cost);
                let counts = table.entropy.one_in(one_in);
                u64::from(counts) * u64::from(one_in) * u64::from(cost)
            }
        }
    }

    /// What is said of a spender: the estimate, or that they have spent too much.
    fn judge(&self, spender: Spender, count: u64, now: Timestamp) -> (Rate, Result<(), Error>) {
        let limit = spender.limit(self.limit);
        let reset = WINDOW - now.as_second().rem_euclid(WINDOW);
        let reset = u64::try_from(reset).unwrap_or_default().max(1);
        let rate = Rate {
            limit,
            remaining: limit.saturating_sub(count),
            reset,
        };
        let outcome = match count > limit {
            true => Err(Error::RateLimited { retry_after: reset }),
            false => Ok(()),
        };
        (rate, outcome)
    }

    /// Charges `user` for a request.
    pub async fn count(
        &self,
        table: &Table,
        user: UserId,
        cost: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (window, spender) = (now.as_second().div_euclid(WINDOW), Spender::Person(user));
        let mut count = self.known(spender, window);
        let cost = if meter::charges("caller") { cost } else { 0 };
        let step = self.step(table, spender, count, cost);
        if step > 0 {
            count = add(table, spender, window, step).await?;
            self.learn(spender, window, count);
        }
        let (rate, outcome) = self.judge(spender, count, now);
        meter::note(|totals| totals.rate = Some(rate));
        outcome
    }

    /// Charges an organization for a request of somebody who belongs to it: nobody else spends what is its own. By what
    /// this instance knows, which it learns behind the request: nobody waits for it.
    // In one piece: what is known is judged at once, and what is spent is told behind the request.
    pub(crate) fn charge(
        self: &Arc<Self>,
        table: &Table,
        tag: Tag,
        cost: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (window, spender) = (
            now.as_second().div_euclid(WINDOW),
            Spender::Organization(tag),
        );
        let count = self.known(spender, window);
        let cost = if meter::charges(&tag.to_string()) {
            cost
        } else {
            0
        };
        let step = self.step(table, spender, count, cost);
        if step > 0 {
            let (limiter, table) = (self.clone(), table.clone());
            let charged = after::put_off(async move {
                match add(&table, spender, window, step).await {
                    Ok(count) => limiter.learn(spender, window, count),
                    Err(error) => tracing::warn!(%error, "an organization could not be charged"),
                }
            });
            tracing::trace!(charged, step, "an organization is charged");
        }
        let (rate, outcome) = self.judge(spender, count, now);
        // In tenths: how busy the others are is nobody's business.
        let tenth = (rate.limit / 10).max(1);
        let rate = Rate {
            remaining: rate.remaining / tenth * tenth,
            ..rate
        };
        meter::note(|totals| totals.organization_rate = Some(rate));
        outcome
    }
}

async fn add(table: &Table, spender: Spender, window: i64, step: u64) -> Result<u64, Error> {
    let expires = Some((window + 2) * WINDOW);
    table.add(&spender.key(window), "n", step, expires).await
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
