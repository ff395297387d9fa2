//! Long texts that stand apart from their things: immutable items, written with the version that brings them.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use domain::Error;
use domain::prose::{Apart, INLINE};
use jiff::{SignedDuration, Timestamp};

use crate::key::{Key, hash, key};
use crate::membership::organization::organization;
use crate::record::{Record, SCHEMA, Stored};
use crate::scope::Scope;
use crate::store::Store;
use crate::table::{Item, int, key_attributes, text};
use crate::transaction::Act;
use crate::write::ABSENT;

/// The long text that a thing got with a version of it: beside the thing, or, for a part of something, under its id. The
/// earlier texts of a comment name those of the comment.
pub fn long_text(of: &Key, version: u64) -> Key {
    let part = of
        .sk
        .split('#')
        .nth(1)
        .map(|id| format!("{id}#"))
        .unwrap_or_default();
    key(of.pk.clone(), format!("TEXT#{part}{version:08}"))
}

/// How long a text is kept after another has taken its place.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The attribute that holds the text.
const TEXT: &str = "text";

fn digest(text: &str) -> String {
    HEXLOWER.encode(&hash(&[b"text", text.as_bytes()]))
}

fn place<T: Record>(thing: &T) -> Option<&Apart> {
    thing.prose()?.place()
}

/// Leaves the text of `after` where it stands if it is the one of `before`: so whoever writes the same text again changes
/// nothing.
pub fn reuse<T: Record>(before: &T, after: &mut T) {
    let Some(there) = place(before) else { return };
    let Some(prose) = after.prose_mut() else {
        return;
    };
    if prose.place().is_none()
        && prose
            .known()
            .is_some_and(|text| digest(text) == there.digest)
    {
        prose.set_apart(there.clone());
    }
}

/// Puts a long text apart that has no place yet, and says what is to be written for it together with the thing. `before` is
/// what the thing was.
pub(crate) fn settle<T: Record>(before: Option<&T>, after: &mut Stored<T>) -> Vec<Act> {
    if let Some(before) = before {
        reuse(before, &mut after.value);
    }
    let new = put_apart(after);
    let old = before.and_then(|before| let_go(before, after));
    new.into_iter().chain(old).collect()
}

/// Puts a long text apart that has no place yet; what writes it there.
fn put_apart<T: Record>(after: &mut Stored<T>) -> Option<Act> {
    let (key, version) = (after.key(), after.version);
    let prose = after.value.prose_mut()?;
    if prose.place().is_some() {
        return None;
    }
    let known = prose.known().filter(|known| known.len() > INLINE)?;
    let apart = Apart {
        version,
        bytes: known.len() as u64,
        digest: digest(known),
    };
    let mut item = key_attributes(&long_text(&key, version));
    item.insert(TEXT.to_owned(), text(known));
    item.insert("sv".to_owned(), int(SCHEMA));
    prose.set_apart(apart);
    Some(Act::put(item).on(ABSENT))
}

/// What becomes of the text apart that `before` had, if `after` has another or none.
fn let_go<T: Record>(before: &T, after: &Stored<T>) -> Option<Act> {
    let was = place(before).filter(|was| Some(*was) != place(&after.value))?;
    let old = long_text(&after.key(), was.version);
    match (T::KEEPS_TEXTS, after.value.prose().is_some()) {
        (false, _) => {
            let expires = after
                .value
                .changed_at()
                .checked_add(KEPT)
                .unwrap_or(Timestamp::MAX);
            // Without the condition the update would make an item that has no text.
            let act = Act::update(old, "SET #t = :t")
                .on("attribute_exists(pk)")
                .name("#t", "ttl");
            Some(act.value(":t", int(expires.as_second())))
        }
        (true, true) => None,
        // Nobody may read it any more.
        (true, false) => Some(Act::delete(old)),
    }
}

/// Where the text of a thing stands, if it stands apart and was not read.
fn unread<T: Record>(thing: &T) -> Option<Key> {
    let prose = thing.prose()?;
    let version = prose.place().filter(|_| prose.known().is_none())?.version;
    Some(long_text(thing.place().key(), version))
}

/// Fills in the text of a thing out of its item; false if it is not there any more.
fn fill<T: Record>(thing: &mut T, item: Option<&Item>) -> Result<bool, Error> {
    let text = item.and_then(|item| item.get(TEXT)?.as_s().ok());
    let (Some(text), Some(prose)) = (text, thing.prose_mut()) else {
        return Ok(false);
    };
    prose
        .fill(text)
        .map_err(|fault| Error::Internal(format!("a text that is none: {fault:?}")))?;
    Ok(true)
}

/// The item of a text that goes with a part which is deleted; none if the text stands in the part itself.
pub(crate) fn of_deleted<T: Record>(part: &Stored<T>) -> Option<Key> {
    place(&part.value).map(|apart| long_text(&part.key(), apart.version))
}

impl Store {
    /// Reads the texts of things in the scope's organization that stand apart and were not read: one trip for all of them,
    /// and none if there are no such texts. Tells the keys of the things whose texts are not there any more.
    pub async fn read_texts<'t, T: Record + 't>(
        &self,
        scope: &Scope,
        things: impl IntoIterator<Item = &'t mut T>,
    ) -> Result<Vec<Key>, Error> {
        let things: Vec<&mut T> = things.into_iter().collect();
        let wanted: Vec<Option<Key>> = things.iter().map(|thing| unread::<T>(thing)).collect();
        let keys: Vec<Key> = wanted.iter().flatten().cloned().collect();
        if keys.is_empty() {
            return Ok(vec![]);
        }
        let found = self.long_texts(scope, &keys).await?;
        let mut gone = vec![];
        for (thing, key) in things.into_iter().zip(wanted) {
            let Some(key) = key else { continue };
            if !fill::<T>(thing, found.get(&key))? {
                gone.push(thing.place().key().clone());
            }
        }
        Ok(gone)
    }

    /// The items of long texts in the scope's organization.
    async fn long_texts(&self, scope: &Scope, keys: &[Key]) -> Result<HashMap<Key, Item>, Error> {
        // Things say themselves where their texts stand, and a scope is of one tenant only.
        let prefix = format!("{}#", organization(scope.tag()).pk);
        if keys.iter().any(|key| !key.pk.starts_with(&prefix)) {
            return Err(Error::Internal("a text of another tenant".to_owned()));
        }
        self.table.get_many(keys, true).await
    }
}
