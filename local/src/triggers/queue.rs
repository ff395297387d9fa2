//! Queues into functions, with Lambda's rules for batches, concurrency and partial failures.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::{Triggers, failed_items, filter};
use crate::functions::Outcome;
use crate::net::{Stop, stopped};
use crate::queues::{Message, md5};
use crate::template::QueueTrigger;
use crate::{ACCOUNT, REGION};

/// How long one look at the queue waits for a message.
const POLL: Duration = Duration::from_secs(20);
/// How long a message rests after its first failure, doubled each time, where nobody waits for the whole visibility timeout
/// to pass as on AWS.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Reads one queue for one function; clones share the work.
#[derive(Clone)]
pub(super) struct Pump {
    pub triggers: Triggers,
    pub function: String,
    pub trigger: QueueTrigger,
}

impl Pump {
    pub async fn run(self, stop: Stop) {
        let permits = Arc::new(Semaphore::new(self.trigger.concurrency));
        loop {
            let Ok(permit) = permits.clone().acquire_owned().await else {
                return;
            };
            let batch = self.triggers.batch(self.trigger.batch);
            let messages = tokio::select! {
                messages = self.triggers.queues.wait(&self.trigger.queue, batch, None, POLL) => messages,
                () = stopped(stop.clone()) => return,
            };
            match messages {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let own = self.clone();
                    tokio::spawn(async move {
                        own.deliver(messages).await;
                        drop(permit);
                    });
                }
                Err(why) => {
                    tracing::error!(
                        why = why.message,
                        queue = self.trigger.queue,
                        "the queue cannot be read"
                    );
                    tokio::time::sleep(LONGEST_PAUSE).await;
                }
            }
        }
    }

    /// Calls the function; what it took is deleted, what failed comes back after a pause.
    async fn deliver(&self, messages: Vec<Message>) {
        let _busy = self.triggers.busy();
        let wanted =
            |message: &Message| filter::passes(&self.trigger.filters, &for_filter(message));
        // What no pattern wants is used up without a call.
        let (wanted, unwanted): (Vec<_>, Vec<_>) = messages.into_iter().partition(wanted);
        unwanted.iter().for_each(|message| self.delete(message));
        if wanted.is_empty() {
            return;
        }
        let records: Vec<Value> = wanted
            .iter()
            .map(|message| record(&self.trigger.queue, message))
            .collect();
        let outcome = self
            .triggers
            .functions
            .invoke(&self.function, json!({ "Records": records }))
            .await;
        let failed = self.failed(&wanted, &outcome);
        for message in &wanted {
            match failed.contains(&message.id.as_str()) {
                true => self.give_back(message),
                false => self.delete(message),
            }
        }
    }

    /// The ids of the messages that the function did not take.
    fn failed<'a>(&self, messages: &'a [Message], outcome: &'a Outcome) -> Vec<&'a str> {
        let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        match outcome {
            Ok(answer) if self.trigger.partial => match failed_items(answer) {
                // An identifier that is not of this batch fails the whole batch.
                Some(failed) if failed.iter().any(|id| !ids.contains(id)) => ids,
                Some(failed) => failed,
                None => Vec::new(),
            },
            Ok(_) => Vec::new(),
            Err(why) => {
                tracing::warn!(
                    function = self.function,
                    why,
                    messages = ids.len(),
                    "messages failed"
                );
                ids
            }
        }
    }

    fn delete(&self, message: &Message) {
        if let Err(why) = self
            .triggers
            .queues
            .delete(&self.trigger.queue, &message.receipt)
        {
            tracing::error!(why = why.message, "a message cannot be deleted");
        }
    }

    fn give_back(&self, message: &Message) {
        if self.triggers.patient {
            return;
        }
        let pause =
            LONGEST_PAUSE.min(PAUSE * 2_u32.saturating_pow(message.receives.saturating_sub(1)));
        // It may have become visible by itself if the function took too long: then there is nothing to do.
        let _ = self
            .triggers
            .queues
            .hide(&self.trigger.queue, &message.receipt, pause);
    }
}

/// The message as `FilterCriteria` see it: the body is looked into if it is JSON.
fn for_filter(message: &Message) -> Value {
    let body: Value =
        serde_json::from_str(&message.body).unwrap_or_else(|_| message.body.clone().into());
    json!({ "messageId": message.id, "body": body })
}

/// The message as Lambda hands it over.
fn record(queue: &str, message: &Message) -> Value {
    let attributes: Map<String, Value> = message
        .attributes
        .as_object()
        .into_iter()
        .flatten()
        .map(attribute)
        .collect();
    json!({
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": message.system_attributes(queue.ends_with(".fifo")),
        "messageAttributes": attributes,
        "md5OfBody": md5(message.body.as_bytes()),
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"),
        "awsRegion": REGION,
    })
}

/// SQS begins the fields of an attribute with a capital letter, Lambda with a small one.
fn attribute((name, value): (&String, &Value)) -> (String, Value) {
    let mut converted =
        json!({ "dataType": value["DataType"], "stringListValues": [], "binaryListValues": [] });
    for (from, to) in [
        ("StringValue", "stringValue"),
        ("BinaryValue", "binaryValue"),
    ] {
        if let Some(content) = value.get(from) {
            converted[to] = content.clone();
        }
    }
    (name.clone(), converted)
}
