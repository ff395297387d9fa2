//! Messages to other functions, through queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::Error;
use jiff::Timestamp;
use runtime::env::{Env, MissingVariable};
use serde::Serialize;

/// The most messages that one call takes.
const BATCH: usize = 10;
/// The longest delay that SQS knows, in seconds.
const LONGEST_DELAY: i64 = 900;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    body: String,
    ordered: Option<(String, String)>,
    delay: Option<i32>,
}

impl Message {
    /// A message that says this, as JSON.
    ///
    /// # Errors
    /// `Internal` if it cannot be said in JSON.
    pub fn new<T: Serialize>(value: &T) -> Result<Self, Error> {
        let body =
            serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self {
            body,
            ordered: None,
            delay: None,
        })
    }

    /// The same for a FIFO queue: messages of a group stay in order, and one of this name is taken once in five
    /// minutes. Both at most 128 letters, digits and marks.
    pub fn in_group(self, group: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            ordered: Some((group.into(), name.into())),
            ..self
        }
    }

    /// The same, not to be received before this moment, as far as the queue can wait: a quarter of an hour. Whoever
    /// receives it too early puts it back. Not for FIFO queues.
    pub fn not_before(self, moment: Option<Timestamp>, now: Timestamp) -> Self {
        let rest = moment.map_or(0, |moment| moment.as_millisecond() - now.as_millisecond());
        Self {
            delay: (rest > 0).then(|| ((rest + 999) / 1000).min(LONGEST_DELAY) as i32),
            ..self
        }
    }

    fn entry(&self, place: usize) -> Result<SendMessageBatchRequestEntry, BuildError> {
        let (group, name) = self.ordered.clone().unzip();
        SendMessageBatchRequestEntry::builder()
            .id(place.to_string())
            .message_body(&self.body)
            .set_message_group_id(group)
            .set_message_deduplication_id(name)
            .set_delay_seconds(self.delay)
            .build()
    }
}

/// A queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue whose URL stands in this variable.
    ///
    /// # Errors
    /// When the environment lacks it, or the way to AWS.
    pub fn new(env: &Env, variable: &'static str) -> Result<Self, MissingVariable> {
        Ok(Self {
            client: Client::new(&env.aws("AWS_ENDPOINT_URL_SQS")?),
            url: env.var(variable)?.to_owned(),
        })
    }

    /// Sends messages in their order. After a failure nothing more is sent.
    ///
    /// # Errors
    /// The place of the first message that was not taken. Some behind it may have been.
    pub async fn send(&self, messages: &[Message]) -> Result<(), usize> {
        for (turn, batch) in messages.chunks(BATCH).enumerate() {
            self.send_batch(batch)
                .await
                .map_err(|place| turn * BATCH + place)?;
        }
        Ok(())
    }

    async fn send_batch(&self, batch: &[Message]) -> Result<(), usize> {
        let entries: Result<Vec<_>, _> = batch
            .iter()
            .enumerate()
            .map(|(place, message)| message.entry(place))
            .collect();
        let entries = entries.map_err(|error| {
            tracing::error!(%error, "a message cannot be written");
            0_usize
        })?;
        let answer = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await;
        let answer = answer.map_err(|error| {
            tracing::warn!(%error, "a queue does not answer");
            0_usize
        })?;
        for failure in answer.failed() {
            tracing::warn!(code = failure.code(), "a queue has refused a message");
        }
        let first = answer
            .failed()
            .iter()
            .map(|failure| failure.id().parse().unwrap_or(0))
            .min();
        first.map_or(Ok(()), Err)
    }
}
