//! The end of a feed.

use domain::id::{OrgId, Tag};
use domain::live::Topic;
use serde::{Deserialize, Serialize};

use super::bytes;
use super::chain::Hash;
use crate::keys::{self, hash};
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
    /// What the topics of live connections had last.
    #[serde(default)]
    pub recent: Recent,
}

impl Record for Head {
    const EVENT: Option<&'static str> = None;

    fn place(&self) -> Place {
        Place::at(keys::feed_head(self.org.tag()))
    }
}

impl Head {
    /// The end of the feed that has no entry yet.
    pub fn new(org: OrgId) -> Self {
        Self { org, n: 0, hash: super::START, recent: Recent::default() }
    }

    /// Whose feed it is.
    pub fn tag(&self) -> Tag {
        self.org.tag()
    }
}

/// The number of the last event of each of the latest topics. Of the others it is known that theirs is not above the
/// floor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Recent {
    floor: u64,
    topics: Vec<([u8; 4], u64)>,
}

/// As it is stored: six bytes for the floor, then ten for each topic.
#[derive(Serialize, Deserialize)]
struct Packed(#[serde(with = "packed")] Vec<u8>);

impl Recent {
    /// How many topics are kept: the item stays below a kilobyte.
    const MOST: usize = 85;

    /// The number of the last event in a topic. If it is not known, a higher number, not above that of the whole feed.
    pub fn last(&self, topic: &Topic) -> u64 {
        let mark = mark(topic);
        self.topics.iter().find(|(known, _)| *known == mark).map_or(self.floor, |(_, last)| *last)
    }

    /// The number of the last event in a topic before `seq`, which takes its place. If it is not known, a higher number,
    /// below `seq`: then a client asks for what it has, and nothing is lost.
    ///
    /// Two topics may share a digest of four bytes: then one of them gets a higher number too.
    pub fn advance(&mut self, topic: &Topic, seq: u64) -> u64 {
        let mark = mark(topic);
        match self.topics.iter().position(|(known, _)| *known == mark) {
            Some(at) => {
                let (_, last) = self.topics.remove(at);
                self.topics.push((mark, seq));
                last
            }
            None => {
                self.topics.push((mark, seq));
                let floor = self.floor;
                // The oldest stand first.
                if self.topics.len() > Self::MOST {
                    self.floor = self.topics.remove(0).1;
                }
                floor
            }
        }
    }
}

fn mark(topic: &Topic) -> [u8; 4] {
    let digest = hash(&[b"topic", topic.to_string().as_bytes()]);
    [digest[0], digest[1], digest[2], digest[3]]
}

fn six(number: u64) -> [u8; 6] {
    let [_, _, bytes @ ..] = number.to_be_bytes();
    bytes
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl From<Recent> for Packed {
    fn from(recent: Recent) -> Self {
        let topics = recent.topics.iter().flat_map(|(mark, last)| mark.iter().copied().chain(six(*last)));
        Self(six(recent.floor).into_iter().chain(topics).collect())
    }
}

impl From<Packed> for Recent {
    fn from(Packed(bytes): Packed) -> Self {
        let (floor, rest) = bytes.split_at_checked(6).unwrap_or_default();
        let (topics, _) = rest.as_chunks::<10>();
        let topics = topics.iter().map(|[a, b, c, d, last @ ..]| ([*a, *b, *c, *d], number(last)));
        Self { floor: number(floor), topics: topics.collect() }
    }
}

/// Bytes as the table has them.
mod packed {
    use serde::{Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl de::Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::id::TaskId;

    use super::*;
    use crate::table::Item;

    const TAG: Tag = Tag::from_bytes([1; 5]);

    fn topic(n: u16) -> Topic {
        let mut bytes = [0; 11];
        bytes[9..].copy_from_slice(&n.to_be_bytes());
        Topic::Task(TaskId::new(TAG, bytes))
    }

    #[test]
    fn a_topic_is_told_what_it_had_last() {
        let mut recent = Recent::default();
        assert_eq!([recent.advance(&topic(1), 1), recent.advance(&topic(2), 2)], [0, 0]);
        assert_eq!([recent.advance(&topic(1), 3), recent.advance(&topic(1), 4)], [1, 3]);
    }

    #[test]
    fn what_was_forgotten_is_told_a_number_that_is_never_too_low() {
        let (mut recent, mut last) = (Recent::default(), std::collections::HashMap::new());
        let mut exact = 0;
        for seq in 1..5000_u64 {
            // Some topics come often, some hardly ever.
            let one = topic(((seq * seq * 31) % (1 + seq % 400)) as u16);
            let last_told = recent.last(&one);
            let told = recent.advance(&one, seq);
            assert_eq!((told, recent.last(&one)), (last_told, seq));
            let right = last.insert(one, seq).unwrap_or_default();
            assert!((right..seq).contains(&told), "{seq}: {told} for {right}");
            exact += usize::from(told == right);
        }
        assert!(exact > 1000, "{exact}");
    }

    #[test]
    fn a_full_head_is_below_a_kilobyte_and_comes_back_as_it_was() {
        let mut head = Head { n: 99_999_999_999_999, ..Head::new(OrgId::new(TAG, [1; 11])) };
        for n in 0..500 {
            head.recent.advance(&topic(n), 99_999_999_999_000 + u64::from(n));
        }
        let item: Item = serde_dynamo::to_item(&head).unwrap();
        let size: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
        let key = keys::feed_head(TAG);
        assert!(size + key.pk.len() + key.sk.len() + 4 <= 1024, "{size}");
        assert_eq!(serde_dynamo::from_item::<_, Head>(item).unwrap(), head);
    }

    fn size(value: &aws_sdk_dynamodb::types::AttributeValue) -> usize {
        match value {
            aws_sdk_dynamodb::types::AttributeValue::S(text) => text.len(),
            aws_sdk_dynamodb::types::AttributeValue::N(number) => number.len() / 2 + 2,
            aws_sdk_dynamodb::types::AttributeValue::B(blob) => blob.as_ref().len(),
            other => panic!("{other:?}"),
        }
    }
}
