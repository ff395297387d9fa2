//! Requests to the table, as they go over the wire: counted, bounded in time, their failures named.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity,
};
use domain::Error;
use futures_util::FutureExt;
use runtime::env::{Entropy, Env, MissingVariable};
use runtime::meter::{self, Trip};

use crate::key::Key;
use crate::range::Range;

/// An item as the SDK gives it.
pub type Item = HashMap<String, AttributeValue>;

/// Requests that take longer are worth a line in the log.
const SLOW: Duration = Duration::from_millis(100);

/// The most keys that one `BatchGetItem` takes.
const BATCH: usize = 100;

/// The table and the way to it.
#[derive(Clone)]
pub struct Table {
    /// The SDK's client.
    pub(crate) client: Client,
    /// The table's name.
    pub(crate) name: String,
    /// Jitter and request tokens.
    pub(crate) entropy: Entropy,
}

/// A request that is under way: ends in the meter, and in the log if it was slow.
pub(crate) struct Request {
    operation: &'static str,
    trip: Trip,
    began: Instant,
}

impl Request {
    pub(crate) fn begin(operation: &'static str) -> Self {
        Self {
            operation,
            trip: meter::begin(),
            began: Instant::now(),
        }
    }

    fn end(self, read: f64, write: f64) {
        let took = self.began.elapsed();
        if took > SLOW {
            tracing::warn!(
                operation = self.operation,
                ms = took.as_millis() as u64,
                read,
                write,
                "slow request to the table"
            );
        }
        self.trip.end(read, write);
    }

    pub(crate) fn read<'a>(self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.end(units(capacity), 0.0);
    }

    pub(crate) fn wrote<'a>(self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.end(0.0, units(capacity));
    }

    /// A write that was refused by its condition: it is billed like one kilobyte, but the answer does not say so.
    pub(crate) fn refused(self) {
        self.end(0.0, 1.0);
    }
}

fn units<'a>(capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    capacity
        .into_iter()
        .filter_map(|one| one.capacity_units())
        .sum()
}

/// A string attribute.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub fn int(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A number in an item, if it is there.
pub(crate) fn number<N: std::str::FromStr>(item: &Item, name: &str) -> Option<N> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The key attributes of an item.
pub fn key_attributes(key: &Key) -> Item {
    HashMap::from([
        ("pk".to_owned(), text(&key.pk)),
        ("sk".to_owned(), text(&key.sk)),
    ])
}

/// The key that an item stands under.
pub fn key_of(item: &Item) -> Option<Key> {
    Some(Key {
        pk: item.get("pk")?.as_s().ok()?.clone(),
        sk: item.get("sk")?.as_s().ok()?.clone(),
    })
}

/// What became of an update that has a condition.
pub(crate) enum Updated {
    /// It was done; with the attributes that the update asks for.
    Done(Option<Item>),
    /// The condition does not hold for the item, which is told if the update asks for it and it is there.
    Refused(Option<Item>),
}

/// Names a failure: a lost race is `Conflict`, what is worth repeating later `Unavailable`, anything else a fault of ours.
pub(crate) fn failure<E, R>(operation: &str, error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let code = error.code().unwrap_or_default().to_owned();
    // A transaction holds the item at this moment; the SDK does not ask again.
    if code == "TransactionConflictException" {
        return Error::Conflict;
    }
    let message = error.message().unwrap_or_default().to_owned();
    let kind = match &error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch failure",
        SdkError::ResponseError(_) => "unreadable response",
        _ => "service error",
    };
    let fault = format!("{operation}: {kind} {code} {message}");
    if is_passing(&error, &code) {
        meter::note(|totals| totals.fault = Some(fault));
        return Error::Unavailable;
    }
    Error::Internal(fault)
}

/// Whether a request that failed so may succeed later.
fn is_passing<E, R>(error: &SdkError<E, R>, code: &str) -> bool {
    // What says no code is no word of the table's, but an answer that was cut on its way.
    let garbled = matches!(error, SdkError::ServiceError(_)) && code.is_empty();
    garbled
        || matches!(
            error,
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_)
        )
        || matches!(
            code,
            "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
                | "InternalServerError"
                | "ServiceUnavailable"
                | "TransactionInProgressException"
        )
}

/// Rows of a query, and whether more follow.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The rows.
    pub items: Vec<Item>,
    /// More rows follow the last one.
    pub more: bool,
}

/// What a query is to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Select {
    Rows,
    Count,
}

/// One answer to a query.
#[derive(Debug, Default)]
struct QueryPage {
    items: Vec<Item>,
    count: usize,
}

/// The query, of the partition of a range and between its bounds.
fn bounded(query: QueryFluentBuilder, range: &Range) -> QueryFluentBuilder {
    let partition = range.index.map_or("pk", |index| index.attributes().0);
    let (low, high) = range.bounds();
    let condition = match (low, high) {
        (Some(_), Some(_)) => "#p = :p AND #s BETWEEN :low AND :high",
        (Some(_), None) => "#p = :p AND #s >= :low",
        (None, Some(_)) => "#p = :p AND #s <= :high",
        (None, None) => "#p = :p",
    };
    let mut query = query
        .key_condition_expression(condition)
        .expression_attribute_names("#p", partition)
        .expression_attribute_values(":p", text(&range.partition));
    // A name that the condition does not use is refused.
    if low.is_some() || high.is_some() {
        query = query.expression_attribute_names("#s", range.sort_key());
    }
    if let Some(low) = low {
        query = query.expression_attribute_values(":low", text(low));
    }
    if let Some(high) = high {
        query = query.expression_attribute_values(":high", text(high));
    }
    query
}

impl Table {
    /// The table that the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let config = env.aws("AWS_ENDPOINT_URL_DYNAMODB")?;
        Ok(Self {
            client: Client::new(&config),
            name: env.var("TABLE_NAME")?.to_owned(),
            entropy: env.entropy.clone(),
        })
    }

    /// Waits a random part of a doubling interval (full jitter), so that those who collided do not meet again.
    pub(crate) async fn back_off(&self, attempt: u32) {
        let ceiling = 20_u64.saturating_mul(1 << attempt.min(5));
        let wait = u64::from(u32::from_be_bytes(self.entropy.bytes())) % ceiling.max(1);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    /// The items under `keys`, strongly consistent or not; what is not there is left out. Fails if any key stays
    /// unprocessed: a missing answer must never read as a missing item.
    pub async fn get_many(
        &self,
        keys: &[Key],
        consistent: bool,
    ) -> Result<HashMap<Key, Item>, Error> {
        // A batch that names a key twice is refused.
        let mut distinct = keys.to_vec();
        distinct.sort();
        distinct.dedup();
        let batches = distinct
            .chunks(BATCH)
            .map(|batch| self.get_batch(batch, consistent));
        let mut found = HashMap::new();
        for batch in futures_util::future::try_join_all(batches).await? {
            found.extend(batch);
        }
        Ok(found)
    }

    async fn get_batch(&self, keys: &[Key], consistent: bool) -> Result<HashMap<Key, Item>, Error> {
        let mut wanted: Vec<Item> = keys.iter().map(key_attributes).collect();
        let mut found = HashMap::new();
        for attempt in 0..3 {
            let answer = self.get_some(wanted, consistent).await?;
            for item in answer
                .responses
                .into_iter()
                .flat_map(|mut tables| tables.remove(&self.name))
                .flatten()
            {
                if let Some(key) = key_of(&item) {
                    found.insert(key, item);
                }
            }
            let left = answer
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(&self.name));
            wanted = left.map(|left| left.keys).unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
            self.back_off(attempt).await;
        }
        Err(Error::Unavailable)
    }

    /// One request for a batch of keys. It may leave some of them unprocessed, and says which.
    async fn get_some(
        &self,
        keys: Vec<Item>,
        consistent: bool,
    ) -> Result<BatchGetItemOutput, Error> {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(consistent)
            .build();
        let request = request.map_err(|error| Error::Internal(error.to_string()))?;
        let trip = Request::begin("BatchGetItem");
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.name, request)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            // Boxed: the SDK\'s futures are deep, and those that await them deeper.
            .boxed()
            .await
            .map_err(|error| failure("BatchGetItem", error))?;
        trip.read(answer.consumed_capacity());
        Ok(answer)
    }

    /// One item, strongly consistent.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        Ok(self
            .get_many(std::slice::from_ref(key), true)
            .await?
            .remove(key))
    }

    /// How many rows a range has, no more than its limit, and whether there are more. It costs what the rows would.
    pub async fn count(&self, range: &Range) -> Result<(usize, bool), Error> {
        let (mut count, mut start) = (0, None);
        loop {
            let asked = range.limit + 1 - count;
            let (rows, last) = self.query_page(range, asked, start, Select::Count).await?;
            count += rows.count;
            if count > range.limit || last.is_none() {
                return Ok((count.min(range.limit), count > range.limit));
            }
            start = last;
        }
    }

    /// The rows of a range, page after page until there are enough.
    pub async fn query(&self, range: &Range) -> Result<Rows, Error> {
        // One more than wanted tells whether more follow; another makes up for the row that `after` names.
        let enough = range.limit + 1;
        let mut rows = Rows::default();
        let mut start = None;
        loop {
            let asked = enough - rows.items.len() + usize::from(range.after.is_some());
            let (page, last) = self.query_page(range, asked, start, Select::Rows).await?;
            let sort = range.sort_key();
            let named = |item: &Item| {
                item.get(sort).and_then(|value| value.as_s().ok()) == range.after.as_ref()
            };
            rows.items.extend(
                page.items
                    .into_iter()
                    .filter(|item| range.after.is_none() || !named(item)),
            );
            if rows.items.len() >= enough || last.is_none() {
                rows.more = rows.items.len() > range.limit;
                rows.items.truncate(range.limit);
                return Ok(rows);
            }
            start = last;
        }
    }

    async fn query_page(
        &self,
        range: &Range,
        limit: usize,
        start: Option<Item>,
        select: Select,
    ) -> Result<(QueryPage, Option<Item>), Error> {
        if let (Some(low), Some(high)) = range.bounds()
            && low > high
        {
            // Nothing stands between such bounds, and the table refuses to look.
            return Ok((QueryPage::default(), None));
        }
        let trip = Request::begin("Query");
        let answer = self
            .ask(range, limit, start, select)
            .send()
            // Boxed: the SDK\'s futures are deep, and those that await them deeper.
            .boxed()
            .await
            .map_err(|error| failure("Query", error))?;
        trip.read(answer.consumed_capacity());
        let last = answer
            .last_evaluated_key()
            .filter(|key| !key.is_empty())
            .cloned();
        let count = usize::try_from(answer.count).unwrap_or_default();
        Ok((
            QueryPage {
                items: answer.items.unwrap_or_default(),
                count,
            },
            last,
        ))
    }

    /// The query for one page of a range: no more than `limit` rows, behind the key `start`.
    fn ask(
        &self,
        range: &Range,
        limit: usize,
        start: Option<Item>,
        select: Select,
    ) -> QueryFluentBuilder {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(range.index.map(|index| index.name().to_owned()))
            .scan_index_forward(range.forward)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            // The indexes cannot be read consistently; the table itself always is.
            .consistent_read(range.index.is_none())
            .set_exclusive_start_key(start)
            .set_select((select == Select::Count).then_some(aws_sdk_dynamodb::types::Select::Count))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        bounded(query, range)
    }

    /// An update of an item, to be completed and sent by [`Table::update_if`].
    pub(crate) fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
    }

    /// Sends an update that has a condition. If that does not hold nothing is changed; the item as it is comes back if
    /// the update asks for it.
    pub(crate) async fn update_if(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> Result<Updated, Error> {
        let request = Request::begin("UpdateItem");
        let error = match update.send().boxed().await {
            Ok(answer) => {
                request.wrote(answer.consumed_capacity());
                return Ok(Updated::Done(answer.attributes));
            }
            Err(error) => error,
        };
        let there = match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                refusal.item().cloned()
            }
            _ => return Err(failure("UpdateItem", error)),
        };
        request.refused();
        Ok(Updated::Refused(there))
    }

    /// Adds to a number of an item, making the item if it is not there, and tells the sum. A lost answer makes the
    /// SDK repeat it, so this is only for numbers where one too many does no harm.
    pub async fn add(
        &self,
        key: &Key,
        attribute: &str,
        amount: u64,
        expires: Option<i64>,
    ) -> Result<u64, Error> {
        let trip = Request::begin("UpdateItem");
        let mut update = self
            .update(key)
            .expression_attribute_names("#n", attribute)
            .expression_attribute_values(":n", int(amount))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::UpdatedNew);
        update = match expires {
            None => update.update_expression("ADD #n :n"),
            Some(expires) => update
                .update_expression("SET #t = :t ADD #n :n")
                .expression_attribute_names("#t", "ttl")
                .expression_attribute_values(":t", int(expires)),
        };
        let answer = update
            .send()
            // Boxed: the SDK\'s futures are deep, and those that await them deeper.
            .boxed()
            .await
            .map_err(|error| failure("UpdateItem", error))?;
        trip.wrote(answer.consumed_capacity());
        let sum = answer
            .attributes()
            .and_then(|item| item.get(attribute))
            .and_then(|value| value.as_n().ok());
        sum.and_then(|sum| sum.parse().ok())
            .ok_or_else(|| Error::Internal("a counter without a number".to_owned()))
    }
}
