//! Notes that a request with many operations was done as a whole. Its tasks forget it after a few later changes; the
//! note does not, so none of its operations is ever done a second time alone.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>` | `DONE#<operation>` | a request with many operations that was done as a whole |

use domain::feed::event::Source;
use domain::id::{OrgId, Tag, base32};
use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::key::{Key, key, tenant};
use crate::record::{Operation, Place, Record};

/// The note that a request with many operations was done as a whole.
pub fn done(tag: Tag, operation: &[u8; 16]) -> Key {
    key(tenant(tag), format!("DONE#{}", base32().encode(operation)))
}

/// How long a note holds.
const HOLDS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A request was done as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    org: OrgId,
    operation: [u8; 16],
    #[serde(with = "timestamp::millisecond::required")]
    until: Timestamp,
}

impl Done {
    /// The request of this operation is done at this moment.
    pub fn new(org: OrgId, operation: &Operation, at: Timestamp) -> Self {
        Self {
            org,
            operation: operation.id,
            until: at.checked_add(HOLDS).unwrap_or(Timestamp::MAX),
        }
    }

    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

impl Record for Done {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(done(self.org.tag(), &self.operation)).until(self.until)
    }
}
