//! Positions: how far a person has got in a topic, as clients see it. The numbers of the feed stay inside, since whoever
//! saw them could count what is hidden from them.
//!
//! The number is sealed, bound to person and topic, in one of two ways. An event's position is
//! always the same text, for that person in that topic, so that a client sees whether what a message follows is what it
//! has. A place in the feed from which to look on is another text each time: it moves with events that are hidden.

use domain::Error;
use domain::id::UserId;
use domain::live::Topic;
use jiff::Timestamp;
use paging::seal::Sealer;
use store::keys::hash;

use crate::App;

/// Seals and opens positions.
pub struct Positions {
    sealer: Sealer,
}

impl Positions {
    /// With the key of the stack.
    ///
    /// # Errors
    /// `Unauthenticated` as long as nobody has ever signed in.
    pub async fn new(app: &App, now: Timestamp) -> Result<Self, Error> {
        Self::with(&app.store.cursor_key(now).await?)
    }

    fn with(key: &[u8; 32]) -> Result<Self, Error> {
        Ok(Self {
            sealer: Sealer::new(key)?,
        })
    }

    /// The position of the event of this number.
    ///
    /// # Errors
    /// `Internal` if it cannot be sealed.
    pub fn of_event(&self, user: UserId, topic: Topic, seq: u64) -> Result<String, Error> {
        let bound = bound(user, topic);
        // One nonce for all numbers of a topic: AES-GCM-SIV allows it where AES-GCM would not.
        let [nonce @ .., _, _, _, _] = hash(&[b"position", &bound]);
        self.sealer.seal(nonce, &bound, seq.to_be_bytes().to_vec())
    }

    /// The place behind the entry of this number, whoever may see that.
    ///
    /// # Errors
    /// `Internal` if it cannot be sealed.
    pub fn of_feed(
        &self,
        app: &App,
        user: UserId,
        topic: Topic,
        seq: u64,
    ) -> Result<String, Error> {
        self.sealer.seal(
            app.entropy.bytes(),
            &bound(user, topic),
            seq.to_be_bytes().to_vec(),
        )
    }

    /// The number in a position of either kind; none if it is not one of this person in this topic.
    pub fn open(&self, user: UserId, topic: Topic, position: &str) -> Option<u64> {
        let plain = self.sealer.open(&bound(user, topic), position)?;
        Some(u64::from_be_bytes(plain.try_into().ok()?))
    }
}

/// What a position is bound to. Cursors have the same key and are bound to person and route, which never begins like a
/// topic: so neither opens as the other.
fn bound(user: UserId, topic: Topic) -> Vec<u8> {
    [user.bytes().as_slice(), topic.to_string().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use domain::id::{OrgId, Tag};

    use super::*;

    #[test]
    fn a_position_is_good_for_one_person_and_topic_and_says_nothing() {
        let (ann, bob) = (UserId::new(1, [1; 10]), UserId::new(1, [2; 10]));
        let org = Topic::Org(OrgId::new(Tag::from_bytes([1; 5]), [1; 11]));
        let positions = Positions::with(&[7; 32]).unwrap();
        let position = positions.of_event(ann, org, 418).unwrap();
        assert_eq!(positions.open(ann, org, &position), Some(418));
        assert_eq!(positions.of_event(ann, org, 418).unwrap(), position);
        assert_eq!(
            position.len(),
            positions.of_event(ann, org, u64::MAX).unwrap().len()
        );
        let others = [(bob, org), (ann, Topic::User(ann))];
        for (user, topic) in others {
            assert_eq!(positions.open(user, topic, &position), None);
            assert_ne!(positions.of_event(user, topic, 418).unwrap(), position);
        }
        let mut changed = BASE64URL_NOPAD.decode(position.as_bytes()).unwrap();
        for at in 0..changed.len() {
            changed[at] ^= 1;
            assert_eq!(
                positions.open(ann, org, &BASE64URL_NOPAD.encode(&changed)),
                None,
                "{at}"
            );
            changed[at] ^= 1;
        }
        for text in ["", "418", "!", &position[1..], &format!("{position}AAAA")] {
            assert_eq!(positions.open(ann, org, text), None, "{text}");
        }
        let strange = Positions::with(&[8; 32]).unwrap();
        assert_eq!(strange.open(ann, org, &position), None);
    }
}
