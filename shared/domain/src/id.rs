//! Ids. Every id of an organization's thing knows its tenant.
//!
//! A tenant id is a UUID of version 8 (RFC 9562 section 5.8): the first 40 bits are the tenant's tag, 82 of the rest
//! are entropy. So the partition of anything is known from its id alone, before any read. Users belong to no
//! tenant: their ids are plain UUIDs of version 7.
//!
//! `Display` and `FromStr` speak the public form (a lower-case hyphenated UUID). Serde speaks the stored form, which
//! is shorter: 22 characters of base64url.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::{Uuid, Variant};

/// Number of random bytes from which the 82 bits of an id are taken.
pub const ENTROPY_BYTES: usize = 11;

/// Text that is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an id")]
pub struct NotAnId;

/// Crockford's base 32, lower case: it keeps the order of the bytes and has no separator in its alphabet.
pub fn base32() -> Encoding {
    static ENCODING: std::sync::OnceLock<Encoding> = std::sync::OnceLock::new();
    let build = || {
        let mut specification = Specification::new();
        specification
            .symbols
            .push_str("0123456789abcdefghjkmnpqrstvwxyz");
        // The alphabet is a constant of 32 distinct ASCII characters, which is all that `encoding` asks for.
        specification
            .encoding()
            .unwrap_or(data_encoding::BASE32HEX_NOPAD)
    };
    ENCODING.get_or_init(build).clone()
}

/// The tenant's tag: the first 40 bits of every id that belongs to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag([u8; 5]);

impl Tag {
    /// A tag of five random bytes.
    pub const fn from_bytes(bytes: [u8; 5]) -> Self {
        Self(bytes)
    }

    /// The tag's five bytes.
    pub fn bytes(self) -> [u8; 5] {
        self.0
    }
}

/// Eight characters, as they stand in the table's keys.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32().encode(&self.0))
    }
}

impl FromStr for Tag {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = base32().decode(text.as_bytes()).map_err(|_| NotAnId)?;
        bytes.try_into().map(Self).map_err(|_| NotAnId)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// What the macros here are made of.
#[doc(hidden)]
pub mod parts {
    pub use data_encoding::BASE64URL_NOPAD;
    pub use uuid::{Uuid, Variant};

    pub use super::{compose, from_suffix, parse, suffix};
}

#[doc(hidden)]
pub fn compose(tag: Tag, entropy: [u8; ENTROPY_BYTES]) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..5].copy_from_slice(&tag.0);
    bytes[5..].copy_from_slice(&entropy);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The part behind the tag, without the fixed version and variant bits: 82 bits, 17 characters.
#[doc(hidden)]
pub fn suffix(id: Uuid) -> String {
    let bytes = id.into_bytes();
    let mut value: u128 = u128::from(bytes[5]);
    value = (value << 12) | (u128::from(bytes[6] & 0x0f) << 8) | u128::from(bytes[7]);
    value = (value << 6) | u128::from(bytes[8] & 0x3f);
    for byte in &bytes[9..] {
        value = (value << 8) | u128::from(*byte);
    }
    let digits: Vec<u8> = (0..17)
        .rev()
        .map(|i| ((value >> (i * 5)) & 0x1f) as u8)
        .collect();
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    digits
        .iter()
        .map(|digit| char::from(alphabet[usize::from(*digit)]))
        .collect()
}

#[doc(hidden)]
pub fn from_suffix(tag: Tag, text: &str) -> Result<Uuid, NotAnId> {
    if text.len() != 17 {
        return Err(NotAnId);
    }
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut value: u128 = 0;
    for byte in text.bytes() {
        let digit = alphabet
            .iter()
            .position(|symbol| *symbol == byte)
            .ok_or(NotAnId)?;
        value = (value << 5) | digit as u128;
    }
    let mut entropy = [0; ENTROPY_BYTES];
    for (i, slot) in entropy.iter_mut().enumerate().skip(4) {
        *slot = ((value >> (8 * (ENTROPY_BYTES - 1 - i))) & 0xff) as u8;
    }
    entropy[3] = ((value >> 56) & 0x3f) as u8;
    entropy[2] = ((value >> 62) & 0xff) as u8;
    entropy[1] = ((value >> 70) & 0x0f) as u8;
    entropy[0] = ((value >> 74) & 0xff) as u8;
    Ok(compose(tag, entropy))
}

#[doc(hidden)]
pub fn parse(text: &str, version: usize) -> Result<Uuid, NotAnId> {
    let id = Uuid::try_parse(text).map_err(|_| NotAnId)?;
    // Only the one spelling that we print: another spelling of the same id would be another cache key and another log line.
    let canonical = id.hyphenated().to_string() == text;
    (canonical && id.get_version_num() == version && id.get_variant() == Variant::RFC4122)
        .then_some(id)
        .ok_or(NotAnId)
}

/// An id of something that a tenant has.
pub trait TenantId: Copy + Send + Sync + fmt::Display {
    /// What it names, in a word. Ids that are derived from idempotency keys depend on it: it never changes.
    const KIND: &'static str;

    /// A new id in the tenant of `tag`.
    fn new(tag: Tag, entropy: [u8; ENTROPY_BYTES]) -> Self;
}

/// A kind of id.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $version:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($crate::id::parts::Uuid);

        impl $name {
            /// The public form.
            pub fn uuid(self) -> $crate::id::parts::Uuid {
                self.0
            }

            /// The sixteen bytes.
            pub fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// An id from its sixteen bytes, if they are one.
            pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, $crate::id::NotAnId> {
                let id = $crate::id::parts::Uuid::from_bytes(bytes);
                let right = id.get_version_num() == $version && id.get_variant() == $crate::id::parts::Variant::RFC4122;
                right.then_some(Self(id)).ok_or($crate::id::NotAnId)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::NotAnId;

            fn from_str(text: &str) -> Result<Self, $crate::id::NotAnId> {
                $crate::id::parts::parse(text, $version).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$crate::id::parts::BASE64URL_NOPAD.encode(self.0.as_bytes()))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                let bytes = $crate::id::parts::BASE64URL_NOPAD.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
                let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| serde::de::Error::custom($crate::id::NotAnId))?;
                Self::from_bytes(bytes).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A kind of id of something that a tenant has, and what it names in a word.
#[macro_export]
macro_rules! tenant_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $crate::id!($(#[$doc])* $name, 8);

        impl $crate::id::TenantId for $name {
            const KIND: &'static str = $kind;

            fn new(tag: $crate::id::Tag, entropy: [u8; $crate::id::ENTROPY_BYTES]) -> Self {
                Self::new(tag, entropy)
            }
        }

        impl $name {
            /// A new id in the tenant of `tag`.
            pub fn new(tag: $crate::id::Tag, entropy: [u8; $crate::id::ENTROPY_BYTES]) -> Self {
                Self($crate::id::parts::compose(tag, entropy))
            }

            /// The tenant it belongs to.
            pub fn tag(self) -> $crate::id::Tag {
                let bytes = self.0.into_bytes();
                $crate::id::Tag::from_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]])
            }

            /// The id with the same end in another tenant, where it is nothing's: read in place of a foreign one.
            pub fn in_tenant(self, tag: $crate::id::Tag) -> Self {
                let mut bytes = self.0.into_bytes();
                bytes[..5].copy_from_slice(&tag.bytes());
                Self($crate::id::parts::Uuid::from_bytes(bytes))
            }

            /// The 17 characters behind the tag, as they stand in keys whose tenant is already told.
            pub fn suffix(self) -> String {
                $crate::id::parts::suffix(self.0)
            }

            /// The id with this suffix in the tenant of `tag`.
            pub fn from_suffix(tag: $crate::id::Tag, text: &str) -> Result<Self, $crate::id::NotAnId> {
                $crate::id::parts::from_suffix(tag, text).map(Self)
            }
        }
    };
}

tenant_id!(
    /// An organization: the tenant.
    OrgId,
    "organization"
);
tenant_id!(
    /// A project.
    ProjectId,
    "project"
);
tenant_id!(
    /// A team.
    TeamId,
    "team"
);
tenant_id!(
    /// A board.
    BoardId,
    "board"
);
tenant_id!(
    /// A label.
    LabelId,
    "label"
);
tenant_id!(
    /// A task.
    TaskId,
    "task"
);
tenant_id!(
    /// A comment on a task.
    CommentId,
    "comment"
);
tenant_id!(
    /// A file on a task.
    AttachmentId,
    "attachment"
);
tenant_id!(
    /// An invitation into an organization.
    InvitationId,
    "invitation"
);
tenant_id!(
    /// A code by which people join an organization.
    JoinCodeId,
    "join code"
);
tenant_id!(
    /// An e-mail domain of an organization.
    DomainId,
    "domain"
);
id!(
    /// A person. Users are not tenants, so their ids carry none.
    UserId,
    7
);

impl UserId {
    /// A new user's id (RFC 9562 section 5.7): milliseconds since the epoch and 74 random bits.
    pub fn new(unix_millis: u64, entropy: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, &entropy).into_uuid())
    }
}

id!(
    /// A device of a person.
    DeviceId,
    8
);

impl DeviceId {
    /// An id of sixteen bytes, of which six bits make room for version and variant.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// A session of a user: 8 random bytes, meaningful only together with the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 8]);

impl SessionId {
    /// A session id of eight random bytes.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The eight bytes.
    pub fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for SessionId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| NotAnId)?;
        bytes.try_into().map(Self).map_err(|_| NotAnId)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: Tag = Tag([0xff, 0x00, 0xab, 0x12, 0x9c]);

    #[test]
    fn an_id_tells_its_tenant_and_comes_back_from_its_suffix() {
        for fill in [0x00, 0x5a, 0xff] {
            let id = TaskId::new(TAG, [fill; ENTROPY_BYTES]);
            assert_eq!(id.tag(), TAG);
            assert_eq!(id.suffix().len(), 17);
            assert_eq!(TaskId::from_suffix(TAG, &id.suffix()), Ok(id));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn every_bit_of_entropy_reaches_the_suffix() {
        let zero = TaskId::new(TAG, [0; ENTROPY_BYTES]);
        let mut seen = std::collections::HashSet::from([zero.suffix()]);
        for bit in 0..(ENTROPY_BYTES * 8) {
            let mut entropy = [0; ENTROPY_BYTES];
            entropy[bit / 8] = 1 << (bit % 8);
            seen.insert(TaskId::new(TAG, entropy).suffix());
        }
        // 88 bits go in, 6 of them make room for version and variant.
        assert_eq!(seen.len(), 83);
    }

    #[test]
    fn another_kind_or_spelling_of_uuid_is_not_an_id() {
        let id = TaskId::new(TAG, [7; ENTROPY_BYTES]).to_string();
        for text in [
            id.to_uppercase(),
            id.replace('-', ""),
            format!("{{{id}}}"),
            String::new(),
            format!("{id} "),
        ] {
            assert_eq!(text.parse::<TaskId>(), Err(NotAnId), "{text}");
        }
        assert!(
            UserId::new(1, [1; 10])
                .to_string()
                .parse::<TaskId>()
                .is_err()
        );
        assert!(id.parse::<UserId>().is_err());
    }

    #[test]
    fn a_tag_keeps_its_order_as_text() {
        let texts: Vec<String> = [[0; 5], [0, 0, 0, 0, 9], [1; 5], [255; 5]]
            .map(|b| Tag(b).to_string())
            .to_vec();
        assert!(texts.is_sorted());
        assert_eq!(texts[3].len(), 8);
        assert_eq!(texts[3].parse(), Ok(Tag([255; 5])));
    }
}
