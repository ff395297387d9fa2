//! Use cases: open, require, decide, save. Called alike by every front end.
//!
//! Nothing here knows an HTTP status or a key's text; who may do what is decided by `domain::access` through
//! `store::open`.

pub mod account;
pub mod explain;
pub mod feed;
pub mod files;
mod free_key;
pub mod in_org;
pub mod live;
pub mod membership;
mod network;
pub mod notices;
pub mod people;
pub mod retry;
pub mod secret;
pub mod talk;
pub mod tenant;
pub mod vapid;
pub mod work;

use domain::Error;
use domain::call::{Answers, Call, Later, NotedAnswer};
use domain::id::{Tag, TenantId};
use paging::Pager;
use runtime::env::{Clock, Entropy, Env, MissingVariable};
use store::record::Operation;
use store::{Store, derived};

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
        Ok(Self {
            store: Store::new(env)?,
            entropy: env.entropy.clone(),
            clock: env.clock.clone(),
        })
    }

    /// The id of what an operation is about to make: under an idempotency key the same each time.
    pub fn new_id<I: TenantId>(&self, tag: Tag, operation: &Operation) -> I {
        if operation.keyed {
            derived::id(tag, &operation.id)
        } else {
            I::new(tag, self.entropy.bytes())
        }
    }

    /// What lists are paged with.
    pub fn pager(&self) -> Pager<'_> {
        Pager {
            store: &self.store,
            entropy: &self.entropy,
        }
    }
}

impl Answers for App {
    fn is_done<'a>(&'a self, call: &'a Call) -> Later<'a, bool> {
        Box::pin(async move {
            match self.store.open_me(call, &[]).await {
                Err(Error::Answered) => Ok(true),
                // Whatever else comes of it, the answer that there is stands.
                _ => Ok(false),
            }
        })
    }

    fn note<'a>(&'a self, call: &'a Call, answer: NotedAnswer) -> Later<'a, ()> {
        Box::pin(self.store.note_answer(call, answer))
    }
}
