//! What follows from a change: the table's stream in, work for other functions out.
//!
//! [`mail`] says which changes are worth a mail, `app::feed` to whose feeds an event goes; [`replay`] does all that again
//! for records that were given up. Everything is known by the change it comes from, so it
//! does no harm that a batch is delivered again.

pub mod mail;
pub mod replay;

use std::pin::Pin;

use app::feed::FeedJob;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::Error;
use queue::{Message, Queue};
use runtime::env::{Env, MissingVariable};
use serde::{Deserialize, Serialize};
use store::feed::stream::{Change, Happened, StreamKinds};
use store::table::Table;

use crate::replay::{Failures, Replayed};

/// A batch under way.
pub type Work = Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send>>;

/// What the function is called with.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Input {
    /// Records that were given up, by the key of the object in which they are kept.
    Replay {
        /// The key.
        replay: String,
    },
    /// A batch of stream records.
    Stream(Event),
}

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Which records of the batch must come again.
    Stream(DynamoDbEventResponse),
    /// What was done again.
    Replay(Replayed),
}

/// Where what follows goes.
#[derive(Clone)]
pub struct Fanout {
    kinds: StreamKinds,
    table: Table,
    mail: Queue,
    security_mail: Queue,
    feed: Queue,
    failures: Failures,
}

/// The function: takes a batch of stream records, answers which of them must come again.
///
/// # Errors
/// When the environment lacks the table, a queue, the bucket or the way to AWS.
pub fn worker(
    env: Env,
) -> Result<impl Fn(Input) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let fanout = Fanout {
        kinds: kinds::all(),
        table: Table::new(&env)?,
        mail: Queue::new(&env, "MAIL_QUEUE_URL")?,
        security_mail: Queue::new(&env, "SECURITY_MAIL_QUEUE_URL")?,
        feed: Queue::new(&env, "FEED_QUEUE_URL")?,
        failures: Failures::new(&env)?,
    };
    Ok(move |input: Input| -> Work {
        let fanout = fanout.clone();
        Box::pin(async move {
            Ok(match input {
                Input::Stream(event) => Outcome::Stream(fanout.take(event).await),
                Input::Replay { replay } => Outcome::Replay(fanout.replay(&replay).await?),
            })
        })
    })
}

impl Fanout {
    /// Takes up a batch. Lambda delivers everything behind the first failure once more, so nothing behind it is begun.
    async fn take(&self, event: Event) -> DynamoDbEventResponse {
        let numbers: Vec<String> = event
            .records
            .iter()
            .map(|record| record.change.sequence_number.clone().unwrap_or_default())
            .collect();
        let done = self.follow(event.records, true).await;
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = numbers
            .into_iter()
            .nth(done)
            .map(failure)
            .into_iter()
            .collect();
        response
    }

    /// Sends what follows from records, in order; how many are done, from the first. Those that cannot be read are put
    /// away one by one where that is wanted: else Lambda would give up all that came with them too.
    async fn follow(&self, records: Vec<EventRecord>, put_away: bool) -> usize {
        let changes = self.changes(records, put_away).await;
        let Ok(mails) = mails(&changes).inspect_err(|error| {
            tracing::warn!(%error, "mails cannot be written down");
        }) else {
            return 0;
        };
        let count = changes.len();
        let (mailed, secured) = tokio::join!(
            send(&self.mail, mails.ordinary, count),
            send(&self.security_mail, mails.security, count),
        );
        let mailed = mailed.min(secured);
        // What stands before the first mail that was not taken counts as done, so its events must be sent too.
        let changes = changes.get(..mailed).unwrap_or_default();
        match self.events(changes).await {
            Ok(messages) => send(&self.feed, messages, mailed).await,
            Err(error) => {
                tracing::warn!(%error, "events cannot be sent to their feeds");
                0
            }
        }
    }

    /// The changes that records tell, up to the first that cannot be read and is not put away.
    async fn changes(&self, records: Vec<EventRecord>, put_away: bool) -> Vec<Option<Change>> {
        let read: Vec<_> = records
            .iter()
            .map(|record| read(&self.kinds, record))
            .collect();
        // If none can be read it is the function that is wrong, and the stream waits for another.
        let put_away = put_away && read.iter().any(Result::is_ok);
        let mut changes = vec![];
        for (record, change) in records.into_iter().zip(read) {
            match change {
                Ok(change) => changes.push(change),
                Err(_) if put_away && self.failures.put_away(record).await => changes.push(None),
                Err(_) => break,
            }
        }
        changes
    }

    /// Messages for the feeds, each with the place of its change.
    async fn events(
        &self,
        changes: &[Option<Change>],
    ) -> Result<Vec<(usize, Message)>, domain::Error> {
        let happened = changes.iter().enumerate().filter_map(|(place, change)| {
            let happened = change.as_ref()?.happened.as_ref()?;
            Some((place, happened))
        });
        let (places, happened): (Vec<usize>, Vec<&Happened>) = happened.unzip();
        let jobs = app::feed::jobs(&self.table, &happened).await?;
        let placed = places
            .into_iter()
            .zip(jobs)
            .flat_map(|(place, jobs)| jobs.into_iter().map(move |job| (place, job)));
        let message =
            |job: &FeedJob| Ok(Message::new(job)?.in_group(job.group(), job.deduplication()));
        placed
            .map(|(place, job)| Ok((place, message(&job)?)))
            .collect()
    }
}

/// The mails that follow from changes, each with the place of its change, by their queues.
#[derive(Default)]
struct Mails {
    ordinary: Vec<(usize, Message)>,
    security: Vec<(usize, Message)>,
}

fn mails(changes: &[Option<Change>]) -> Result<Mails, domain::Error> {
    let mut mails = Mails::default();
    for (place, change) in changes.iter().enumerate() {
        for job in change.as_ref().map(mail::jobs).unwrap_or_default() {
            let queue = match job.is_security() {
                true => &mut mails.security,
                false => &mut mails.ordinary,
            };
            queue.push((place, Message::new(&job)?));
        }
    }
    Ok(mails)
}

/// Sends messages, each with the place of its record; how many records are done, from the first.
async fn send(queue: &Queue, messages: Vec<(usize, Message)>, records: usize) -> usize {
    let (places, messages): (Vec<usize>, Vec<Message>) = messages.into_iter().unzip();
    match queue.send(&messages).await {
        Ok(()) => records,
        Err(first) => places.get(first).copied().unwrap_or(0),
    }
}

/// Names a record that must come again, by its sequence number.
fn failure(sequence: String) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = Some(sequence);
    failure
}

/// The change that a record tells, if any.
fn read(kinds: &StreamKinds, record: &EventRecord) -> Result<Option<Change>, domain::Error> {
    let (old, new) = (&record.change.old_image, &record.change.new_image);
    Change::read(kinds, &record.event_id, old.clone(), new.clone())
        // The error would quote the item.
        .inspect_err(|_| {
            tracing::error!(event = record.event_id, "a stream record cannot be read");
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_cannot_be_read_fails_alone() {
        let text = include_str!("../../../events/fanout.stream.json")
            .replace("\"verify_email\"", "\"nonsense\"");
        let event: Event = serde_json::from_str(&text).unwrap();
        let read: Vec<_> = event
            .records
            .into_iter()
            .map(|record| read(&kinds::all(), &record))
            .collect();
        assert!(read[0].is_err());
        assert!(read[1..].iter().all(Result::is_ok));
    }

    #[test]
    fn a_batch_and_the_wish_to_repeat_one_are_told_apart() {
        let batch =
            serde_json::from_str(include_str!("../../../events/fanout.stream.json")).unwrap();
        assert!(matches!(batch, Input::Stream(event) if !event.records.is_empty()));
        let replay = serde_json::from_str(r#"{"replay": "aws/lambda/x"}"#).unwrap();
        assert!(matches!(replay, Input::Replay { replay } if replay == "aws/lambda/x"));
    }
}
