//! SQS's JSON protocol: one operation per `X-Amz-Target`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Message, Outgoing, QueueError, Queues, Sent, md5};
use crate::{ACCOUNT, REGION};

type Answer = Result<Value, QueueError>;

impl Queues {
    /// Answers one call.
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
        let ids: BTreeMap<String, ()> = entries
            .iter()
            .filter_map(|entry| text(entry, "Id"))
            .map(|id| (id, ()))
            .collect();
        let refused = |shape, query, why: &str| Err(QueueError::new(shape, query, why));
        match entries.len() {
            0 => {
                return refused(
                    "EmptyBatchRequest",
                    "AWS.SimpleQueueService.EmptyBatchRequest;Sender",
                    "There are no entries.",
                );
            }
            11.. => {
                let query = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender";
                return refused(
                    "TooManyEntriesInBatchRequest",
                    query,
                    "Maximum number of entries per request are 10.",
                );
            }
            count if count != ids.len() => {
                let query = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender";
                return refused("BatchEntryIdsNotDistinct", query, "Ids are not distinct.");
            }
            _ => {}
        }
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
            let target = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", redrive.queue);
            let policy =
                json!({ "deadLetterTargetArn": target, "maxReceiveCount": redrive.max_receives });
            all.insert("RedrivePolicy", policy.to_string());
        }
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
    let part = |bytes: &mut Vec<u8>, part: &[u8]| {
        bytes.extend((part.len() as u32).to_be_bytes());
        bytes.extend(part);
    };
    for (name, attribute) in attributes {
        part(&mut bytes, name.as_bytes());
        part(
            &mut bytes,
            attribute["DataType"]
                .as_str()
                .unwrap_or_default()
                .as_bytes(),
        );
        match (
            attribute["StringValue"].as_str(),
            attribute["BinaryValue"].as_str(),
        ) {
            (Some(text), _) => {
                bytes.push(1);
                part(&mut bytes, text.as_bytes());
            }
            (None, binary) => {
                bytes.push(2);
                let decoded = data_encoding::BASE64.decode(binary.unwrap_or_default().as_bytes());
                part(&mut bytes, &decoded.unwrap_or_default());
            }
        }
    }
    Some(md5(&bytes))
}
