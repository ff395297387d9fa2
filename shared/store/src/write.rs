//! Writes. Every one carries a version and an operation, so it can be repeated and never overwrites what it has not
//! seen.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use domain::Error;
use futures_util::FutureExt;
use jiff::Timestamp;
use runtime::meter;

use crate::difference::Difference;
use crate::keys::Key;
use crate::prose::settle;
use crate::record::{Operation, Record, Stored};
use crate::table::{Item, Request, Table, Updated, failure, number};
use crate::transaction::Transaction;

/// Until when a guard that was given up is kept for its last owner, in milliseconds since the epoch.
pub(crate) const HELD_UNTIL: &str = "held_until";

/// Who holds a guard. One that was given up, and is only kept from others for a time, is held by nobody.
pub fn holder(guard: &Item) -> Option<&str> {
    if guard.contains_key(HELD_UNTIL) {
        None
    } else {
        guard.get("owner")?.as_s().ok().map(String::as_str)
    }
}

/// Whether a guard is free to be taken by somebody who has not held it.
pub fn is_free(guard: Option<&Item>, now: Timestamp) -> bool {
    let until = |guard: &Item| number::<i64>(guard, HELD_UNTIL);
    guard.is_none_or(|guard| until(guard).is_some_and(|until| until <= now.as_millisecond()))
}

pub(crate) const ABSENT: &str = "attribute_not_exists(pk)";
pub(crate) const UNCHANGED: &str = "version = :version";

impl<T: Record> Stored<T> {
    /// What was found in place of a thing that was to be made: the thing itself, if this operation has made it.
    fn again(self, operation: &Operation, taken: Error) -> Result<Self, Error> {
        // An id that was derived from an idempotency key is met by that key alone. Whoever creates
        // under another kind of id must not say `keyed`.
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
    pub async fn create<T: Record>(
        &self,
        value: T,
        operation: &Operation,
        taken: Error,
    ) -> Result<Stored<T>, Error> {
        operation.must_be_new()?;
        let mut stored = Stored::new(value, operation);
        let texts = settle(None, &mut stored);
        let made = match texts.is_empty() {
            true => self.put_new(stored.item()?).await?,
            false => {
                let mut transaction = Transaction::new();
                // Not `taken` yet: what stands there tells whether this operation made it.
                transaction.made(&stored, texts, Error::Conflict)?;
                self.commit_or_read(transaction, &stored.key()).await?
            }
        };
        match made {
            Updated::Done(_) => Ok(stored),
            Updated::Refused(there) => {
                Stored::<T>::read(&there.ok_or(Error::Conflict)?)?.again(operation, taken)
            }
        }
    }

    /// Puts an item if nothing is there.
    async fn put_new(&self, item: Item) -> Result<Updated, Error> {
        let request = Request::begin("PutItem");
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(ABSENT)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            // Boxed: the SDK\'s futures are deep, and those that await them deeper.
            .boxed()
            .await;
        let error = match answer {
            Ok(answer) => {
                request.wrote(answer.consumed_capacity());
                return Ok(Updated::Done(None));
            }
            Err(error) => error,
        };
        let there = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refusal)) => refusal.item().cloned(),
            _ => return Err(failure("PutItem", error)),
        };
        request.refused();
        Ok(Updated::Refused(there))
    }

    /// Puts an item, whatever stands there: for what only says again what it said.
    pub(crate) async fn put<T: Record>(
        &self,
        value: T,
        operation: &Operation,
    ) -> Result<(), Error> {
        let request = Request::begin("PutItem");
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(Stored::new(value, operation).item()?))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let answer = put.send().boxed().await;
        let answer = answer.map_err(|error| failure("PutItem", error))?;
        request.wrote(answer.consumed_capacity());
        Ok(())
    }

    /// Saves a change, unless the item has changed since it was read.
    pub async fn save<T: Record>(
        &self,
        before: &Stored<T>,
        value: T,
        operation: &Operation,
    ) -> Result<Stored<T>, Error> {
        // No version without a change: nobody else loses a race to it, and nothing follows from it.
        if before.value == value {
            return Ok(before.clone());
        }
        operation.must_be_new()?;
        let mut after = before.next(value, operation);
        let texts = settle(Some(&before.value), &mut after);
        let saved = match texts.is_empty() {
            true => self.save_alone(before, &after).await?,
            false => {
                let mut transaction = Transaction::new();
                transaction.saved(before, &after, texts)?;
                self.commit_or_read(transaction, &before.key()).await?
            }
        };
        match saved {
            Updated::Done(_) => Ok(after),
            Updated::Refused(there) => {
                Stored::<T>::read(&there.ok_or(Error::NotFound)?)?.done_by(operation)
            }
        }
    }

    /// Saves a change that takes no other write along, if the item is of the version that was read.
    async fn save_alone<T: Record>(
        &self,
        before: &Stored<T>,
        after: &Stored<T>,
    ) -> Result<Updated, Error> {
        let difference = Difference::between(before, after)?;
        let update = self
            .update(&before.key())
            .update_expression(difference.expression)
            .set_expression_attribute_names(Some(difference.names))
            .set_expression_attribute_values(Some(difference.values))
            .condition_expression(UNCHANGED)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        self.update_if(update).await
    }

    /// Does all of it, or tells what stands there in whose place one lost the race.
    async fn commit_or_read(&self, transaction: Transaction, key: &Key) -> Result<Updated, Error> {
        match self.commit(transaction).await {
            Ok(()) => Ok(Updated::Done(None)),
            Err(Error::Conflict) => Ok(Updated::Refused(self.get(key).await?)),
            Err(error) => Err(error),
        }
    }
}
