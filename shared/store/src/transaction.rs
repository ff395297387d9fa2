//! Several writes that must agree: all of them are done, or none.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use domain::Error;
use futures_util::FutureExt;
use jiff::Timestamp;
use runtime::meter;

use crate::difference::Difference;
use crate::keys::{self, Holder, Key};
use crate::prose::{of_deleted, settle};
use crate::record::{Operation, Record, Stored};
use crate::table::{Item, Request, Table, failure, int, key_attributes, text};
use crate::write::{ABSENT, HELD_UNTIL, UNCHANGED};

/// The most writes of one transaction (API reference, `TransactWriteItems`).
const MOST_ACTS: usize = 100;

/// How often a transaction that met another is tried.
const ATTEMPTS: u32 = 8;

impl Table {
    /// Does all of it or nothing.
    pub async fn commit(&self, transaction: Transaction) -> Result<(), Error> {
        // One token for all attempts: what was done, and its answer lost, is not done again.
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
                // Boxed: the SDK\'s futures are deep, and those that await them deeper.
                .boxed()
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
        meter::note(|totals| {
            totals.fault = Some("TransactWriteItems: met others each time".to_owned())
        });
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

/// One write of a transaction, under a condition or none, with the error if the condition does not hold.
pub(crate) struct Act {
    what: What,
    condition: Option<&'static str>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    refusal: Error,
}

enum What {
    Put(Item),
    Update(Key, String),
    Delete(Key),
}

impl Act {
    fn new(what: What) -> Self {
        Self {
            what,
            condition: None,
            names: HashMap::new(),
            values: HashMap::new(),
            refusal: Error::Conflict,
        }
    }

    /// Puts an item, over whatever is there.
    pub fn put(item: Item) -> Self {
        Self::new(What::Put(item))
    }

    /// Changes an item by an update expression.
    pub fn update(key: Key, expression: impl Into<String>) -> Self {
        Self::new(What::Update(key, expression.into()))
    }

    /// Deletes an item.
    pub fn delete(key: Key) -> Self {
        Self::new(What::Delete(key))
    }

    /// The same under a condition.
    pub fn on(self, condition: &'static str) -> Self {
        Self {
            condition: Some(condition),
            ..self
        }
    }

    /// The same with another error than a lost race.
    fn or(self, refusal: Error) -> Self {
        Self { refusal, ..self }
    }

    /// With the name that a placeholder stands for.
    pub fn name(mut self, placeholder: &str, name: &str) -> Self {
        self.names.insert(placeholder.to_owned(), name.to_owned());
        self
    }

    /// With the value that a placeholder stands for.
    pub fn value(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    // In one piece: the SDK has a builder for each kind of write, and no trait for what they share.
    fn write(&self, table: &str) -> Result<TransactWriteItem, Error> {
        let fault = |error: BuildError| Error::Internal(error.to_string());
        let condition = self.condition.map(str::to_owned);
        // What is empty must not be there.
        let names = Some(self.names.clone()).filter(|names| !names.is_empty());
        let values = Some(self.values.clone()).filter(|values| !values.is_empty());
        let item = TransactWriteItem::builder();
        let item = match &self.what {
            What::Put(attributes) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(attributes.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(fault)?,
            ),
            What::Update(key, expression) => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .update_expression(expression)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(fault)?,
            ),
            What::Delete(key) => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(fault)?,
            ),
        };
        Ok(item.build())
    }
}

/// Several writes that must agree.
#[derive(Default)]
pub struct Transaction {
    acts: Vec<Act>,
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
    pub fn create<T: Record>(
        &mut self,
        value: T,
        operation: &Operation,
        taken: Error,
    ) -> Result<Stored<T>, Error> {
        operation.must_be_new()?;
        let mut stored = Stored::new(value, operation);
        let texts = settle(None, &mut stored);
        self.made(&stored, texts, taken)?;
        Ok(stored)
    }

    /// Makes the item of a thing whose texts are settled.
    pub(crate) fn made<T: Record>(
        &mut self,
        stored: &Stored<T>,
        texts: Vec<Act>,
        taken: Error,
    ) -> Result<(), Error> {
        self.acts
            .push(Act::put(stored.item()?).on(ABSENT).or(taken));
        self.acts.extend(texts);
        Ok(())
    }

    /// Writes a part of something that is guarded elsewhere in the transaction, over whatever remains of an earlier
    /// one. Only for parts whose changes are no events.
    pub fn put<T: Record>(&mut self, value: T, operation: &Operation) -> Result<Stored<T>, Error> {
        let stored = Stored::new(value, operation);
        self.acts.push(Act::put(stored.item()?));
        Ok(stored)
    }

    /// Deletes a part of something that is guarded elsewhere in the transaction; of one whose text stands apart, that text,
    /// without which it says nothing. Only for parts whose changes are no events: what has events is never deleted in place.
    pub fn delete<T: Record>(&mut self, part: &Stored<T>) {
        self.acts
            .push(Act::delete(of_deleted(part).unwrap_or_else(|| part.key())));
    }

    /// Saves a change of an item that must not have changed since it was read.
    pub fn save<T: Record>(
        &mut self,
        before: &Stored<T>,
        value: T,
        operation: &Operation,
    ) -> Result<Stored<T>, Error> {
        operation.must_be_new()?;
        let mut after = before.next(value, operation);
        let texts = settle(Some(&before.value), &mut after);
        self.saved(before, &after, texts)?;
        Ok(after)
    }

    /// Saves a change of a thing whose texts are settled.
    pub(crate) fn saved<T: Record>(
        &mut self,
        before: &Stored<T>,
        after: &Stored<T>,
        texts: Vec<Act>,
    ) -> Result<(), Error> {
        let Difference {
            expression,
            names,
            values,
        } = Difference::between(before, after)?;
        self.acts.push(Act {
            names,
            values,
            ..Act::update(before.key(), expression).on(UNCHANGED)
        });
        self.acts.extend(texts);
        Ok(())
    }

    /// Takes a guard for `owner`; `taken` is the error if another holds it.
    pub fn claim(&mut self, key: Key, owner: impl Into<String>, taken: Error) {
        let mut item = key_attributes(&key);
        item.insert("owner".to_owned(), text(owner));
        self.acts.push(Act::put(item).on(ABSENT).or(taken));
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
        let free = "attribute_not_exists(pk) OR #owner = :owner OR #until <= :now";
        let act = Act::put(item)
            .on(free)
            .name("#owner", "owner")
            .name("#until", HELD_UNTIL)
            .value(":owner", text(owner));
        self.acts
            .push(act.value(":now", int(now.as_millisecond())).or(taken));
    }

    /// Gives a guard up that `owner` holds, and keeps everybody else away from it until then.
    pub fn hold(&mut self, key: Key, owner: impl Into<String>, until: Timestamp) {
        let act = Act::update(key, "SET #until = :until").name("#until", HELD_UNTIL);
        let act = act
            .value(":until", int(until.as_millisecond()))
            .on("#owner = :owner");
        self.acts
            .push(act.name("#owner", "owner").value(":owner", text(owner)));
    }

    /// Puts a text into a set of an item (one of its [`Record::SETS`]), aside from the item's version. The set must be
    /// there; else it is a conflict.
    pub fn include(&mut self, key: Key, set: &'static str, member: impl Into<String>) {
        self.change_set(key, set, "ADD #set :member", member.into());
    }

    /// Takes a text out of such a set. It must not be the last one: there are no empty sets.
    pub fn exclude(&mut self, key: Key, set: &'static str, member: impl Into<String>) {
        self.change_set(key, set, "DELETE #set :member", member.into());
    }

    fn change_set(&mut self, key: Key, set: &str, expression: &str, member: String) {
        let act = Act::update(key, expression)
            .on("attribute_exists(#set)")
            .name("#set", set);
        self.acts
            .push(act.value(":member", AttributeValue::Ss(vec![member])));
    }

    /// Takes a set out of an item, aside from the item's version.
    pub fn forget(&mut self, key: Key, set: &'static str) {
        // Without the condition the update would make an item that is nothing but its key.
        self.acts.push(
            Act::update(key, "REMOVE #set")
                .on("attribute_exists(pk)")
                .name("#set", set),
        );
    }

    /// Adds to a number of an item, making the item if it is not there. `most` is what the sum may be at most, and the
    /// error if it would be more. Exact: a transaction whose answer is lost is not done twice.
    pub fn count(
        &mut self,
        key: Key,
        attribute: &'static str,
        amount: i64,
        most: Option<(u64, Error)>,
    ) {
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
        let room = most
            .as_ref()
            .map(|(most, _)| most.saturating_sub(u64::try_from(amount).unwrap_or_default()));
        let act = match until {
            None => Act::update(key, "ADD #n :n"),
            Some(until) => Act::update(key, "SET #t = :t ADD #n :n")
                .name("#t", "ttl")
                .value(":t", int(until)),
        };
        let act = act.name("#n", attribute).value(":n", int(amount));
        self.acts.push(match most.zip(room) {
            None => act,
            Some(((_, refusal), room)) => act
                .on("attribute_not_exists(#n) OR #n <= :room")
                .value(":room", int(room))
                .or(refusal),
        });
    }

    /// Gives a guard back that `owner` holds.
    pub fn release(&mut self, key: Key, owner: impl Into<String>) {
        // A guard that is gone already is as good as given back.
        let act = Act::delete(key).on("attribute_not_exists(pk) OR #owner = :owner");
        self.acts
            .push(act.name("#owner", "owner").value(":owner", text(owner)));
    }

    fn writes(&self, table: &str) -> Result<Vec<TransactWriteItem>, Error> {
        debug_assert!(
            self.acts.len() <= MOST_ACTS,
            "DynamoDB takes no more in one transaction"
        );
        self.acts.iter().map(|act| act.write(table)).collect()
    }

    fn verdict<R>(&self, error: &SdkError<TransactWriteItemsError, R>) -> Verdict {
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Verdict::Failed;
        };
        let codes = || {
            cancelled
                .cancellation_reasons()
                .iter()
                .map(|reason| reason.code().unwrap_or_default())
        };
        // The first refused act names the error; with others in conflict the refusal may be about a state that passes.
        if let Some(at) = codes().position(|code| code == "ConditionalCheckFailed") {
            return self
                .acts
                .get(at)
                .map_or(Verdict::Failed, |act| Verdict::Refused(act.refusal.clone()));
        }
        let passing = [
            "TransactionConflict",
            "ThrottlingError",
            "ProvisionedThroughputExceeded",
        ];
        if codes().any(|code| passing.contains(&code)) {
            Verdict::Again
        } else {
            Verdict::Failed
        }
    }
}
