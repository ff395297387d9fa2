//! The chain: each entry's digest is that of the digest before it and of its own text. Who changes one entry must
//! change all that follow.

use aws_lc_rs::digest::{Context, SHA256};
use domain::feed::event::{Event, Numbered};
use domain::id::OrgId;
use serde::{Deserialize, Serialize};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// What stands before the first entry.
pub const START: Hash = [0; 32];

/// An entry's text: what it says, in one spelling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryText {
    /// The organization.
    pub org: OrgId,
    /// The number.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

impl EntryText {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The event with its number.
    pub fn numbered(self) -> Numbered {
        Numbered {
            seq: self.seq,
            event: self.event,
        }
    }
}

/// The digest of a text that follows another.
pub fn digest(before: &Hash, text: &str) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(text.as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// An entry as it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The number under which it stands.
    pub seq: u64,
    /// Its text.
    pub body: String,
    /// The digest that is kept with it.
    pub hash: Hash,
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The number of the first entry that is not as it was written.
    pub seq: u64,
    /// What is wrong with it.
    pub fault: ChainFault,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// It is not there.
    Missing,
    /// Its text is not that of an entry of this number, or of this organization.
    Misplaced,
    /// Its text or its digest was changed.
    Changed,
}

impl ChainFault {
    /// A word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Misplaced => "misplaced",
            Self::Changed => "changed",
        }
    }
}

/// Verifies the entries that follow number `after`, whose digest is `before` ([`START`] for 0): that none is missing,
/// that each says its own number, is of the organization and has the digest that its text makes. The last digest.
///
/// Nothing here awaits, so it also verifies what was exported.
///
/// # Errors
/// The first entry that is not as it was written.
pub fn verify<'a>(
    org: OrgId,
    after: u64,
    before: Hash,
    links: impl IntoIterator<Item = &'a Link>,
) -> Result<Hash, Broken> {
    let (mut seq, mut hash) = (after, before);
    for link in links {
        seq += 1;
        let broken = |fault| Broken { seq, fault };
        if link.seq != seq {
            return Err(broken(ChainFault::Missing));
        }
        if digest(&hash, &link.body) != link.hash {
            return Err(broken(ChainFault::Changed));
        }
        let placed =
            EntryText::read(&link.body).is_ok_and(|body| body.seq == seq && body.org == org);
        if !placed {
            return Err(broken(ChainFault::Misplaced));
        }
        hash = link.hash;
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use domain::feed::event::{EventId, EventType, Told};
    use domain::id::Tag;
    use jiff::Timestamp;

    use super::*;

    fn org() -> OrgId {
        OrgId::new(Tag::from_bytes([1; 5]), [1; 11])
    }

    fn event(n: u8) -> Event {
        let told = Told::new(EventType::TaskCreated, Timestamp::UNIX_EPOCH, None, "x");
        told.named("WEB-1 „Größe“").event(EventId([n; 16]), 1)
    }

    fn chain(count: u64) -> Vec<Link> {
        let mut hash = START;
        let link = |seq| {
            let body = serde_json::to_string(&EntryText {
                org: org(),
                seq,
                event: event(seq as u8),
            })
            .unwrap();
            hash = digest(&hash, &body);
            Link { seq, body, hash }
        };
        (1..=count).map(link).collect()
    }

    #[test]
    fn a_whole_chain_verifies_and_so_does_every_stretch_of_it() {
        let links = chain(5);
        assert_eq!(verify(org(), 0, START, &links), Ok(links[4].hash));
        assert_eq!(
            verify(org(), 2, links[1].hash, &links[2..4]),
            Ok(links[3].hash)
        );
        assert_eq!(verify(org(), 0, START, &[]), Ok(START));
    }

    #[test]
    fn every_flipped_bit_of_a_text_or_a_digest_is_named() {
        let links = chain(3);
        for at in 0..links[1].body.len() {
            let mut spoiled = links.clone();
            let mut bytes = spoiled[1].body.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            spoiled[1].body = text;
            assert_eq!(
                verify(org(), 0, START, &spoiled),
                Err(Broken {
                    seq: 2,
                    fault: ChainFault::Changed
                })
            );
        }
        let mut spoiled = links;
        spoiled[1].hash[31] ^= 1;
        assert_eq!(
            verify(org(), 0, START, &spoiled),
            Err(Broken {
                seq: 2,
                fault: ChainFault::Changed
            })
        );
    }

    #[test]
    fn a_missing_a_moved_and_a_foreign_entry_are_named() {
        let mut links = chain(3);
        links.remove(1);
        assert_eq!(
            verify(org(), 0, START, &links),
            Err(Broken {
                seq: 2,
                fault: ChainFault::Missing
            })
        );
        let links = chain(3);
        let elsewhere = OrgId::new(Tag::from_bytes([2; 5]), [1; 11]);
        assert_eq!(
            verify(elsewhere, 0, START, &links),
            Err(Broken {
                seq: 1,
                fault: ChainFault::Misplaced
            })
        );
        // Somebody who makes a new chain of the old texts does not get their numbers right.
        let body = links[2].body.clone();
        let forged = Link {
            seq: 1,
            hash: digest(&START, &body),
            body,
        };
        assert_eq!(
            verify(org(), 0, START, [&forged]),
            Err(Broken {
                seq: 1,
                fault: ChainFault::Misplaced
            })
        );
    }

    #[test]
    fn a_text_comes_back_as_the_event_that_it_was() {
        let links = chain(1);
        let body = EntryText::read(&links[0].body).unwrap();
        assert_eq!(
            body.numbered(),
            Numbered {
                seq: 1,
                event: event(1)
            }
        );
    }
}
