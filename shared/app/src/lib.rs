//! Use cases: open, require, decide, save. Called alike by every front end.
//!
//! Nothing here knows an HTTP status or a key's text; who may do what is decided by `domain::access` through
//! `store::open`.

pub mod cursor;
pub mod retry;

use runtime::env::{Clock, Entropy, Env, MissingVariable};
use store::Store;

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    /// The table.
    pub store: Store,
    /// Randomness.
    pub entropy: Entropy,
    /// The time.
    pub clock: Clock,
}

impl App {
    /// What the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self { store: Store::new(env)?, entropy: env.entropy.clone(), clock: env.clock.clone() })
    }
}
