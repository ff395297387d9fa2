//! Positions: how far a person has got in a topic, as clients see it. The numbers of the feed stay inside, since whoever
//! saw them could count what is hidden from them.
//!
//! AES-256-GCM-SIV (RFC 8452) over the number, bound to person and topic, in one of two ways. An event's position is
//! always the same text, for that person in that topic, so that a client sees whether what a message follows is what it
//! has. A place in the feed from which to look on is another text each time: it moves with events that are hidden.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::id::UserId;
use domain::live::Topic;
use jiff::Timestamp;
use store::keys::hash;

use crate::App;

/// How many bytes of a position are the number.
const NUMBER: usize = size_of::<u64>();

/// Seals and opens positions.
pub struct Positions {
    key: LessSafeKey,
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
        let key = UnboundKey::new(&AES_256_GCM_SIV, key);
        Ok(Self { key: LessSafeKey::new(key.map_err(|_| Error::Internal("the cursor key is no key".to_owned()))?) })
    }

    /// The position of the event of this number.
    ///
    /// # Errors
    /// `Internal` if it cannot be sealed.
    pub fn of_event(&self, user: UserId, topic: Topic, seq: u64) -> Result<String, Error> {
        let digest: [u8; 16] = hash(&[b"position", &bound(user, topic)]);
        let (nonce, _) = digest.split_first_chunk::<NONCE_LEN>().ok_or_else(unsealable)?;
        self.seal(*nonce, user, topic, seq)
    }

    /// The place behind the entry of this number, whoever may see that.
    ///
    /// # Errors
    /// `Internal` if it cannot be sealed.
    pub fn of_feed(&self, app: &App, user: UserId, topic: Topic, seq: u64) -> Result<String, Error> {
        self.seal(app.entropy.bytes(), user, topic, seq)
    }

    fn seal(&self, nonce: [u8; NONCE_LEN], user: UserId, topic: Topic, seq: u64) -> Result<String, Error> {
        let mut sealed = seq.to_be_bytes().to_vec();
        let bound = Aad::from(bound(user, topic));
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut sealed)
            .map_err(|_| unsealable())?;
        Ok(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat()))
    }

    /// The number in a position of either kind; none if it is not one of this person in this topic.
    pub fn open(&self, user: UserId, topic: Topic, position: &str) -> Option<u64> {
        let mut bytes = BASE64URL_NOPAD.decode(position.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
        if sealed.len() != NUMBER + AES_256_GCM_SIV.tag_len() {
            return None;
        }
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let number = self.key.open_in_place(nonce, Aad::from(bound(user, topic)), sealed).ok()?;
        Some(u64::from_be_bytes((*number).try_into().ok()?))
    }
}

/// What a position is bound to. Cursors have the same key and are bound to person and route, which never begins like a
/// topic: so neither opens as the other.
fn bound(user: UserId, topic: Topic) -> Vec<u8> {
    [user.bytes().as_slice(), topic.to_string().as_bytes()].concat()
}

fn unsealable() -> Error {
    Error::Internal("a position could not be sealed".to_owned())
}

#[cfg(test)]
mod tests {
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
        assert_eq!(position.len(), positions.of_event(ann, org, u64::MAX).unwrap().len());
        let others = [(bob, org), (ann, Topic::User(ann))];
        for (user, topic) in others {
            assert_eq!(positions.open(user, topic, &position), None);
            assert_ne!(positions.of_event(user, topic, 418).unwrap(), position);
        }
        let mut changed = BASE64URL_NOPAD.decode(position.as_bytes()).unwrap();
        for at in 0..changed.len() {
            changed[at] ^= 1;
            assert_eq!(positions.open(ann, org, &BASE64URL_NOPAD.encode(&changed)), None, "{at}");
            changed[at] ^= 1;
        }
        for text in ["", "418", "!", &position[1..], &format!("{position}AAAA")] {
            assert_eq!(positions.open(ann, org, text), None, "{text}");
        }
        let strange = Positions::with(&[8; 32]).unwrap();
        assert_eq!(strange.open(ann, org, &position), None);
    }
}
