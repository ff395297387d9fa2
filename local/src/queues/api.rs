//! SQS's JSON protocol: one operation per `X-Amz-Target`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Message, Outgoing, QueueError, Queues, Sent, md5};
use crate::{ACCOUNT, REGION};

type Answer = Result<Value, QueueError>;

impl Queues {
    /// Answers one call.
    // In one piece: a match with one arm for each operation that is served.
    pub async fn answer(&self, operation: &str, body: &Value, urls: &str) -> Answer {
        if operation == "GetQueueUrl" {
            let name = text(body, "QueueName").unwrap_or_default();
            return self
                .queue(&name)
                .map(|_| json!({ "QueueUrl": format!("{urls}/{name}") }));
        }
        let url = text(body, "QueueUrl").unwrap_or_default();
        let queue = url.rsplit('/').next().unwrap_or_default();
        match operation {
            "SendMessage" => self.send_one(queue, body),
            "SendMessageBatch" => self.batch(body, |entry| self.send_one(queue, entry)),
            "ReceiveMessage" => self.receive_call(queue, body).await,
            "DeleteMessage" => self.delete_one(queue, body),
            "DeleteMessageBatch" => self.batch(body, |entry| self.delete_one(queue, entry)),
            "ChangeMessageVisibility" => self.hide_one(queue, body),
            "ChangeMessageVisibilityBatch" => self.batch(body, |entry| self.hide_one(queue, entry)),
            "GetQueueAttributes" => self.attributes(queue, body),
            other => Err(QueueError::new(
                "UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation;Sender",
                format!("the local cloud does not serve {other}"),
            )),
        }
    }

    fn send_one(&self, queue: &str, entry: &Value) -> Answer {
        let message = Outgoing {
            body: text(entry, "MessageBody").unwrap_or_default(),
            attributes: entry["MessageAttributes"].clone(),
            delay: seconds(entry, "DelaySeconds"),
            group: text(entry, "MessageGroupId"),
            deduplication: text(entry, "MessageDeduplicationId"),
        };
        let Sent { id, number } = self.send(queue, &message)?;
        let mut answer =
            json!({ "MessageId": id, "MD5OfMessageBody": md5(message.body.as_bytes()) });
        if let Some(digest) = attributes_md5(&message.attributes) {
            answer["MD5OfMessageAttributes"] = digest.into();
        }
        if self.queue(queue)?.fifo {
            answer["SequenceNumber"] = sequence(number).into();
        }
        Ok(answer)
    }

    async fn receive_call(&self, queue: &str, body: &Value) -> Answer {
        let max = body["MaxNumberOfMessages"].as_u64().unwrap_or(1);
        if !(1..=10).contains(&max) {
            return Err(QueueError::invalid(
                "MaxNumberOfMessages must be between 1 and 10",
            ));
        }
        let wait = seconds(body, "WaitTimeSeconds").unwrap_or_default();
        let messages = self
            .wait(
                queue,
                max as usize,
                seconds(body, "VisibilityTimeout"),
                wait,
            )
            .await?;
        let messages: Vec<Value> = messages
            .iter()
            .map(|message| message.to_json(self.queues[queue].fifo))
            .collect();
        Ok(if messages.is_empty() {
            json!({})
        } else {
            json!({ "Messages": messages })
        })
    }

    fn delete_one(&self, queue: &str, entry: &Value) -> Answer {
        self.delete(queue, &text(entry, "ReceiptHandle").unwrap_or_default())
            .map(|()| json!({}))
    }

    fn hide_one(&self, queue: &str, entry: &Value) -> Answer {
        let visibility =
            seconds(entry, "VisibilityTimeout").filter(|time| time.as_secs() <= 43_200);
        let visibility = visibility
            .ok_or_else(|| QueueError::invalid("VisibilityTimeout must be 0 to 43200"))?;
        self.hide(
            queue,
            &text(entry, "ReceiptHandle").unwrap_or_default(),
            visibility,
        )
        .map(|()| json!({}))
    }

    /// Every entry on its own: one that fails does not keep the others back.
    fn batch(&self, body: &Value, one: impl Fn(&Value) -> Answer) -> Answer {
        let entries = body["Entries"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        check_batch(entries)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            match one(entry) {
                Ok(mut answer) => {
                    answer["Id"] = entry["Id"].clone();
                    successful.push(answer);
                }
                // The queue is everybody's, so its absence is the whole call's failure.
                Err(error) if error == QueueError::no_queue() => return Err(error),
                Err(error) => {
                    let sender = error.query.ends_with(";Sender");
                    failed.push(json!({
                        "Id": entry["Id"], "Code": error.shape, "Message": error.message, "SenderFault": sender,
                    }));
                }
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }

    fn attributes(&self, name: &str, body: &Value) -> Answer {
        let mut all = self.all_attributes(name)?;
        let wanted = body["AttributeNames"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        all.retain(|name, _| {
            wanted
                .iter()
                .any(|wanted| wanted == "All" || wanted == name)
        });
        Ok(json!({ "Attributes": all }))
    }

    fn all_attributes(&self, name: &str) -> Result<BTreeMap<&'static str, String>, QueueError> {
        let queue = self.queue(name)?;
        let counts = self.counts(name)?;
        let mut all = BTreeMap::from([
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                counts.in_flight.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesDelayed",
                counts.delayed.to_string(),
            ),
            ("VisibilityTimeout", queue.visibility.as_secs().to_string()),
            (
                "MessageRetentionPeriod",
                queue.retention.as_secs().to_string(),
            ),
            ("DelaySeconds", queue.delay.as_secs().to_string()),
            ("QueueArn", format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")),
        ]);
        if queue.fifo {
            all.insert("FifoQueue", "true".to_owned());
            all.insert(
                "ContentBasedDeduplication",
                queue.content_deduplication.to_string(),
            );
        }
        if let Some(redrive) = &queue.redrive {
            all.insert(
                "RedrivePolicy",
                redrive_policy(&redrive.queue, redrive.max_receives).to_string(),
            );
        }
        Ok(all)
    }
}

impl Message {
    /// The system attributes, as SQS and Lambda events carry them.
    pub fn system_attributes(&self, fifo: bool) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |name: &str, value: String| drop(all.insert(name.to_owned(), value.into()));
        put("ApproximateReceiveCount", self.receives.to_string());
        put(
            "ApproximateFirstReceiveTimestamp",
            self.first_received.to_string(),
        );
        put("SentTimestamp", self.sent.to_string());
        put("SenderId", "AROALOCAL:local".to_owned());
        if let Some(group) = &self.group {
            put("MessageGroupId", group.clone());
        }
        if fifo {
            put("SequenceNumber", sequence(self.number));
            put(
                "MessageDeduplicationId",
                self.deduplication.clone().unwrap_or_default(),
            );
        }
        all
    }

    fn to_json(&self, fifo: bool) -> Value {
        let mut message = json!({
            "MessageId": self.id,
            "ReceiptHandle": self.receipt,
            "Body": self.body,
            "MD5OfBody": md5(self.body.as_bytes()),
            "Attributes": self.system_attributes(fifo),
        });
        if let Some(digest) = attributes_md5(&self.attributes) {
            message["MessageAttributes"] = self.attributes.clone();
            message["MD5OfMessageAttributes"] = digest.into();
        }
        message
    }
}

fn redrive_policy(queue: &str, max_receives: u32) -> Value {
    let target = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}");
    json!({ "deadLetterTargetArn": target, "maxReceiveCount": max_receives })
}

/// Refuses a batch that SQS takes no entry of.
fn check_batch(entries: &[Value]) -> Result<(), QueueError> {
    let ids: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| entry["Id"].as_str())
        .collect();
    let refused = |shape, query, why: &str| Err(QueueError::new(shape, query, why));
    match entries.len() {
        0 => refused(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest;Sender",
            "There are no entries.",
        ),
        11.. => refused(
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender",
            "Maximum number of entries per request are 10.",
        ),
        count if count != ids.len() => refused(
            "BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender",
            "Ids are not distinct.",
        ),
        _ => Ok(()),
    }
}

fn text(body: &Value, name: &str) -> Option<String> {
    body[name].as_str().map(str::to_owned)
}

fn seconds(body: &Value, name: &str) -> Option<Duration> {
    body[name].as_u64().map(Duration::from_secs)
}

/// A FIFO message's sequence number: twenty digits, growing.
fn sequence(number: i64) -> String {
    format!("{:020}", 18_850_000_000_000_000_000_u128 + number as u128)
}

/// SQS's digest of message attributes: by name, each part with its length before it, and a byte for its kind.
fn attributes_md5(attributes: &Value) -> Option<String> {
    let attributes: BTreeMap<&String, &Value> = attributes
        .as_object()
        .filter(|all| !all.is_empty())?
        .iter()
        .collect();
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        let kind = attribute["DataType"].as_str().unwrap_or_default();
        put_part(&mut bytes, name.as_bytes());
        put_part(&mut bytes, kind.as_bytes());
        put_value(&mut bytes, attribute);
    }
    Some(md5(&bytes))
}

fn put_value(bytes: &mut Vec<u8>, attribute: &Value) {
    match (
        attribute["StringValue"].as_str(),
        attribute["BinaryValue"].as_str(),
    ) {
        (Some(text), _) => {
            bytes.push(1);
            put_part(bytes, text.as_bytes());
        }
        (None, binary) => {
            bytes.push(2);
            let decoded = data_encoding::BASE64.decode(binary.unwrap_or_default().as_bytes());
            put_part(bytes, &decoded.unwrap_or_default());
        }
    }
}

fn put_part(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u32).to_be_bytes());
    bytes.extend(part);
}
