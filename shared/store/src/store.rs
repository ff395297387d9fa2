//! The store: the table, the keys to verify callers with, and their limits.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Error;
use domain::call::Call;
use domain::id::{ProjectId, Tag, UserId};
use jiff::Timestamp;
use runtime::env::{Env, MissingVariable};

use crate::feed::signal::Signals;
use crate::keys::{self, Key};
use crate::limits::Limiter;
use crate::range::Range;
use crate::record::{Operation, Record, Stored};
use crate::scope::{Scope, SealedRows};
use crate::table::{Item, Rows, Table};
use crate::token::{Claimed, KeyRing, Published};
use crate::transaction::Transaction;

/// Requests per caller and minute, unless the environment says otherwise.
const REQUESTS_PER_MINUTE: u64 = 600;

/// The store.
#[derive(Clone)]
pub struct Store {
    pub(crate) table: Table,
    pub(crate) keyring: Arc<KeyRing>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) signals: Arc<Signals>,
}

impl Store {
    /// The store that the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let limit = env
            .optional("REQUESTS_PER_MINUTE")
            .and_then(|text| text.parse().ok())
            .unwrap_or(REQUESTS_PER_MINUTE);
        let table = Table::new(env)?;
        let (limiter, signals) = (
            Arc::new(Limiter::new(limit)),
            Arc::new(Signals::new(table.clone())),
        );
        Ok(Self {
            table,
            keyring: Arc::default(),
            limiter,
            signals,
        })
    }

    /// The table itself, for what belongs to no tenant or has no caller: sign-in, accounts, workers. `reason` says
    /// why there is no scope; reviewers look for this door.
    pub fn outside(&self, reason: &'static str) -> &Table {
        tracing::trace!(reason, "the table without a scope");
        &self.table
    }

    /// The operation that a call will be, once its caller is verified: a creation derives its id from it.
    pub fn operation(&self, call: &Call) -> Result<Operation, Error> {
        Ok(Operation::of(call, Claimed::of(call)?.user))
    }

    /// Whom a call claims to come from: fit to choose what to read beside the proof, and for nothing else.
    pub fn claimed(&self, call: &Call) -> Result<UserId, Error> {
        Ok(Claimed::of(call)?.user)
    }

    /// The published keys as this instance knows them.
    pub fn keyring(&self) -> &KeyRing {
        &self.keyring
    }

    pub(crate) fn learn_keys(
        &self,
        items: &HashMap<Key, Item>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(item) = items.get(&keys::published_keys()) else {
            return Ok(());
        };
        let published: Published = serde_dynamo::from_item(item.clone())
            .map_err(|error| Error::Internal(error.to_string()))?;
        self.keyring.learn(published, now);
        Ok(())
    }

    /// The key of list cursors and of positions in feeds; read from the table once per instance.
    pub async fn cursor_key(&self, now: Timestamp) -> Result<[u8; 32], Error> {
        if self.keyring.published().is_none() {
            let key = keys::published_keys();
            let items = self
                .table
                .get_many(std::slice::from_ref(&key), true)
                .await?;
            self.learn_keys(&items, now)?;
        }
        self.keyring
            .published()
            .ok_or(Error::Unauthenticated)?
            .cursor_key()
    }

    /// Starts a query of a tenant's rows before it is known whether the caller may see them.
    pub async fn peek(&self, tag: Tag, range: &Range) -> Result<SealedRows, Error> {
        // All tags are of one length, so what begins with one is of no other tenant.
        if !range.partition.starts_with(&keys::organization(tag).pk) {
            return Err(Error::Internal("a range of another tenant".to_owned()));
        }
        Ok(SealedRows::new(tag, self.table.query(range).await?))
    }

    /// Queries the rows of a range in the scope's organization.
    pub async fn rows(&self, scope: &Scope, range: &Range) -> Result<Rows, Error> {
        self.peek(scope.tag(), range).await?.unseal(scope)
    }

    /// How many rows a range in the scope's organization has, no more than its limit, and whether there are more.
    pub async fn count(&self, scope: &Scope, range: &Range) -> Result<(usize, bool), Error> {
        if !range
            .partition
            .starts_with(&keys::organization(scope.tag()).pk)
        {
            return Err(Error::Internal("a range of another tenant".to_owned()));
        }
        self.table.count(range).await
    }

    /// Things of the scope's organization by their keys, eventually consistent: for rows of lists and for names.
    pub async fn fetch<T: Record>(
        &self,
        scope: &Scope,
        keys: &[Key],
    ) -> Result<HashMap<Key, Stored<T>>, Error> {
        let prefix = keys::organization(scope.tag()).pk;
        if keys
            .iter()
            .any(|key| key.pk != prefix && !key.pk.starts_with(&format!("{prefix}#")))
        {
            return Err(Error::Internal("a key of another tenant".to_owned()));
        }
        read_all(self.table.get_many(keys, false).await?)
    }

    /// The next task number of a project: unique and increasing. A lost answer leaves a gap, never a duplicate.
    pub async fn next_number(&self, scope: &Scope, project: ProjectId) -> Result<u64, Error> {
        self.next_numbers(scope, project, 1).await
    }

    /// The first of the next so many task numbers of a project.
    pub async fn next_numbers(
        &self,
        scope: &Scope,
        project: ProjectId,
        count: u64,
    ) -> Result<u64, Error> {
        if project.tag() != scope.tag() {
            return Err(Error::Internal("a project of another tenant".to_owned()));
        }
        Ok(self
            .table
            .add(&keys::counter(project), "n", count, None)
            .await?
            + 1
            - count)
    }

    /// Makes a thing in the scope's organization.
    pub async fn create<T: Record>(
        &self,
        scope: &Scope,
        value: T,
        taken: Error,
    ) -> Result<Stored<T>, Error> {
        self.table.create(value, scope.operation(), taken).await
    }

    /// Saves a change. Who named a version in `If-Match` is told the present one if they have lost a race.
    pub async fn save<T: Record>(
        &self,
        scope: &Scope,
        before: &Stored<T>,
        value: T,
    ) -> Result<Stored<T>, Error> {
        self.table.save(before, value, scope.operation()).await
    }

    /// Does all of it or nothing.
    pub async fn commit(&self, _scope: &Scope, transaction: Transaction) -> Result<(), Error> {
        self.table.commit(transaction).await
    }
}

/// Reads every item as one kind of thing.
pub fn read_all<T: Record>(items: HashMap<Key, Item>) -> Result<HashMap<Key, Stored<T>>, Error> {
    items
        .into_iter()
        .map(|(key, item)| Ok((key, Stored::read(&item)?)))
        .collect()
}
