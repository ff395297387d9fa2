//! Addresses outside that users name: which of them anything is sent to.
//!
//! Whoever names an address must not reach through us what they could not reach themselves: our own machine, its
//! network, the cloud's metadata. So the text of an address is read strictly ([`HttpsUrl`]), and whatever its name
//! leads to is looked at once more before a connection is made ([`is_public`]).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Fault;

/// An `https` address at a public name: no credentials, no port, no fragment, and never an IP address.
///
/// Read by rules of its own that know far less than RFC 3986 and the WHATWG allow: what two parsers could read in two
/// ways is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpsUrl {
    text: String,
    host: usize,
}

const SCHEME: &str = "https://";

/// Top-level names that are never public (RFC 2606, 6761, 6762, 7686, 8375, 9476 and ICANN's reservation of
/// `internal`), and those that networks use for themselves.
const INSIDE: &[&str] = &[
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
];

impl HttpsUrl {
    /// The most characters.
    pub const MAX: usize = 1024;

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the host, in lower case.
    pub fn host(&self) -> &str {
        &self.text[SCHEME.len()..self.host]
    }

    /// Scheme and host (RFC 6454 section 6.2).
    pub fn origin(&self) -> &str {
        &self.text[..self.host]
    }

    /// What stands behind the host: path and query, beginning with a slash.
    pub fn path(&self) -> &str {
        &self.text[self.host..]
    }
}

impl FromStr for HttpsUrl {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.len() > Self::MAX {
            return Err(Fault::new(
                "too_long",
                format!("must have at most {} characters", Self::MAX),
            ));
        }
        let no_url = || {
            Fault::new(
                "invalid",
                "must be an https URL without credentials, port and fragment",
            )
        };
        let rest = text.strip_prefix(SCHEME).ok_or_else(no_url)?;
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if !is_plain(rest) || !is_name(host) {
            return Err(no_url());
        }
        let host = host.to_ascii_lowercase();
        if is_inside(&host) {
            return Err(Fault::new("not_public", "must be at a public name"));
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            text: format!("{SCHEME}{host}{slash}{path}"),
            host: SCHEME.len() + host.len(),
        })
    }
}

/// Whether all read it alike: a backslash is a slash to browsers, and white space is nothing.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>'))
}

/// Labels with dots between them, the last of which begins with a letter, so that it is no number of an IPv4 address.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        let edges = !label.starts_with('-') && !label.ends_with('-');
        edges
            && (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.split('.').all(label)
        && top.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_inside(host: &str) -> bool {
    host.rsplit_once('.')
        .is_none_or(|(_, top)| INSIDE.contains(&top))
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for HttpsUrl {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<HttpsUrl> for String {
    fn from(url: HttpsUrl) -> Self {
        url.text
    }
}

/// Whether an address is one of the public internet, by its bytes alone.
///
/// Of IPv6 only what is assigned for global unicast (2000::/3), without what leads to IPv4 in a roundabout way.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    // The IANA special-purpose registry (RFC 6890), and the address at which Azure's machines ask their host.
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [168, 63, 129, 16]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 31, 196, _]
            | [192, 52, 193, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [192, 175, 48, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocol assignments, Teredo and ORCHID among them; documentation; 6to4; AS112.
        [0x2001, 0x0000..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] => false,
        [0x3fff, 0x0000..=0x0fff, ..] | [0x2620, 0x004f, 0x8000, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests;
