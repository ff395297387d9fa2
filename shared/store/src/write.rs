//! Writes. Every one carries a version and an operation, so it can be repeated and never overwrites what it has not
//! seen.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure as OnFailure,
    TransactWriteItem, Update,
};
use domain::Error;
use jiff::Timestamp;
use runtime::meter;

use crate::keys::{self, Holder, Key};
use crate::prose::{TextAct, moves_texts, of_deleted, settle};
use crate::record::{Members, Operation, ROW, Record, Stored};
use crate::table::{Item, Request, Table, Updated, failure, int, key_attributes, text};

/// The most writes of one transaction (API reference, `TransactWriteItems`).
const MOST_ACTS: usize = 100;

/// How often a transaction that met another is tried.
const ATTEMPTS: u32 = 8;

/// Until when a guard that was given up is kept for its last owner, in milliseconds since the epoch.
const HELD_UNTIL: &str = "held_until";

/// Who holds a guard. One that was given up, and is only kept from others for a time, is held by nobody.
pub fn holder(guard: &Item) -> Option<&str> {
    if guard.contains_key(HELD_UNTIL) { None } else { guard.get("owner")?.as_s().ok().map(String::as_str) }
}

/// Whether a guard is free to be taken by somebody who has not held it.
pub fn is_free(guard: Option<&Item>, now: Timestamp) -> bool {
    let until = |guard: &Item| guard.get(HELD_UNTIL)?.as_n().ok()?.parse::<i64>().ok();
    guard.is_none_or(|guard| until(guard).is_some_and(|until| until <= now.as_millisecond()))
}

const ABSENT: &str = "attribute_not_exists(pk)";
const UNCHANGED: &str = "version = :version";

/// An update expression that turns one item into another, touching only what differs: attributes and members of the row
/// that this release does not know stay as they are.
struct Difference {
    expression: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Difference {
    fn between<T: Record>(before: &Stored<T>, after: &Stored<T>) -> Result<Self, Error> {
        let (mut old, mut new) = (before.attributes()?, after.attributes()?);
        for name in T::SETS {
            old.outer.remove(*name);
            new.outer.remove(*name);
        }
        let mut difference = Self { expression: String::new(), names: HashMap::new(), values: HashMap::new() };
        let (mut set, mut gone) = difference.clauses("", &old.outer, &new.outer);
        if let (Some(old), Some(new)) = (&old.row, &new.row) {
            let (set_in_row, gone_from_row) = difference.clauses("#row.", old, new);
            // A name that the expression does not use is refused.
            if !(set_in_row.is_empty() && gone_from_row.is_empty()) {
                difference.names.insert("#row".to_owned(), ROW.to_owned());
            }
            set.extend(set_in_row);
            gone.extend(gone_from_row);
        }
        difference.expression = format!("SET {}", set.join(", "));
        if !gone.is_empty() {
            difference.expression.push_str(&format!(" REMOVE {}", gone.join(", ")));
        }
        difference.values.insert(":version".to_owned(), int(before.version));
        Ok(difference)
    }

    /// What is to be set and what to be removed under a path, to turn the old attributes into the new ones.
    fn clauses(&mut self, path: &str, old: &Members, new: &Members) -> (Vec<String>, Vec<String>) {
        let changed = new.iter().filter(|(name, value)| old.get(*name) != Some(value));
        let set = changed.map(|(name, value)| {
            let placeholder = format!(":v{}", self.values.len());
            self.values.insert(placeholder.clone(), value.clone());
            format!("{path}{} = {placeholder}", self.name(name))
        });
        let set = set.collect();
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        (set, gone.map(|name| format!("{path}{}", self.name(name))).collect())
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }
}

impl<T: Record> Stored<T> {
    /// What was found in place of a thing that was to be made: the thing itself, if this operation has made it.
    fn again(self, operation: &Operation, taken: Error) -> Result<Self, Error> {
        if self.operations.find(operation).is_none() && !operation.keyed {
            return Err(taken);
        }
        self.made_by(operation)?;
        meter::note(|totals| totals.replayed |= operation.keyed);
        Ok(self)
    }

    /// What was found in place of the version that was to be changed: the changed thing, if this operation has changed it.
    fn done_by(self, operation: &Operation) -> Result<Self, Error> {
        match self.operations.find(operation) == Some(operation.fingerprint) {
            true => Ok(self),
            false => Err(Error::Conflict),
        }
    }
}

impl Table {
    /// Makes an item. If it is there already and this very operation made it, it is what was asked for: the answer
    /// to an earlier attempt was lost, or the request is a repetition.
    pub async fn create<T: Record>(&self, value: T, operation: &Operation, taken: Error) -> Result<Stored<T>, Error> {
        if moves_texts(None, &value) {
            return self.create_with_text(value, operation, taken).await;
        }
        let stored = Stored::new(value, operation);
        let request = Request::begin("PutItem");
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(stored.item()?))
            .condition_expression(ABSENT)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                request.wrote(answer.consumed_capacity());
                Ok(stored)
            }
            Err(error) => {
                let there = match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(refusal)) => refusal.item().cloned(),
                    _ => return Err(failure("PutItem", error)),
                };
                request.refused();
                Stored::<T>::read(&there.unwrap_or_default())?.again(operation, taken)
            }
        }
    }

    /// The same for a thing whose text stands apart: both are made, or none.
    async fn create_with_text<T: Record>(
        &self,
        value: T,
        operation: &Operation,
        taken: Error,
    ) -> Result<Stored<T>, Error> {
        let mut transaction = Transaction::new();
        let stored = transaction.create(value, operation, Error::Conflict)?;
        match self.commit(transaction).await {
            Err(Error::Conflict) => {
                let there = self.get(&stored.key()).await?.ok_or(Error::Conflict)?;
                Stored::<T>::read(&there)?.again(operation, taken)
            }
            done => done.map(|()| stored),
        }
    }

    /// Saves a change, unless the item has changed since it was read.
    pub async fn save<T: Record>(
        &self,
        before: &Stored<T>,
        value: T,
        operation: &Operation,
    ) -> Result<Stored<T>, Error> {
        if before.value == value {
            return Ok(before.clone());
        }
        if moves_texts(Some(&before.value), &value) {
            return self.save_with_text(before, value, operation).await;
        }
        let after = before.next(value, operation);
        let difference = Difference::between(before, &after)?;
        let update = self
            .update(&before.key())
            .update_expression(difference.expression)
            .set_expression_attribute_names(Some(difference.names))
            .set_expression_attribute_values(Some(difference.values))
            .condition_expression(UNCHANGED)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        let there = match self.update_if(update).await? {
            Updated::Done(_) => return Ok(after),
            Updated::Refused(there) => Stored::<T>::read(&there.ok_or(Error::NotFound)?)?,
        };
        there.done_by(operation)
    }

    /// The same for a change that brings a long text or takes one away.
    async fn save_with_text<T: Record>(
        &self,
        before: &Stored<T>,
        value: T,
        operation: &Operation,
    ) -> Result<Stored<T>, Error> {
        let mut transaction = Transaction::new();
        let after = transaction.save(before, value, operation)?;
        match self.commit(transaction).await {
            Err(Error::Conflict) => {
                let there = self.get(&before.key()).await?.ok_or(Error::NotFound)?;
                Stored::<T>::read(&there)?.done_by(operation)
            }
            done => done.map(|()| after),
        }
    }

    /// Does all of it or nothing.
    pub async fn commit(&self, transaction: Transaction) -> Result<(), Error> {
        let token = data_encoding::HEXLOWER.encode(&self.entropy.bytes::<16>());
        for attempt in 0..ATTEMPTS {
            let request = Request::begin("TransactWriteItems");
            let answer = self
                .client
                .transact_write_items()
                .set_transact_items(Some(transaction.writes(&self.name)?))
                .client_request_token(&token)
                .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
                .send()
                .await;
            let error = match answer {
                Ok(answer) => {
                    request.wrote(answer.consumed_capacity());
                    return Ok(());
                }
                Err(error) => error,
            };
            request.refused();
            match transaction.verdict(&error) {
                Verdict::Again => self.back_off(attempt).await,
                Verdict::Refused(refusal) => return Err(refusal),
                Verdict::Failed => return Err(failure("TransactWriteItems", error)),
            }
        }
        // No lost race, after which one reads and tries again: the items are too busy.
        meter::note(|totals| totals.fault = Some("TransactWriteItems: met others each time".to_owned()));
        Err(Error::Unavailable)
    }
}

enum Verdict {
    /// It met another transaction or a throttle, and changed nothing.
    Again,
    /// One of its conditions does not hold.
    Refused(Error),
    /// Anything else.
    Failed,
}

enum Act {
    Put { item: Item },
    Save { key: Key, difference: Difference },
    Release { key: Key, owner: String },
    Take { item: Item, owner: String, now: i64 },
    Hold { key: Key, owner: String, until: i64 },
    Replace { item: Item },
    Drop { key: Key },
    Expire { key: Key, at: i64 },
    Include { key: Key, set: &'static str, member: String },
    Exclude { key: Key, set: &'static str, member: String },
    Forget { key: Key, set: &'static str },
    Count { key: Key, attribute: &'static str, amount: i64, room: Option<u64>, until: Option<i64> },
}

/// Several writes that must agree.
#[derive(Default)]
pub struct Transaction {
    acts: Vec<(Act, Error)>,
}

impl Transaction {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it would do nothing.
    pub fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }

    /// Makes an item; `taken` is the error if it is there already.
    pub fn create<T: Record>(&mut self, value: T, operation: &Operation, taken: Error) -> Result<Stored<T>, Error> {
        let mut stored = Stored::new(value, operation);
        let texts = settle(None, &mut stored);
        self.acts.push((Act::Put { item: stored.item()? }, taken));
        self.texts(texts);
        Ok(stored)
    }

    /// Writes a part of something that is guarded elsewhere in the transaction, over whatever remains of an earlier
    /// one. Only for parts whose changes are no events.
    pub fn put<T: Record>(&mut self, value: T, operation: &Operation) -> Result<Stored<T>, Error> {
        let stored = Stored::new(value, operation);
        self.acts.push((Act::Replace { item: stored.item()? }, Error::Conflict));
        Ok(stored)
    }

    /// Deletes a part of something that is guarded elsewhere in the transaction; of one whose text stands apart, that text,
    /// without which it says nothing. Only for parts whose changes are no events: what has events is never deleted in place.
    pub fn delete<T: Record>(&mut self, part: &Stored<T>) {
        let key = of_deleted(part).unwrap_or_else(|| part.key());
        self.acts.push((Act::Drop { key }, Error::Conflict));
    }

    /// What is to be done about long texts.
    fn texts(&mut self, texts: impl IntoIterator<Item = TextAct>) {
        for text in texts {
            let act = match text {
                TextAct::Put(item) => Act::Put { item },
                TextAct::Expire(key, at) => Act::Expire { key, at: at.as_second() },
                TextAct::Drop(key) => Act::Drop { key },
            };
            self.acts.push((act, Error::Conflict));
        }
    }

    /// Saves a change of an item that must not have changed since it was read.
    pub fn save<T: Record>(&mut self, before: &Stored<T>, value: T, operation: &Operation) -> Result<Stored<T>, Error> {
        let mut after = before.next(value, operation);
        let texts = settle(Some(&before.value), &mut after);
        let act = Act::Save { key: before.key(), difference: Difference::between(before, &after)? };
        self.acts.push((act, Error::Conflict));
        self.texts(texts);
        Ok(after)
    }

    /// Takes a guard for `owner`; `taken` is the error if another holds it.
    pub fn claim(&mut self, key: Key, owner: impl Into<String>, taken: Error) {
        let mut item = key_attributes(&key);
        item.insert("owner".to_owned(), text(owner));
        self.acts.push((Act::Put { item }, taken));
    }

    /// Enters a new organization or account into the registry of all there are, by its id.
    pub fn register(&mut self, holder: Holder, id: impl Into<String>) {
        self.claim(keys::registered(holder), id, Error::Conflict);
    }

    /// Takes a guard that may be held for a time after it was given up: it is free, or `owner` holds it, or that time is
    /// over.
    pub fn take(&mut self, key: Key, owner: impl Into<String>, now: Timestamp, taken: Error) {
        let owner = owner.into();
        let mut item = key_attributes(&key);
        item.insert("owner".to_owned(), text(&owner));
        self.acts.push((Act::Take { item, owner, now: now.as_millisecond() }, taken));
    }

    /// Gives a guard up that `owner` holds, and keeps everybody else away from it until then.
    pub fn hold(&mut self, key: Key, owner: impl Into<String>, until: Timestamp) {
        let act = Act::Hold { key, owner: owner.into(), until: until.as_millisecond() };
        self.acts.push((act, Error::Conflict));
    }

    /// Puts a text into a set of an item (one of its [`Record::SETS`]), aside from the item's version. The set must be
    /// there; else it is a conflict.
    pub fn include(&mut self, key: Key, set: &'static str, member: impl Into<String>) {
        self.acts.push((Act::Include { key, set, member: member.into() }, Error::Conflict));
    }

    /// Takes a text out of such a set. It must not be the last one: there are no empty sets.
    pub fn exclude(&mut self, key: Key, set: &'static str, member: impl Into<String>) {
        self.acts.push((Act::Exclude { key, set, member: member.into() }, Error::Conflict));
    }

    /// Takes a set out of an item, aside from the item's version.
    pub fn forget(&mut self, key: Key, set: &'static str) {
        self.acts.push((Act::Forget { key, set }, Error::Conflict));
    }

    /// Adds to a number of an item, making the item if it is not there. `most` is what the sum may be at most, and the
    /// error if it would be more. Exact: a transaction whose answer is lost is not done twice.
    pub fn count(&mut self, key: Key, attribute: &'static str, amount: i64, most: Option<(u64, Error)>) {
        self.counted(key, attribute, amount, most, None);
    }

    /// The same for a number that is needed until a moment only, in seconds since 1970.
    pub fn count_until(
        &mut self,
        key: Key,
        attribute: &'static str,
        amount: i64,
        most: Option<(u64, Error)>,
        until: i64,
    ) {
        self.counted(key, attribute, amount, most, Some(until));
    }

    fn counted(
        &mut self,
        key: Key,
        attribute: &'static str,
        amount: i64,
        most: Option<(u64, Error)>,
        until: Option<i64>,
    ) {
        let room = most.as_ref().map(|(most, _)| most.saturating_sub(u64::try_from(amount).unwrap_or_default()));
        let refusal = most.map_or(Error::Conflict, |(_, refusal)| refusal);
        self.acts.push((Act::Count { key, attribute, amount, room, until }, refusal));
    }

    /// Gives a guard back that `owner` holds.
    pub fn release(&mut self, key: Key, owner: impl Into<String>) {
        self.acts.push((Act::Release { key, owner: owner.into() }, Error::Conflict));
    }

    fn writes(&self, table: &str) -> Result<Vec<TransactWriteItem>, Error> {
        debug_assert!(self.acts.len() <= MOST_ACTS, "DynamoDB takes no more in one transaction");
        self.acts.iter().map(|(act, _)| act.write(table)).collect()
    }

    fn verdict<R>(&self, error: &SdkError<TransactWriteItemsError, R>) -> Verdict {
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Verdict::Failed;
        };
        let codes = || cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
        // The first refused act names the error; with others in conflict the refusal may be about a state that passes.
        if let Some(at) = codes().position(|code| code == "ConditionalCheckFailed") {
            return self.acts.get(at).map_or(Verdict::Failed, |(_, refusal)| Verdict::Refused(refusal.clone()));
        }
        let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
        if codes().any(|code| passing.contains(&code)) { Verdict::Again } else { Verdict::Failed }
    }
}

impl Act {
    fn write(&self, table: &str) -> Result<TransactWriteItem, Error> {
        let fault = |error: aws_sdk_dynamodb::error::BuildError| Error::Internal(error.to_string());
        let item = TransactWriteItem::builder();
        let item = match self {
            Self::Put { item: attributes } => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(attributes.clone()))
                    .condition_expression(ABSENT)
                    .build()
                    .map_err(fault)?,
            ),
            Self::Take { item: attributes, owner, now } => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(attributes.clone()))
                    .condition_expression("attribute_not_exists(pk) OR #owner = :owner OR #until <= :now")
                    .expression_attribute_names("#owner", "owner")
                    .expression_attribute_names("#until", HELD_UNTIL)
                    .expression_attribute_values(":owner", text(owner))
                    .expression_attribute_values(":now", int(now))
                    .build()
                    .map_err(fault)?,
            ),
            Self::Hold { key, owner, until } => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .update_expression("SET #until = :until")
                    .condition_expression("#owner = :owner")
                    .expression_attribute_names("#owner", "owner")
                    .expression_attribute_names("#until", HELD_UNTIL)
                    .expression_attribute_values(":owner", text(owner))
                    .expression_attribute_values(":until", int(until))
                    .build()
                    .map_err(fault)?,
            ),
            Self::Save { key, difference } => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .update_expression(&difference.expression)
                    .set_expression_attribute_names(Some(difference.names.clone()))
                    .set_expression_attribute_values(Some(difference.values.clone()))
                    .condition_expression(UNCHANGED)
                    .build()
                    .map_err(fault)?,
            ),
            Self::Release { key, owner } => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .condition_expression("attribute_not_exists(pk) OR #owner = :owner")
                    .expression_attribute_names("#owner", "owner")
                    .expression_attribute_values(":owner", text(owner))
                    .build()
                    .map_err(fault)?,
            ),
            Self::Replace { item: attributes } => {
                item.put(Put::builder().table_name(table).set_item(Some(attributes.clone())).build().map_err(fault)?)
            }
            Self::Expire { key, at } => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .update_expression("SET #t = :t")
                    .condition_expression("attribute_exists(pk)")
                    .expression_attribute_names("#t", "ttl")
                    .expression_attribute_values(":t", int(at))
                    .build()
                    .map_err(fault)?,
            ),
            Self::Include { key, set, member } | Self::Exclude { key, set, member } => {
                let verb = if matches!(self, Self::Include { .. }) { "ADD" } else { "DELETE" };
                item.update(
                    Update::builder()
                        .table_name(table)
                        .set_key(Some(key_attributes(key)))
                        .update_expression(format!("{verb} #set :member"))
                        .condition_expression("attribute_exists(#set)")
                        .expression_attribute_names("#set", *set)
                        .expression_attribute_values(":member", AttributeValue::Ss(vec![member.clone()]))
                        .build()
                        .map_err(fault)?,
                )
            }
            Self::Forget { key, set } => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .update_expression("REMOVE #set")
                    .condition_expression("attribute_exists(pk)")
                    .expression_attribute_names("#set", *set)
                    .build()
                    .map_err(fault)?,
            ),
            Self::Count { key, attribute, amount, room, until } => {
                let update = Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .expression_attribute_names("#n", *attribute)
                    .expression_attribute_values(":n", int(amount));
                let update = match until {
                    None => update.update_expression("ADD #n :n"),
                    Some(until) => update
                        .update_expression("SET #t = :t ADD #n :n")
                        .expression_attribute_names("#t", "ttl")
                        .expression_attribute_values(":t", int(until)),
                };
                let update = match room {
                    None => update,
                    Some(room) => update
                        .condition_expression("attribute_not_exists(#n) OR #n <= :room")
                        .expression_attribute_values(":room", int(room)),
                };
                item.update(update.build().map_err(fault)?)
            }
            Self::Drop { key } => item
                .delete(Delete::builder().table_name(table).set_key(Some(key_attributes(key))).build().map_err(fault)?),
        };
        Ok(item.build())
    }
}
