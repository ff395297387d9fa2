//! What names bytes: their digest, and the place that we give them.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::NotAnId;
use crate::text::Fault;

/// A SHA-256 (FIPS 180-4). Clients write it in hexadecimal; the object store in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// As the header `x-amz-checksum-sha256` has it.
    pub fn base64(self) -> String {
        BASE64.encode(&self.0)
    }

    /// What is written in base64, if it is a digest.
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64
            .decode(text.as_bytes())
            .ok()?
            .try_into()
            .map(Self)
            .ok()
    }
}

impl FromStr for Digest {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| Fault::new("invalid", "must be a SHA-256 in 64 hexadecimal digits"))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The server's own name for a place of bytes: 16 random bytes. No text of users is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId([u8; 16]);

impl ObjectId {
    /// An object's name of sixteen random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for ObjectId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotAnId)?;
        bytes.try_into().map(Self).map_err(|_| NotAnId)
    }
}

macro_rules! stored {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let bytes = BASE64URL_NOPAD
                    .decode(text.as_bytes())
                    .map_err(de::Error::custom)?;
                bytes
                    .try_into()
                    .map(Self)
                    .map_err(|_| de::Error::custom("of another length"))
            }
        }
    };
}
stored!(Digest);
stored!(ObjectId);
