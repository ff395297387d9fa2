//! The table's stream: records become typed changes.
//!
//! A removal makes no change (nothing that has an event is deleted in place; what goes is housekeeping), nor does an
//! item without `ev`, nor a kind that nothing follows from yet or that only a newer release knows.

use domain::Error;
use domain::account::{Account, OneTime, Session};
use domain::invitation::Invitation;

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
        self.before.as_ref().is_none_or(|before| look(before) != look(&self.after))
    }
}

/// What was changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A person's account.
    Account(Pair<Account>),
    /// A session.
    Session(Pair<Session>),
    /// A one-time token.
    OneTime(Pair<OneTime>),
    /// An invitation.
    Invitation(Pair<Invitation>),
}

/// One change of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The record's `eventID`: the same however often the stream delivers it.
    pub event: String,
    /// What was changed.
    pub subject: Subject,
}

impl Change {
    /// Reads a stream record's images; an image that is not there is empty.
    ///
    /// # Errors
    /// `Internal` if an image is not what its kind should be, or of a schema that this release cannot read.
    pub fn read(event: &str, before: serde_dynamo::Item, after: serde_dynamo::Item) -> Result<Option<Self>, Error> {
        let (before, after): (Item, Item) = (before.into(), after.into());
        let kind = after.get("ev").and_then(|kind| kind.as_s().ok()).map(String::as_str);
        let subject = match kind {
            Account::EVENT => Subject::Account(pair(&before, &after)?),
            Session::EVENT => Subject::Session(pair(&before, &after)?),
            OneTime::EVENT => Subject::OneTime(pair(&before, &after)?),
            Invitation::EVENT => Subject::Invitation(pair(&before, &after)?),
            _ => return Ok(None),
        };
        Ok(Some(Self { event: event.to_owned(), subject }))
    }
}

fn pair<T: Record>(before: &Item, after: &Item) -> Result<Pair<T>, Error> {
    let read = |item: &Item| Stored::read(item).map(|stored| stored.value);
    let before = if before.is_empty() { None } else { Some(read(before)?) };
    Ok(Pair { before, after: read(after)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The images of the records that AWS would send.
    fn records() -> Vec<(String, serde_dynamo::Item, serde_dynamo::Item)> {
        let event: serde_json::Value =
            serde_json::from_str(include_str!("../../../events/fanout.stream.json")).unwrap();
        let image = |record: &serde_json::Value, name: &str| match record["dynamodb"].get(name) {
            Some(image) => serde_json::from_value(image.clone()).unwrap(),
            None => serde_dynamo::Item::default(),
        };
        let read = |record: &serde_json::Value| {
            let id = record["eventID"].as_str().unwrap().to_owned();
            (id, image(record, "OldImage"), image(record, "NewImage"))
        };
        event["Records"].as_array().unwrap().iter().map(read).collect()
    }

    #[test]
    fn records_become_changes_with_both_sides() {
        let changes: Vec<Change> =
            records().into_iter().filter_map(|(id, before, after)| Change::read(&id, before, after).unwrap()).collect();
        let [one_time, invitation, account, session] = changes.as_slice() else { panic!("{changes:#?}") };
        assert!(matches!(&one_time.subject, Subject::OneTime(pair) if pair.before.is_none()));
        assert!(matches!(&invitation.subject, Subject::Invitation(pair) if pair.turned(|one| &one.nonce)));
        assert!(matches!(&account.subject, Subject::Account(pair) if pair.turned(|one| &one.email)));
        assert!(matches!(&session.subject, Subject::Session(pair) if !pair.turned(|one| &one.id)));
        assert_eq!(one_time.event, records()[0].0);
    }

    #[test]
    fn removals_and_strangers_are_no_changes() {
        let (id, _, after) = records().remove(0);
        assert_eq!(Change::read(&id, after.clone(), serde_dynamo::Item::default()), Ok(None));
        let mut stranger = after;
        stranger.inner_mut().insert("ev".to_owned(), serde_dynamo::AttributeValue::S("newer".to_owned()));
        assert_eq!(Change::read(&id, serde_dynamo::Item::default(), stranger), Ok(None));
    }

    #[test]
    fn broken_images_and_newer_schemas_are_errors() {
        let (id, _, after) = records().remove(0);
        let spoiled = |name: &str, value: serde_dynamo::AttributeValue| {
            let mut image = after.clone();
            image.inner_mut().insert(name.to_owned(), value);
            Change::read(&id, serde_dynamo::Item::default(), image)
        };
        assert!(spoiled("user", serde_dynamo::AttributeValue::N("1".to_owned())).is_err());
        assert!(spoiled("sv", serde_dynamo::AttributeValue::N("9".to_owned())).is_err());
        assert!(spoiled("later", serde_dynamo::AttributeValue::Bool(true)).is_ok());
    }
}
