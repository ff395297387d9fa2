//! SQS: queues with visibility timeouts, delays, redrive, FIFO groups and deduplication.
//!
//! `api` is the wire, `rows` the table of messages; the queue triggers use this directly.

mod api;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use md5::{Digest, Md5};
use runtime::env::Clock;
use rusqlite::{Row, params};
use serde_json::Value;
use tokio::sync::Notify;

use crate::state::State;
use crate::template::Queue;
use rows::{bury, deduplication, due, expire, find_duplicate, insert, is_idle, known_as};

/// How often one who waits looks whether a delay is over: nobody rings when the time of the cloud is moved.
const LOOK: Duration = Duration::from_millis(100);
/// The largest message, in bytes of body and attributes.
const LARGEST: usize = 1024 * 1024;

/// The queues of the template; clones share them.
#[derive(Clone)]
pub(crate) struct Queues {
    state: State,
    queues: Arc<BTreeMap<String, Queue>>,
    /// Rung whenever a message of a queue may have become receivable.
    bells: Arc<BTreeMap<String, Notify>>,
    clock: Clock,
    /// The time of the cloud, by which delays run: tests move it. Everything else has to do with work that is under way,
    /// and that takes the time that it takes.
    later: Clock,
}

/// What a caller did wrong, in SQS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueError {
    /// The shape's name in the JSON protocol.
    pub shape: &'static str,
    /// The code of the older query protocol, by which the SDK knows the error.
    pub query: &'static str,
    pub message: String,
}

/// A message to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub body: String,
    /// `{name: {DataType, StringValue | BinaryValue}}`, or null.
    pub attributes: Value,
    pub delay: Option<Duration>,
    pub group: Option<String>,
    pub deduplication: Option<String>,
}

/// What is known of a sent message.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub id: String,
    pub number: i64,
}

/// A received message; times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub number: i64,
    pub id: String,
    pub receipt: String,
    pub body: String,
    pub attributes: Value,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    pub sent: i64,
    pub receives: u32,
    pub first_received: i64,
    /// It is neither hidden nor delayed.
    pub is_due: bool,
}

/// This moment by both clocks, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Moment {
    now: i64,
    /// By the clock of delays.
    later: i64,
}

/// How many messages of a queue are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

impl QueueError {
    fn new(shape: &'static str, query: &'static str, message: impl Into<String>) -> Self {
        Self {
            shape,
            query,
            message: message.into(),
        }
    }

    pub fn no_queue() -> Self {
        let message = "The specified queue does not exist.";
        Self::new(
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue;Sender",
            message,
        )
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(
            "InvalidParameterValueException",
            "InvalidParameterValue;Sender",
            message,
        )
    }

    fn receipt() -> Self {
        let message = "The input receipt handle is invalid.";
        Self::new(
            "ReceiptHandleIsInvalid",
            "ReceiptHandleIsInvalid;Sender",
            message,
        )
    }
}

impl From<rusqlite::Error> for QueueError {
    fn from(why: rusqlite::Error) -> Self {
        Self::new(
            "InternalFailure",
            "InternalFailure;Receiver",
            why.to_string(),
        )
    }
}

impl Queues {
    pub fn new(state: State, queues: &[Queue]) -> Self {
        let bells = queues
            .iter()
            .map(|queue| (queue.name.clone(), Notify::new()))
            .collect();
        let queues = queues
            .iter()
            .map(|queue| (queue.name.clone(), queue.clone()))
            .collect();
        Self {
            state,
            queues: Arc::new(queues),
            bells: Arc::new(bells),
            clock: Clock::system(),
            later: Clock::system(),
        }
    }

    /// The same, with delays that run by another clock.
    pub fn delayed_by(self, clock: Clock) -> Self {
        Self {
            later: clock,
            ..self
        }
    }

    fn queue(&self, name: &str) -> Result<&Queue, QueueError> {
        self.queues.get(name).ok_or_else(QueueError::no_queue)
    }

    fn bell(&self, name: &str) -> Result<&Notify, QueueError> {
        self.bells.get(name).ok_or_else(QueueError::no_queue)
    }

    fn ring(&self, name: &str) {
        if let Some(bell) = self.bells.get(name) {
            bell.notify_waiters();
        }
    }

    fn now(&self) -> Moment {
        Moment {
            now: self.clock.now().as_millisecond(),
            later: self.later.now().as_millisecond(),
        }
    }

    /// Sends a message; one that a FIFO queue has seen in the last five minutes is answered as before.
    pub fn send(&self, name: &str, message: &Outgoing) -> Result<Sent, QueueError> {
        let queue = self.queue(name)?;
        let attributes = serde_json::to_string(&message.attributes).unwrap_or_default();
        check_size(message, &attributes)?;
        let deduplication = deduplication(queue, message)?;
        let now = self.now();
        let sent = {
            let mut connection = self.state.lock();
            let transaction = connection.transaction()?;
            let known = match &deduplication {
                Some(id) => {
                    find_duplicate(&transaction, name, &known_as(queue, message, id), now.now)?
                }
                None => None,
            };
            let sent = match known {
                Some(sent) => sent,
                None => insert(
                    &transaction,
                    queue,
                    message,
                    &attributes,
                    deduplication.as_deref(),
                    now,
                )?,
            };
            transaction.commit()?;
            sent
        };
        self.ring(name);
        Ok(sent)
    }

    /// Takes up to `max` messages, hiding them for `visibility` (the queue's own if `None`). What has been received too
    /// often goes to the dead letters instead.
    pub fn receive(
        &self,
        name: &str,
        max: usize,
        visibility: Option<Duration>,
    ) -> Result<Vec<Message>, QueueError> {
        let queue = self.queue(name)?;
        let moment = self.now();
        let now = moment.now;
        let until = now + millis(visibility.unwrap_or(queue.visibility));
        let mut connection = self.state.lock();
        let transaction = connection.transaction()?;
        expire(&transaction, queue, now)?;
        bury(&transaction, queue, now)?;
        let mut messages = due(&transaction, queue, moment, max)?;
        for message in &mut messages {
            message.receives += 1;
            message.receipt = format!("{}.{}", message.number, message.receives);
            let sql = "UPDATE message SET visible = ?2, receives = ?3, receipt = ?4, first_received = ?5 WHERE number = ?1";
            let values = params![
                message.number,
                until,
                message.receives,
                message.receipt,
                message.first_received
            ];
            transaction.execute(sql, values)?;
        }
        transaction.commit()?;
        Ok(messages)
    }

    /// As [`Self::receive`], waiting up to `wait` for a first message.
    pub async fn wait(
        &self,
        name: &str,
        max: usize,
        visibility: Option<Duration>,
        wait: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        let end = tokio::time::Instant::now() + wait;
        loop {
            let mut ring = std::pin::pin!(self.bell(name)?.notified());
            // Listening begins before the read: a ring during the read would be lost otherwise.
            ring.as_mut().enable();
            let messages = self.receive(name, max, visibility)?;
            if !messages.is_empty() || tokio::time::Instant::now() >= end {
                return Ok(messages);
            }
            let due = self
                .next_due(name)?
                .map(|due| tokio::time::Instant::now() + due)
                .unwrap_or(end);
            tokio::select! {
                () = ring => {}
                () = tokio::time::sleep_until(due.min(end)) => {}
            }
        }
    }

    /// How long until the next hidden message shows, if one is hidden.
    fn next_due(&self, name: &str) -> Result<Option<Duration>, QueueError> {
        let sql =
            "SELECT MIN(visible) FILTER (WHERE visible > ?2), MIN(ready) FILTER (WHERE ready > ?3)
                   FROM message WHERE queue = ?1";
        let Moment { now, later } = self.now();
        let read = |row: &Row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?));
        let (shown, ready) = self
            .state
            .lock()
            .query_row(sql, params![name, now, later], read)?;
        let wait = |until: i64, now: i64| Duration::from_millis((until - now).max(1) as u64);
        let ready = ready.map(|ready| wait(ready, later).min(LOOK));
        Ok(shown
            .map(|shown| wait(shown, now))
            .into_iter()
            .chain(ready)
            .min())
    }

    /// Deletes a received message; a receipt that a later receive has replaced deletes nothing.
    pub fn delete(&self, name: &str, receipt: &str) -> Result<(), QueueError> {
        let number = self.number_of(name, receipt)?;
        let sql = "DELETE FROM message WHERE queue = ?1 AND number = ?2 AND receipt = ?3";
        self.state
            .lock()
            .execute(sql, params![name, number, receipt])?;
        // The next of a FIFO group may go now.
        self.ring(name);
        Ok(())
    }

    /// Hides a received message for `visibility` from now on.
    pub fn hide(&self, name: &str, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        let number = self.number_of(name, receipt)?;
        let now = self.now().now;
        let sql = "UPDATE message SET visible = ?4 WHERE queue = ?1 AND number = ?2 AND receipt = ?3 AND visible > ?5";
        let values = params![name, number, receipt, now + millis(visibility), now];
        let changed = self.state.lock().execute(sql, values)?;
        self.ring(name);
        match changed {
            0 => Err(QueueError::new(
                "MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight;Sender",
                "The message is not in flight.",
            )),
            _ => Ok(()),
        }
    }

    fn number_of(&self, name: &str, receipt: &str) -> Result<i64, QueueError> {
        self.queue(name)?;
        receipt
            .split_once('.')
            .and_then(|(number, _)| number.parse().ok())
            .ok_or_else(QueueError::receipt)
    }

    /// Whether nothing waits in the queue and nothing of it is being worked on; what is delayed does not count.
    pub fn is_idle(&self, name: &str) -> Result<bool, QueueError> {
        Ok(is_idle(&self.state.lock(), name, self.now())?)
    }

    /// How many messages the queue holds, by state.
    pub fn counts(&self, name: &str) -> Result<Counts, QueueError> {
        self.queue(name)?;
        let sql = "SELECT COUNT(*) FILTER (WHERE visible <= ?2 AND ready <= ?3),
                   COUNT(*) FILTER (WHERE visible > ?2 AND receipt IS NOT NULL),
                   COUNT(*) FILTER (WHERE ready > ?3 OR visible > ?2 AND receipt IS NULL) FROM message WHERE queue = ?1";
        let Moment { now, later } = self.now();
        let read = |row: &Row| {
            Ok(Counts {
                visible: row.get(0)?,
                in_flight: row.get(1)?,
                delayed: row.get(2)?,
            })
        };
        Ok(self
            .state
            .lock()
            .query_row(sql, params![name, now, later], read)?)
    }
}

fn check_size(message: &Outgoing, attributes: &str) -> Result<(), QueueError> {
    if message.body.is_empty() {
        return Err(QueueError::new(
            "MissingParameter",
            "MissingParameter;Sender",
            "MessageBody is missing",
        ));
    }
    if message.body.len() + attributes.len() > LARGEST {
        return Err(QueueError::invalid(
            "Message must be shorter than 1048576 bytes.",
        ));
    }
    Ok(())
}

/// The MD5 digest that SQS answers, in hexadecimal digits.
pub(crate) fn md5(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Md5::digest(bytes))
}

fn millis(duration: Duration) -> i64 {
    duration.as_millis() as i64
}
