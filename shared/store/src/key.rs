//! Keys, and the parts that they are made of. Which there are is told where each kind of thing is stored; [`crate::keys`]
//! has them all.
//!
//! Ids are written without their tenant (17 characters), users as 26, hashes as 16 bytes. Text of users never
//! enters a key, except project keys and identities of statuses, whose alphabets have no separator.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `SYS#ALL#<0-15>` | `T#<tag>`, `U#<user>` | the registry: every organization and account there is; tells its id |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#TRASH`, `#GONE` | `<deleted at>#<id>`, of what can be brought back and of what cannot (labels that were merged too) |

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{Tag, UserId, base32};
use jiff::Timestamp;

use crate::range::Range;
use crate::table::text;

/// Where an item stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The partition.
    pub(crate) pk: String,
    /// The place in it.
    pub(crate) sk: String,
}

impl Key {
    /// A key of something that a tenant has: its kind and its id make the partition.
    pub fn within(tag: Tag, kind: &str, id: &str) -> Self {
        key(within(tag, kind, id), kind)
    }

    /// Partition and place in it, as text.
    pub fn parts(self) -> (String, String) {
        (self.pk, self.sk)
    }
}

/// An index of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Children of a container, in the order in which they were made.
    ByParent,
    /// Tasks of a status, by rank.
    ByRank,
    /// Tasks of a project, by priority and due date.
    ByUrgency,
    /// Tasks of a person, open ones first, by due date.
    ByPerson,
}

impl Index {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByParent => "by_parent",
            Self::ByRank => "by_rank",
            Self::ByUrgency => "by_urgency",
            Self::ByPerson => "by_person",
        }
    }

    /// The attributes of its partition and sort key.
    pub fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::ByParent => ("bp_pk", "bp_sk"),
            Self::ByRank => ("br_pk", "br_sk"),
            Self::ByUrgency => ("bu_pk", "bu_sk"),
            Self::ByPerson => ("bn_pk", "bn_sk"),
        }
    }
}

/// Where an item stands in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    pub(crate) index: Index,
    pub(crate) partition: String,
    pub(crate) place: String,
}

impl IndexEntry {
    /// The attributes that put an item there.
    pub(crate) fn attributes(self) -> [(String, AttributeValue); 2] {
        let (partition, place) = self.index.attributes();
        [
            (partition.to_owned(), text(self.partition)),
            (place.to_owned(), text(self.place)),
        ]
    }
}

pub(crate) fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// The first sixteen bytes of the SHA-256 of the parts, each preceded by its length.
pub fn hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..16]);
    short
}

pub(crate) fn hashed(text: &str) -> String {
    base32().encode(&hash(&[text.as_bytes()]))
}

pub(crate) fn person_part(user: UserId) -> String {
    base32().encode(&user.bytes())
}

pub(crate) fn tenant(tag: Tag) -> String {
    format!("T#{tag}")
}

pub(crate) fn user_partition(user: UserId) -> String {
    format!("U#{}", person_part(user))
}

pub(crate) fn within(tag: Tag, kind: &str, suffix: &str) -> String {
    format!("T#{tag}#{kind}#{suffix}")
}

pub(crate) fn guard(kind: &str, text: &str) -> Key {
    key(format!("G#{kind}#{}", hashed(text)), "GUARD")
}

pub(crate) fn moment(at: Timestamp, suffix: &str) -> String {
    format!("{:015}#{suffix}", at.as_millisecond())
}

/// The container of what is deleted in an organization.
pub fn trash_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "TRASH")
}

/// Where things stand that nobody can bring back: deleted for good, or merged into others. Oldest first, for a purge.
pub fn gone_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "GONE")
}

/// Whose things stand in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A tenant.
    Tenant(Tag),
    /// A person.
    Person(UserId),
}

/// Whose partition this is, if it is a tenant's or a person's.
pub fn holder(pk: &str) -> Option<Holder> {
    let (kind, rest) = pk.split_once('#')?;
    let id = rest.split('#').next()?;
    match kind {
        "T" => id.parse().ok().map(Holder::Tenant),
        "U" => {
            let bytes = base32().decode(id.as_bytes()).ok()?;
            UserId::from_bytes(bytes.try_into().ok()?)
                .ok()
                .map(Holder::Person)
        }
        _ => None,
    }
}

/// Into how many partitions the registry is divided, so that none takes all that is made.
pub const REGISTRY_PARTITIONS: u8 = 16;

/// The place of an organization or account in the registry of all there are.
pub fn registered(holder: Holder) -> Key {
    let name = match holder {
        Holder::Tenant(tag) => tenant(tag),
        Holder::Person(user) => user_partition(user),
    };
    let partition = hash(&[b"registry", name.as_bytes()])[0] % REGISTRY_PARTITIONS;
    key(registry(partition), name)
}

fn registry(partition: u8) -> String {
    format!("SYS#ALL#{partition}")
}
