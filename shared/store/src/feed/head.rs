//! The end of a feed.

use domain::feed::event::Source;
use domain::id::{OrgId, Tag};
use serde::{Deserialize, Serialize};

use super::bytes;
use super::chain::Hash;
use crate::keys;
use crate::record::{Place, Record};

/// The end of an organization's feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The organization.
    pub org: OrgId,
    /// The number of the last entry.
    pub n: u64,
    /// Its digest.
    #[serde(with = "bytes")]
    pub hash: Hash,
}

impl Record for Head {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::feed_head(self.org.tag()))
    }
}

impl Head {
    /// The end of the feed that has no entry yet.
    pub fn new(org: OrgId) -> Self {
        Self {
            org,
            n: 0,
            hash: super::START,
        }
    }

    /// Whose feed it is.
    pub fn tag(&self) -> Tag {
        self.org.tag()
    }
}
