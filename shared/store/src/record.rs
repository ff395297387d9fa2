//! How things become items and come back, with the bookkeeping that every item carries.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use domain::call::{Call, Versioned};
use domain::feed::event::{EventId, Source, Told};
use domain::id::{Tag, UserId};
use domain::prose::LongText;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{Index, IndexEntry, Key, gone_of, hash};
use crate::table::{Item, int, key_attributes, number, text};

/// The schema that this release writes. It reads the one before too: attributes that came since have defaults.
pub const SCHEMA: u32 = 1;

/// How many operations an item remembers.
const REMEMBERED: usize = 4;

/// A thing that has an item of its own.
pub trait Record: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync {
    /// What kind of event a change of it is; none if nothing follows from its changes.
    const EVENT: Option<Source>;

    /// How its members are laid out in its item.
    const LAYOUT: Layout = Layout::Flat;

    /// Its members that are sets of the table. They change aside from its version, by [`Transaction::include`] and
    /// [`Transaction::exclude`]; a save leaves them as they are.
    ///
    /// [`Transaction::include`]: crate::transaction::Transaction::include
    /// [`Transaction::exclude`]: crate::transaction::Transaction::exclude
    const SETS: &'static [&'static str] = &[];

    /// Where it stands, in the table and in the indexes.
    fn place(&self) -> Place;

    /// Whether its earlier long texts are kept as long as it is there; else they are kept for 90 days.
    const KEEPS_TEXTS: bool = false;

    /// Its text that may be long, if it has one.
    fn prose(&self) -> Option<&dyn LongText> {
        None
    }

    /// The same, to be put apart or filled in.
    fn prose_mut(&mut self) -> Option<&mut dyn LongText> {
        None
    }

    /// When it was last changed: from then on a text counts as replaced.
    fn changed_at(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    /// Whether changes of it stand in the feed.
    const TOLD: bool = false;

    /// What a change amounts to, for the feed; none if nobody has to know.
    fn told(_before: Option<&Self>, _after: &Self) -> Option<Told> {
        None
    }

    /// What its last event was, as far as it still tells; `first` if that was the first.
    fn found(&self, _first: bool) -> Option<Told> {
        None
    }

    /// How many of its versions come from writes that nobody has to know of and that leave its operations as they are.
    fn unnoted(&self) -> u64 {
        0
    }
}

/// Part of a [`Record`]: what happens to the thing stands in the feed.
#[macro_export]
macro_rules! told {
    () => {
        const TOLD: bool = true;

        fn told(before: Option<&Self>, after: &Self) -> Option<domain::feed::event::Told> {
            domain::feed::event::Tell::told(before, after)
        }

        fn found(&self, first: bool) -> Option<domain::feed::event::Told> {
            domain::feed::event::Tell::found(self, first)
        }
    };
}

/// Part of a [`Record`]: the thing has a text that may be long.
#[macro_export]
macro_rules! prose {
    ($member:ident) => {
        fn prose(&self) -> Option<&dyn domain::prose::LongText> {
            self.$member
                .as_ref()
                .map(|prose| prose as &dyn domain::prose::LongText)
        }

        fn prose_mut(&mut self) -> Option<&mut dyn domain::prose::LongText> {
            self.$member
                .as_mut()
                .map(|prose| prose as &mut dyn domain::prose::LongText)
        }

        fn changed_at(&self) -> jiff::Timestamp {
            self.updated_at
        }
    };
}
pub use {prose, told};

/// How the members of a thing are laid out in its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Each is an attribute. For what no list shows.
    Flat,
    /// What lists print stands together in the attribute [`ROW`], which the index of lists carries: so a new member
    /// changes no index.
    Listed {
        /// The members that lists do not print, long texts and secrets: each is an attribute beside it. Whatever has been
        /// deployed stays on its side: what moves over would be found on both.
        beside: &'static [&'static str],
    },
}

/// The attribute that holds what lists print.
pub const ROW: &str = "row";

/// Members of a thing, as they are stored.
pub(crate) type Members = BTreeMap<String, AttributeValue>;

/// What [`Layout`] makes of a thing and its bookkeeping: everything but its key.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// The attributes.
    pub outer: Members,
    /// The members of [`ROW`]; none if no list shows such things.
    pub row: Option<Members>,
}

impl Attributes {
    fn lay_out(layout: Layout, members: Item) -> Self {
        let members = members.into_iter();
        match layout {
            Layout::Flat => Self {
                outer: members.collect(),
                row: None,
            },
            Layout::Listed { beside: names } => {
                let (outer, row) = members.partition(|(name, _)| names.contains(&name.as_str()));
                Self {
                    outer,
                    row: Some(row),
                }
            }
        }
    }

    /// The same without the members of these names.
    pub fn without(mut self, names: &[&str]) -> Self {
        for name in names {
            self.outer.remove(*name);
        }
        self
    }

    /// Makes sets of the table of the members with these names, which serde writes as lists.
    fn write_sets(&mut self, names: &[&str]) {
        for name in names {
            if let Some(AttributeValue::L(members)) = self.outer.get(*name) {
                let texts = members
                    .iter()
                    .filter_map(|member| member.as_s().ok().cloned())
                    .collect();
                self.outer
                    .insert((*name).to_owned(), AttributeValue::Ss(texts));
            }
        }
    }

    fn into_item(self) -> Item {
        let row = self
            .row
            .map(|row| (ROW.to_owned(), AttributeValue::M(row.into_iter().collect())));
        self.outer.into_iter().chain(row).collect()
    }
}

/// A member that lists print, out of an item or a row.
pub fn listed<'i>(item: &'i Item, name: &str) -> Option<&'i AttributeValue> {
    item.get(ROW)?.as_m().ok()?.get(name)
}

/// The members of a thing, out of its item.
fn members(layout: Layout, item: &Item) -> Result<Item, Error> {
    let mut members = item.clone();
    if layout != Layout::Flat {
        match members.remove(ROW) {
            Some(AttributeValue::M(row)) => members.extend(row),
            _ => return Err(Error::Internal(format!("an item without {ROW}"))),
        }
    }
    Ok(members)
}

/// Where a thing stands.
#[derive(Debug, Clone)]
pub struct Place {
    key: Key,
    indexes: Vec<IndexEntry>,
    expires: Option<Timestamp>,
}

impl Place {
    /// In the table only.
    pub fn at(key: Key) -> Self {
        Self {
            key,
            indexes: vec![],
            expires: None,
        }
    }

    /// In an index too.
    pub fn and(mut self, entry: IndexEntry) -> Self {
        self.indexes.push(entry);
        self
    }

    /// In the index of lists too: in this place, or, once it is gone for good, among what nobody can bring back.
    pub fn listed_until(
        self,
        gone: Option<Timestamp>,
        entry: IndexEntry,
        tag: Tag,
        suffix: &str,
    ) -> Self {
        self.and(gone.map_or(entry, |gone| gone_of(tag).made(gone, suffix)))
    }

    /// To be swept away some time after this moment. Every reader checks the moment itself.
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.expires = Some(moment);
        self
    }

    /// The key in the table.
    pub fn key(&self) -> &Key {
        &self.key
    }
}

/// Under what a request's writes are known: so a repetition is told from a second request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// SHA-256 of principal, route and idempotency key; random without a key.
    pub id: [u8; 16],
    /// Digest of the request.
    pub fingerprint: [u8; 8],
    /// The client gave an idempotency key.
    pub keyed: bool,
    /// It is noted that the request was answered: it was done as a whole, or those parts of it whose bits are set.
    answered: Option<Option<u128>>,
}

impl Operation {
    /// The operation of a call made by `user`.
    pub fn of(call: &Call, user: UserId) -> Self {
        let id = match &call.key {
            Some(key) => hash(&[
                b"operation",
                &user.bytes(),
                call.route.as_bytes(),
                key.as_bytes(),
            ]),
            None => call.nonce,
        };
        Self {
            id,
            fingerprint: call.fingerprint,
            keyed: call.key.is_some(),
            answered: None,
        }
    }

    /// An operation that no request asks for.
    pub fn internal(id: [u8; 16]) -> Self {
        Self {
            id,
            fingerprint: [0; 8],
            keyed: false,
            answered: None,
        }
    }

    /// The same for what is no answer to the request, or stands under a key that the operation's id has no part in: so
    /// what is found there was made by somebody else.
    #[must_use]
    pub fn unkeyed(self) -> Self {
        Self {
            keyed: false,
            answered: None,
            ..self
        }
    }

    /// The operation, of which it is noted that it was answered: as a whole, or these parts of it, bit by bit.
    pub(crate) fn answered(self, parts: Option<u128>) -> Self {
        Self {
            answered: Some(parts),
            ..self
        }
    }

    /// Whether it is noted that this was done.
    pub fn is_answered(&self) -> bool {
        self.answered == Some(None)
    }

    /// Fails if it is noted that this was done: whatever a repetition does not find any more, it must not make again.
    pub(crate) fn must_be_new(&self) -> Result<(), Error> {
        if self.is_answered() {
            Err(Error::NotFound)
        } else {
            Ok(())
        }
    }

    /// An operation that is part of a larger one, known by its own name.
    pub fn part(self, name: &str) -> Self {
        Self {
            id: hash(&[&self.id, name.as_bytes()]),
            ..self
        }
    }

    /// One of the operations that a request asks for in one go, by its place in it.
    pub fn numbered(self, place: usize) -> Self {
        let bit = u32::try_from(place)
            .ok()
            .and_then(|place| 1_u128.checked_shl(place))
            .unwrap_or_default();
        let is_done = self
            .answered
            .is_some_and(|parts| parts.is_none_or(|parts| parts & bit != 0));
        Self {
            answered: is_done.then_some(None),
            ..self.part(&place.to_string())
        }
    }

    /// The operation of a call without a principal.
    pub fn anonymous(call: &Call) -> Self {
        Self {
            id: call.nonce,
            fingerprint: call.fingerprint,
            keyed: false,
            answered: None,
        }
    }
}

/// The last operations on an item, oldest first: 24 bytes each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operations(Vec<u8>);

impl Operations {
    const SIZE: usize = 24;

    /// The fingerprint under which the operation was done, if it was.
    pub fn find(&self, operation: &Operation) -> Option<[u8; 8]> {
        let done = self
            .0
            .chunks_exact(Self::SIZE)
            .find(|entry| entry[..16] == operation.id)?;
        done[16..].try_into().ok()
    }

    fn and(&self, operation: &Operation) -> Self {
        let keep = self.0.len().saturating_sub((REMEMBERED - 1) * Self::SIZE);
        let mut bytes = self.0[keep..].to_vec();
        bytes.extend_from_slice(&operation.id);
        bytes.extend_from_slice(&operation.fingerprint);
        Self(bytes)
    }
}

/// A thing as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// The thing.
    pub value: T,
    /// Its version, counted from 1.
    pub version: u64,
    /// The last operations on it.
    pub operations: Operations,
    /// The fingerprint of the request that made it.
    made: Option<[u8; 8]>,
    /// Which event it shows.
    shows: Shows,
}

/// The thing under a key among what was read, if it is there.
///
/// # Errors
/// As [`Stored::read`].
pub fn find<T: Record>(items: &HashMap<Key, Item>, key: &Key) -> Result<Option<Stored<T>>, Error> {
    items.get(key).map(Stored::read).transpose()
}

/// The same without its version.
///
/// # Errors
/// As [`Stored::read`].
pub fn find_value<T: Record>(items: &HashMap<Key, Item>, key: &Key) -> Result<Option<T>, Error> {
    Ok(find(items, key)?.map(|stored: Stored<T>| stored.value))
}

/// Which event an item shows. Most writes are one; what is not must not look like one that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// That of this version.
    This,
    /// An earlier one; nobody had to know of the writes since.
    Earlier(EventId),
    /// None yet.
    None,
}

impl Shows {
    /// The attribute; none for what most items show, so that they do not grow by it.
    fn blob(self) -> Option<Vec<u8>> {
        match self {
            Self::This => None,
            Self::Earlier(id) => Some(id.0.to_vec()),
            Self::None => Some(vec![0]),
        }
    }

    fn read(blob: Option<Vec<u8>>) -> Self {
        match blob.map(<[u8; 16]>::try_from) {
            None => Self::This,
            Some(Ok(id)) => Self::Earlier(EventId(id)),
            Some(Err(_)) => Self::None,
        }
    }
}

/// Bytes in an item, if they are there.
fn blob(item: &Item, name: &str) -> Option<Vec<u8>> {
    let blob = item.get(name)?.as_b().ok()?;
    Some(blob.as_ref().to_vec())
}

impl<T> Stored<T> {
    /// The thing and its version.
    pub fn versioned(self) -> Versioned<T> {
        Versioned {
            value: self.value,
            version: self.version,
        }
    }

    /// Fails if the caller has seen another version.
    pub fn expect(&self, seen: Option<u64>) -> Result<(), Error> {
        match seen {
            Some(version) if version != self.version => Err(Error::PreconditionFailed {
                current: self.version,
            }),
            _ => Ok(()),
        }
    }

    /// Whether this very request was done before. Another request under the same idempotency key is refused.
    pub fn replays(&self, operation: &Operation) -> Result<bool, Error> {
        if operation.is_answered() {
            return Ok(true);
        }
        match self.operations.find(operation) {
            Some(fingerprint) => same_request(fingerprint, operation).map(|()| true),
            None => Ok(false),
        }
    }

    /// Checks that it was made by this very request.
    pub fn made_by(&self, operation: &Operation) -> Result<(), Error> {
        self.made
            .map_or(Ok(()), |fingerprint| same_request(fingerprint, operation))
    }
}

fn same_request(fingerprint: [u8; 8], operation: &Operation) -> Result<(), Error> {
    (fingerprint == operation.fingerprint)
        .then_some(())
        .ok_or(Error::IdempotencyKeyReused)
}

impl<T: Record> Stored<T> {
    /// A thing that is to be made by an operation.
    pub fn new(value: T, operation: &Operation) -> Self {
        let operations = Operations::default().and(operation);
        let shows = if T::TOLD && T::told(None, &value).is_none() {
            Shows::None
        } else {
            Shows::This
        };
        Self {
            value,
            version: 1,
            operations,
            made: operation.keyed.then_some(operation.fingerprint),
            shows,
        }
    }

    /// The same thing with another value, one version on.
    pub(crate) fn next(&self, value: T, operation: &Operation) -> Self {
        let silent = T::TOLD && T::told(Some(&self.value), &value).is_none();
        let shows = match self.shows {
            _ if !silent => Shows::This,
            Shows::This => Shows::Earlier(self.identity()),
            earlier => earlier,
        };
        Self {
            value,
            version: self.version + 1,
            operations: self.operations.and(operation),
            made: self.made,
            shows,
        }
    }

    /// By what the event is known that this version is, if it is one.
    pub(crate) fn identity(&self) -> EventId {
        self.identified(
            self.version - self.value.unnoted().min(self.version),
            &self.operations.0,
        )
    }

    fn identified(&self, version: u64, operations: &[u8]) -> EventId {
        let key = self.key();
        EventId(hash(&[
            b"event",
            key.pk.as_bytes(),
            key.sk.as_bytes(),
            &version.to_be_bytes(),
            operations,
        ]))
    }

    /// The event that it shows, as far as it still tells of it: one that was lost can be made again.
    pub(crate) fn shown(&self) -> Option<(EventId, Told)> {
        let first = self
            .operations
            .0
            .get(..Operations::SIZE)
            .map(|made| self.identified(1, made));
        let id = match self.shows {
            Shows::This => self.identity(),
            Shows::Earlier(id) => id,
            Shows::None => return None,
        };
        self.value.found(first == Some(id)).map(|told| (id, told))
    }

    /// Whether its last write is the event that it shows.
    pub(crate) fn shows_this(&self) -> bool {
        self.shows == Shows::This
    }

    /// The key it stands under.
    pub fn key(&self) -> Key {
        self.value.place().key
    }

    /// Reads it from its item.
    pub fn read(item: &Item) -> Result<Self, Error> {
        // Items of the next schema are read too: a save leaves what this release does not know.
        let schema: u32 = number(item, "sv").unwrap_or_default();
        if schema > SCHEMA + 1 {
            return Err(Error::Internal(format!(
                "an item of schema {schema}, which is newer than this release can read"
            )));
        }
        let value = serde_dynamo::from_item(members(T::LAYOUT, item)?).map_err(|error| {
            Error::Internal(format!(
                "{} cannot be read: {error}",
                std::any::type_name::<T>()
            ))
        })?;
        Ok(Self {
            value,
            version: number(item, "version").unwrap_or(1),
            operations: Operations(blob(item, "ops").unwrap_or_default()),
            made: blob(item, "made").and_then(|bytes| bytes.try_into().ok()),
            shows: Shows::read(blob(item, "shows")),
        })
    }

    /// Its item.
    pub fn item(&self) -> Result<Item, Error> {
        let mut item = self.attributes()?.into_item();
        item.extend(key_attributes(&self.value.place().key));
        if let Some(made) = self.made {
            item.insert("made".to_owned(), AttributeValue::B(Blob::new(made)));
        }
        Ok(item)
    }

    /// Every attribute but the key.
    pub(crate) fn attributes(&self) -> Result<Attributes, Error> {
        let item = serde_dynamo::to_item(&self.value).map_err(|error| {
            Error::Internal(format!(
                "{} cannot be written: {error}",
                std::any::type_name::<T>()
            ))
        })?;
        let mut all = Attributes::lay_out(T::LAYOUT, item);
        all.write_sets(T::SETS);
        let attributes = &mut all.outer;
        let place = self.value.place();
        let in_lists = place
            .indexes
            .iter()
            .any(|entry| entry.index == Index::ByParent);
        debug_assert!(
            !in_lists || T::LAYOUT != Layout::Flat,
            "what stands in the index of lists has a {ROW}"
        );
        attributes.extend(place.indexes.into_iter().flat_map(IndexEntry::attributes));
        if let Some(expires) = place.expires {
            attributes.insert("ttl".to_owned(), int(expires.as_second()));
        }
        self.keep_books(attributes);
        Ok(all)
    }

    /// Adds what every item carries besides its thing and its place.
    fn keep_books(&self, attributes: &mut Members) {
        if let Some(event) = T::EVENT {
            attributes.insert("ev".to_owned(), text(event.as_str()));
        }
        attributes.insert("sv".to_owned(), int(SCHEMA));
        attributes.insert("version".to_owned(), int(self.version));
        attributes.insert(
            "ops".to_owned(),
            AttributeValue::B(Blob::new(self.operations.0.clone())),
        );
        if let Some(shows) = self.shows.blob() {
            attributes.insert("shows".to_owned(), AttributeValue::B(Blob::new(shows)));
        }
    }
}
