//! The ways out of a feed. Each of the views by index is one query for the numbers, and one read of the entries.

use std::collections::HashMap;

use domain::Error;
use domain::feed::event::{Numbered, Source};
use domain::id::{OrgId, ProjectId, Tag, TaskId, UserId};
use serde::{Deserialize, Serialize};

use super::bytes;
use super::chain::{EntryText, Hash, Link};
use crate::keys::{self, Key};
use crate::range::Range;
use crate::record::{Place, Record, Stored};
use crate::scope::Scope;
use crate::store::Store;
use crate::table::{Item, Rows, key_of};

/// An entry of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The partition it stands in.
    pk: String,
    /// Its number.
    pub n: u64,
    /// Its text.
    pub body: String,
    /// Its digest.
    #[serde(with = "bytes")]
    pub hash: Hash,
}

impl Record for Entry {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        let sk = format!("{}{}", super::keys::FEED_ENTRIES, keys::sequence(self.n));
        Place::at(Key {
            pk: self.pk.clone(),
            sk,
        })
    }
}

impl Entry {
    /// An entry of an organization's feed.
    pub(super) fn new(tag: Tag, n: u64, body: String, hash: Hash) -> Self {
        Self {
            pk: super::keys::feed(tag),
            n,
            body,
            hash,
        }
    }

    /// Reads an entry from its item.
    ///
    /// # Errors
    /// `Internal` if it is none.
    pub fn read(item: &Item) -> Result<Self, Error> {
        Stored::read(item).map(|stored| stored.value)
    }

    /// Every entry among the rows of a stretch.
    ///
    /// # Errors
    /// As [`Entry::read`].
    pub fn read_all(rows: &[Item]) -> Result<Vec<Self>, Error> {
        rows.iter().map(Self::read).collect()
    }

    /// The event with its number.
    ///
    /// # Errors
    /// `Internal` if the text is none of ours.
    pub fn numbered(&self) -> Result<Numbered, Error> {
        let body = EntryText::read(&self.body);
        body.map(EntryText::numbered)
            .map_err(|error| Error::Internal(format!("entry {} of a feed: {error}", self.n)))
    }

    /// The entry as it is verified.
    pub fn link(self) -> Link {
        Link {
            seq: self.n,
            body: self.body,
            hash: self.hash,
        }
    }
}

/// The entries behind number `after`, in order or backwards; strongly consistent, and rows are whole entries.
/// Backwards, `after` is the number to begin below.
pub fn stretch(tag: Tag, forward: bool, after: Option<u64>, limit: usize) -> Range {
    let name = |number| keys::feed_entry(tag, number).sk;
    keys::entries_of(tag)
        .from(forward, after.map(name))
        .limit(limit)
}

/// A task's events; rows are keys, for [`Store::feed_entries`]. The sort key is [`keys::sequence`].
pub fn of_task(id: TaskId, limit: usize) -> Range {
    keys::feed_of_task(id).limit(limit)
}

/// What auditors look for, but for tasks' events; rows are keys.
pub fn of_audit(tag: Tag, limit: usize) -> Range {
    keys::audit_of(tag).limit(limit)
}

/// A project's events; rows are keys.
pub fn of_project(id: ProjectId, limit: usize) -> Range {
    keys::feed_of_project(id).limit(limit)
}

/// What a person has done in an organization; rows are keys.
pub fn of_actor(org: OrgId, user: UserId, limit: usize) -> Range {
    keys::feed_of_actor(org.tag(), user).limit(limit)
}

impl Store {
    /// The entries that rows of an index name, in the rows' order.
    ///
    /// # Errors
    /// `Unavailable`, and `Internal` if a row is of another tenant.
    pub async fn feed_entries(&self, scope: &Scope, rows: &Rows) -> Result<Vec<Entry>, Error> {
        let keys: Vec<Key> = rows.items.iter().filter_map(key_of).collect();
        let mut found: HashMap<Key, Stored<Entry>> = self.fetch(scope, &keys).await?;
        let missing: Vec<Key> = keys
            .iter()
            .filter(|key| !found.contains_key(key))
            .cloned()
            .collect();
        if !missing.is_empty() {
            // A replica may be behind the index; what was promised there must not be left out.
            let late = self
                .outside("the rest of what `fetch` has checked")
                .get_many(&missing, true)
                .await?;
            found.extend(crate::store::read_all(late)?);
        }
        Ok(keys
            .iter()
            .filter_map(|key| found.remove(key))
            .map(|stored| stored.value)
            .collect())
    }
}
