//! Use cases: open, require, decide, save. Called alike by every front end.
//!
//! Nothing here knows an HTTP status or a key's text; who may do what is decided by `domain::access` through
//! `store::open`.

pub mod activity;
pub mod attachment;
pub mod auth;
pub mod board;
pub mod comment;
pub mod dashboard;
pub mod device;
pub mod explain;
pub mod feed;
pub mod in_org;
pub mod invitation;
pub mod inviting;
pub mod joining;
pub mod label;
pub mod live;
pub mod mail;
pub mod member;
pub mod notification;
pub mod notify;
pub mod organization;
pub mod people;
pub mod project;
pub mod retry;
pub mod secret;
pub mod task;
pub mod team;
pub mod tenant;
pub mod user;
pub mod vapid;
pub mod view;
pub mod vouching;
pub mod watch;

use paging::Pager;
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

    /// What lists are paged with.
    pub fn pager(&self) -> Pager<'_> {
        Pager { store: &self.store, entropy: &self.entropy }
    }
}
