//! The one way into a feed. One transaction writes the new end, up to ten entries, and a guard for each event; so it is
//! numbered and chained once, however often it comes and whoever else appends.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem, Update};
use domain::Error;
use domain::feed::event::{Event, EventId, Numbered};
use domain::id::{OrgId, Tag};
use domain::membership::organization::Organization;

use super::chain::{EntryText, digest};
use super::head::Head;
use super::read::Entry;
use crate::keys::{self, Key};
use crate::record::Stored;
use crate::table::{Item, Request, Table, failure, int, key_attributes, number};

/// The most events that are appended at once: a transaction takes a hundred items, and a queue brings ten messages.
pub const MOST: usize = 10;

/// How often an append that met another is tried.
const ATTEMPTS: u32 = 8;

/// An event in the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The organization.
    pub org: OrgId,
    /// The event with its number.
    pub numbered: Numbered,
}

/// What an append writes.
struct Plan {
    /// The end before; none if this is the beginning.
    before: Option<u64>,
    head: Head,
    entries: Vec<(Entry, Event)>,
}

impl Table {
    /// Appends events to an organization's feed, in their order, each once: one that is there already keeps its number.
    /// All of them come back, in the order in which they were given.
    ///
    /// # Errors
    /// `Unavailable` if it may help to come again; then some of them may be in the feed. `NotFound` if there is no such
    /// organization.
    pub async fn append(&self, tag: Tag, events: &[Event]) -> Result<Vec<Appended>, Error> {
        let mut appended = Vec::with_capacity(events.len());
        for batch in events.chunks(MOST) {
            appended.extend(self.append_batch(tag, batch).await?);
        }
        Ok(appended)
    }

    async fn append_batch(&self, tag: Tag, events: &[Event]) -> Result<Vec<Appended>, Error> {
        let mut looked = false;
        for attempt in 0..ATTEMPTS {
            let (head, seen) = self.feed_state(tag, events).await?;
            let plan = plan(head, events, &seen)?;
            let answered = if plan.entries.is_empty() {
                Ok(())
            } else {
                self.write_feed(&plan).await
            };
            match answered {
                Ok(()) => return Ok(answer(&plan, events, &seen)),
                // Another was faster.
                Err(Error::Conflict) => self.back_off(attempt).await,
                // A lost answer may hide that this was done: what is there tells. More than that was tried already.
                Err(Error::Unavailable) if !looked => looked = true,
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unavailable)
    }

    /// The end of the feed, and what is known of events that it has.
    async fn feed_state(&self, tag: Tag, events: &[Event]) -> Result<(Stored<Head>, Seen), Error> {
        let head_key = keys::feed_head(tag);
        let guards: Vec<(EventId, Key)> = events
            .iter()
            .map(|event| (event.id, keys::feed_guard(tag, &event.id)))
            .collect();
        let wanted: Vec<Key> = guards
            .iter()
            .map(|(_, key)| key.clone())
            .chain([head_key.clone()])
            .collect();
        let mut items = self.get_many(&wanted, true).await?;
        let seen = guards
            .iter()
            .filter_map(|(id, key)| Some((*id, guarded(items.get(key)?)?)))
            .collect();
        let head = match items.remove(&head_key) {
            Some(item) => Stored::read(&item)?,
            None => self.first_head(tag).await?,
        };
        Ok((head, seen))
    }

    /// The end of a feed that has no entry yet, of an organization that is there.
    async fn first_head(&self, tag: Tag) -> Result<Stored<Head>, Error> {
        let org = self
            .get(&keys::organization(tag))
            .await?
            .ok_or(Error::NotFound)?;
        let org = Stored::<Organization>::read(&org)?.value.id;
        Stored::read(&serde_dynamo::to_item(Head::new(org)).map_err(unwritable)?)
    }

    async fn write_feed(&self, plan: &Plan) -> Result<(), Error> {
        let request = Request::begin("TransactWriteItems");
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(plan.writes(&self.name)?))
            // A new token for each attempt: each has a plan of its own.
            .client_request_token(data_encoding::HEXLOWER.encode(&self.entropy.bytes::<16>()))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                request.wrote(answer.consumed_capacity());
                Ok(())
            }
            Err(error) => {
                request.refused();
                match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                        let mut codes = cancelled
                            .cancellation_reasons()
                            .iter()
                            .filter_map(|reason| reason.code());
                        // Whatever else cancels it, a race or a throttle, passes.
                        let ours = codes.find(|code| {
                            matches!(*code, "ValidationError" | "ItemCollectionSizeLimitExceeded")
                        });
                        Err(ours.map_or(Error::Conflict, |code| {
                            Error::Internal(format!("append to a feed: {code}"))
                        }))
                    }
                    _ => Err(failure("TransactWriteItems", error)),
                }
            }
        }
    }
}

/// The numbers that events have.
type Seen = HashMap<EventId, u64>;

fn unwritable(error: serde_dynamo::Error) -> Error {
    Error::Internal(format!("a feed cannot be written: {error}"))
}

fn guarded(item: &Item) -> Option<u64> {
    number(item, "n")
}

/// What is to be written so that all the events are in the feed.
fn plan(head: Stored<Head>, events: &[Event], seen: &Seen) -> Result<Plan, Error> {
    let mut head = head.value;
    let before = (head.n > 0).then_some(head.n);
    let (mut entries, mut planned) = (vec![], HashSet::new());
    for event in events {
        if seen.contains_key(&event.id) || !planned.insert(event.id) {
            continue;
        }
        head.n += 1;
        let body = EntryText {
            org: head.org,
            seq: head.n,
            event: event.clone(),
        };
        let body =
            serde_json::to_string(&body).map_err(|error| Error::Internal(error.to_string()))?;
        head.hash = digest(&head.hash, &body);
        entries.push((
            Entry::new(head.tag(), head.n, body, head.hash),
            event.clone(),
        ));
    }
    Ok(Plan {
        before,
        head,
        entries,
    })
}

fn answer(plan: &Plan, events: &[Event], seen: &Seen) -> Vec<Appended> {
    let fresh = plan
        .entries
        .iter()
        .map(|(entry, event)| (event.id, entry.n));
    let all: Seen = seen.clone().into_iter().chain(fresh).collect();
    let appended = events.iter().filter_map(|event| {
        let seq = *all.get(&event.id)?;
        Some(Appended {
            org: plan.head.org,
            numbered: Numbered {
                seq,
                event: event.clone(),
            },
        })
    });
    appended.collect()
}

impl Plan {
    fn writes(&self, table: &str) -> Result<Vec<TransactWriteItem>, Error> {
        let mut writes = vec![self.write_head(table)?];
        for (entry, event) in &self.entries {
            writes.push(fresh(table, entry_item(self.head.org, entry, event)?)?);
            writes.push(fresh(table, guard_item(self.head.tag(), entry.n, event))?);
        }
        Ok(writes)
    }

    /// The new end, if the old one is still what it was.
    // In one piece: one update, whose expressions and values must name the same attributes.
    fn write_head(&self, table: &str) -> Result<TransactWriteItem, Error> {
        let item: Item = serde_dynamo::to_item(&self.head).map_err(unwritable)?;
        let key = key_attributes(&keys::feed_head(self.head.tag()));
        let Some(before) = self.before else {
            return fresh(table, item.into_iter().chain(key).collect());
        };
        let changed = ["n", "hash"].into_iter();
        let mut values: Item = changed
            .filter_map(|name| Some((format!(":{name}"), item.get(name)?.clone())))
            .collect();
        values.insert(":before".to_owned(), int(before));
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression("SET n = :n, #hash = :hash")
            .condition_expression("n = :before")
            .expression_attribute_names("#hash", "hash")
            .set_expression_attribute_values(Some(values));
        let update = update
            .build()
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn fresh(table: &str, item: Item) -> Result<TransactWriteItem, Error> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)");
    let put = put
        .build()
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn entry_item(org: OrgId, entry: &Entry, event: &Event) -> Result<Item, Error> {
    let (tag, place) = (org.tag(), keys::sequence(entry.n));
    let mut item: Item = serde_dynamo::to_item(entry).map_err(unwritable)?;
    item.extend(key_attributes(&keys::feed_entry(tag, entry.n)));
    let parent = event
        .task
        .map(keys::feed_of_task)
        .or_else(|| event.kind.is_security().then(|| keys::audit_of(tag)));
    let project = event.project.map(keys::feed_of_project);
    let actor = event.actor.map(|actor| keys::feed_of_actor(tag, actor));
    let lists = [parent, project, actor].into_iter().flatten();
    item.extend(lists.flat_map(|list| list.entry(place.clone()).attributes()));
    Ok(item)
}

fn guard_item(tag: Tag, n: u64, event: &Event) -> Item {
    key_attributes(&keys::feed_guard(tag, &event.id))
        .into_iter()
        .chain([("n".to_owned(), int(n))])
        .collect()
}

#[cfg(test)]
mod tests;
