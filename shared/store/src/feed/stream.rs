//! The table's stream: records become typed changes, and events.
//!
//! A removal makes no change (nothing that has an event is deleted in place; what goes is housekeeping), nor does an
//! item without `ev`, nor a kind that only a newer release knows.

use std::collections::BTreeMap;

use domain::Error;
use domain::account::{Account, OneTime, Session};
use domain::feed::event::{Event, EventId, Source, Told};
use domain::feed::signal::Signal;
use domain::files::attachment::Attachment;
use domain::id::{OrgId, Tag, UserId};
use domain::membership::invitation::Invitation;
use domain::membership::joining::{JoinCode, JoinRequest, OrgDomain};
use domain::membership::organization::{Card, Organization};
use domain::membership::team::Team;
use domain::talk::comment::Comment;
use domain::work::board::Board;
use domain::work::label::Label;
use domain::work::project::Project;
use domain::work::task::Task;

use crate::keys::{Holder, holder};
use crate::record::{Record, Stored};
use crate::table::Item;

/// A thing before and after one write.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair<T> {
    /// As it was; none if the write made it.
    pub before: Option<T>,
    /// As it is.
    pub after: T,
}

impl<T> Pair<T> {
    /// Whether what `look` sees became something else; it did if the thing is new.
    pub fn turned<V: PartialEq>(&self, look: impl Fn(&T) -> &V) -> bool {
        self.before
            .as_ref()
            .is_none_or(|before| look(before) != look(&self.after))
    }
}

/// What was changed, if a mail may follow from it.
#[derive(Debug, Clone, PartialEq)]
pub enum MailCause {
    /// A person's account.
    Account(Pair<Account>),
    /// A session.
    Session(Pair<Session>),
    /// A one-time token.
    OneTime(Pair<OneTime>),
    /// An invitation.
    Invitation(Pair<Invitation>),
}

/// In whose feeds an event belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// In that of the organization it happened in.
    Tenant(Tag),
    /// In that of each organization of the person to whom it happened: these, or those that their account names.
    Person(UserId, Option<Vec<OrgId>>),
}

/// An event, and in whose feeds it belongs.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// The event.
    pub event: Event,
    /// In whose feeds it belongs.
    pub audience: Audience,
}

/// One change of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The record's `eventID`: the same however often the stream delivers it.
    pub event: String,
    /// What was changed, if a mail may follow from it.
    pub subject: Option<MailCause>,
    /// What happened, if anybody has to know.
    pub happened: Option<Happened>,
}

/// The kinds of things whose changes are events, each with the way in which its items are read.
#[derive(Debug, Clone)]
pub struct StreamKinds(BTreeMap<Source, Kind>);

#[derive(Debug, Clone, Copy)]
struct Kind {
    between: fn(&Item, &Item) -> Result<Option<Happened>, Error>,
    found: fn(&Item) -> Result<Option<Happened>, Error>,
}

impl StreamKinds {
    /// Those that stand in this crate.
    pub fn core() -> Self {
        Self(BTreeMap::new())
            .and::<Account>()
            .and::<Attachment>()
            .and::<Board>()
            .and::<Card>()
            .and::<Comment>()
            .and::<Invitation>()
            .and::<JoinCode>()
            .and::<JoinRequest>()
            .and::<Label>()
            .and::<OneTime>()
            .and::<OrgDomain>()
            .and::<Organization>()
            .and::<Project>()
            .and::<Session>()
            .and::<Signal>()
            .and::<Task>()
            .and::<Team>()
    }

    /// These and that of `T`, which a capability of its own may have.
    pub fn and<T: Record>(mut self) -> Self {
        if let Some(source) = T::EVENT {
            self.0.insert(
                source,
                Kind {
                    between: between::<T>,
                    found: found::<T>,
                },
            );
        }
        self
    }

    /// Which they are.
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        self.0.keys().copied()
    }

    /// How things of this kind are read.
    fn of(&self, source: Source) -> Result<&Kind, Error> {
        self.0.get(&source).ok_or_else(|| {
            Error::Internal(format!(
                "nobody reads things of the kind {}",
                source.as_str()
            ))
        })
    }
}

impl Change {
    /// Reads a stream record's images; an image that is not there is empty.
    ///
    /// # Errors
    /// `Internal` if an image is not what its kind should be, or of a schema that this release cannot read.
    pub fn read(
        kinds: &StreamKinds,
        event: &str,
        before: serde_dynamo::Item,
        after: serde_dynamo::Item,
    ) -> Result<Option<Self>, Error> {
        let (before, after): (Item, Item) = (before.into(), after.into());
        let Some(kind) = kind(&after) else {
            return Ok(None);
        };
        let subject = match kind {
            Source::Account => Some(MailCause::Account(pair(&before, &after)?)),
            Source::Session => Some(MailCause::Session(pair(&before, &after)?)),
            Source::OneTime => Some(MailCause::OneTime(pair(&before, &after)?)),
            Source::Invitation => Some(MailCause::Invitation(pair(&before, &after)?)),
            _ => None,
        };
        let happened = (kinds.of(kind)?.between)(&before, &after)?;
        let follows = subject.is_some() || happened.is_some();
        Ok(follows.then(|| Self {
            event: event.to_owned(),
            subject,
            happened,
        }))
    }
}

impl Happened {
    /// The last event of an item, as far as the item still tells of it: without what it was before. It is known by
    /// what it was known by when it happened.
    ///
    /// # Errors
    /// As [`Change::read`].
    pub fn found(kinds: &StreamKinds, item: &Item) -> Result<Option<Self>, Error> {
        let Some(kind) = kind(item) else {
            return Ok(None);
        };
        (kinds.of(kind)?.found)(item)
    }
}

fn found<T: Record>(item: &Item) -> Result<Option<Happened>, Error> {
    let stored = Stored::<T>::read(item)?;
    // Silent writes of an account move its moment on, and with it the feeds in which its last event would belong.
    if T::EVENT == Some(Source::Account) && !stored.shows_this() {
        return Ok(None);
    }
    stored
        .shown()
        .map(|(id, told)| happened(item, id, stored.version, told))
        .transpose()
}

/// What kind of thing it is; none if its changes are no events, or if only a newer release knows it.
fn kind(item: &Item) -> Option<Source> {
    item.get("ev")
        .and_then(|kind| kind.as_s().ok())
        .and_then(|kind| kind.parse().ok())
}

fn read<T: Record>(item: &Item) -> Result<Option<Stored<T>>, Error> {
    if item.is_empty() {
        Ok(None)
    } else {
        Stored::read(item).map(Some)
    }
}

fn pair<T: Record>(before: &Item, after: &Item) -> Result<Pair<T>, Error> {
    Ok(Pair {
        before: read(before)?.map(|stored| stored.value),
        after: Stored::read(after)?.value,
    })
}

fn between<T: Record>(before: &Item, after: &Item) -> Result<Option<Happened>, Error> {
    let (before, stored) = (read::<T>(before)?, Stored::<T>::read(after)?);
    let told = T::told(before.as_ref().map(|stored| &stored.value), &stored.value);
    told.map(|told| happened(after, stored.identity(), stored.version, told))
        .transpose()
}

fn happened(item: &Item, id: EventId, version: u64, told: Told) -> Result<Happened, Error> {
    let pk = item
        .get("pk")
        .and_then(|pk| pk.as_s().ok())
        .map(String::as_str)
        .unwrap_or_default();
    let audience = match holder(pk) {
        Some(Holder::Tenant(tag)) => Audience::Tenant(tag),
        Some(Holder::Person(user)) => {
            let account = (kind(item) == Some(Source::Account))
                .then(|| Stored::<Account>::read(item))
                .transpose()?;
            let orgs = account.map(|account| account.value.orgs);
            Audience::Person(user, orgs)
        }
        None => return Err(Error::Internal("an event that is nobody's".to_owned())),
    };
    Ok(Happened {
        event: told.event(id, version),
        audience,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The images of the records that AWS would send.
    fn records() -> Vec<(String, serde_dynamo::Item, serde_dynamo::Item)> {
        let event: serde_json::Value =
            serde_json::from_str(include_str!("../../../../events/fanout.stream.json")).unwrap();
        let image = |record: &serde_json::Value, name: &str| match record["dynamodb"].get(name) {
            Some(image) => serde_json::from_value(image.clone()).unwrap(),
            None => serde_dynamo::Item::default(),
        };
        let read = |record: &serde_json::Value| {
            let id = record["eventID"].as_str().unwrap().to_owned();
            (id, image(record, "OldImage"), image(record, "NewImage"))
        };
        event["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(read)
            .collect()
    }

    fn changes() -> Vec<Change> {
        records()
            .into_iter()
            .filter_map(|(id, before, after)| {
                Change::read(&StreamKinds::core(), &id, before, after).unwrap()
            })
            .collect()
    }

    #[test]
    fn records_become_changes_with_both_sides() {
        let changes = changes();
        let subjects: Vec<&MailCause> = changes
            .iter()
            .filter_map(|change| change.subject.as_ref())
            .collect();
        let [one_time, invitation, account, session] = subjects.as_slice() else {
            panic!("{changes:#?}")
        };
        assert!(matches!(one_time, MailCause::OneTime(pair) if pair.before.is_none()));
        assert!(matches!(invitation, MailCause::Invitation(pair) if pair.turned(|one| &one.nonce)));
        assert!(matches!(account, MailCause::Account(pair) if pair.turned(|one| &one.email)));
        assert!(matches!(session, MailCause::Session(pair) if !pair.turned(|one| &one.id)));
        assert_eq!(changes[0].event, records()[0].0);
    }

    #[test]
    fn what_is_known_by_the_item_is_known_by_the_record() {
        for (id, before, after) in records() {
            let Some(happened) = Change::read(&StreamKinds::core(), &id, before, after.clone())
                .unwrap()
                .and_then(|change| change.happened)
            else {
                continue;
            };
            let found = Happened::found(&StreamKinds::core(), &after.into())
                .unwrap()
                .unwrap();
            assert_eq!(
                (found.event.id, found.audience),
                (happened.event.id, happened.audience)
            );
            assert!(found.event.changes.is_empty());
        }
    }

    #[test]
    fn removals_and_strangers_are_no_changes() {
        let (id, _, after) = records().remove(0);
        assert_eq!(
            Change::read(
                &StreamKinds::core(),
                &id,
                after.clone(),
                serde_dynamo::Item::default()
            ),
            Ok(None)
        );
        let mut stranger = after;
        stranger.inner_mut().insert(
            "ev".to_owned(),
            serde_dynamo::AttributeValue::S("newer".to_owned()),
        );
        assert_eq!(
            Change::read(
                &StreamKinds::core(),
                &id,
                serde_dynamo::Item::default(),
                stranger
            ),
            Ok(None)
        );
    }

    #[test]
    fn broken_images_and_newer_schemas_are_errors() {
        let (id, _, after) = records().remove(0);
        let spoiled = |name: &str, value: serde_dynamo::AttributeValue| {
            let mut image = after.clone();
            image.inner_mut().insert(name.to_owned(), value);
            Change::read(
                &StreamKinds::core(),
                &id,
                serde_dynamo::Item::default(),
                image,
            )
        };
        assert!(spoiled("user", serde_dynamo::AttributeValue::N("1".to_owned())).is_err());
        assert!(spoiled("sv", serde_dynamo::AttributeValue::N("9".to_owned())).is_err());
        assert!(spoiled("later", serde_dynamo::AttributeValue::Bool(true)).is_ok());
    }
}
