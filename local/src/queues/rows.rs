//! The table of messages: what is sent, what is due, what was seen before.

use runtime::env::Entropy;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Message, Outgoing, QueueError, Sent, millis};
use crate::template::Queue;

/// How long a FIFO queue remembers a deduplication id, in milliseconds.
const DEDUPLICATION: i64 = 300_000;

/// The deduplication id that counts: given, or the body's hash where the queue is set so. Only for FIFO queues.
pub(super) fn deduplication(queue: &Queue, message: &Outgoing) -> Result<Option<String>, QueueError> {
    if !queue.fifo {
        return Ok(None);
    }
    if message.group.is_none() {
        let text = "The request must contain the parameter MessageGroupId.";
        return Err(QueueError::new("MissingParameter", "MissingParameter;Sender", text));
    }
    match &message.deduplication {
        Some(id) => Ok(Some(id.clone())),
        None if queue.content_deduplication => {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, message.body.as_bytes());
            Ok(Some(data_encoding::HEXLOWER.encode(digest.as_ref())))
        }
        None => Err(QueueError::invalid(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )),
    }
}

pub(super) fn find_duplicate(
    connection: &Connection,
    queue: &str,
    id: &str,
    now: i64,
) -> rusqlite::Result<Option<Sent>> {
    connection.execute("DELETE FROM deduplication WHERE at < ?1", [now - DEDUPLICATION])?;
    let sql = "SELECT message, number FROM deduplication WHERE queue = ?1 AND id = ?2";
    let read = |row: &Row| Ok(Sent { id: row.get(0)?, number: row.get(1)? });
    connection.query_row(sql, params![queue, id], read).optional()
}

pub(super) fn insert(
    connection: &Connection,
    queue: &Queue,
    message: &Outgoing,
    attributes: &str,
    deduplication: Option<&str>,
    now: i64,
) -> rusqlite::Result<Sent> {
    let id = uuid::Uuid::from_bytes(Entropy::system().bytes()).to_string();
    let visible = now + millis(message.delay.unwrap_or(queue.delay));
    let sql = "INSERT INTO message (queue, id, body, attributes, group_id, deduplication, sent, visible)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = params![queue.name, id, message.body, attributes, message.group, deduplication, now, visible];
    connection.execute(sql, values)?;
    let number = connection.last_insert_rowid();
    if let Some(known) = deduplication {
        let sql = "INSERT INTO deduplication (queue, id, message, number, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        connection.execute(sql, params![queue.name, known, id, number, now])?;
    }
    Ok(Sent { id, number })
}

/// Forgets messages older than the queue keeps them.
pub(super) fn expire(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM message WHERE queue = ?1 AND sent < ?2";
    connection.execute(sql, params![queue.name, now - millis(queue.retention)])
}

/// The messages that may be received now, in order. A FIFO group waits while an earlier one of it is hidden.
pub(super) fn due(connection: &Connection, queue: &Queue, now: i64, max: usize) -> rusqlite::Result<Vec<Message>> {
    let sql =
        "SELECT number, id, body, attributes, group_id, deduplication, sent, receives, first_received FROM message m
               WHERE queue = ?1 AND visible <= ?2 AND (NOT ?3 OR NOT EXISTS (SELECT 1 FROM message e
                   WHERE e.queue = m.queue AND e.group_id = m.group_id AND e.number < m.number AND e.visible > ?2))
               ORDER BY number LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row| {
        Ok(Message {
            number: row.get(0)?,
            id: row.get(1)?,
            receipt: String::new(),
            body: row.get(2)?,
            attributes: serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default(),
            group: row.get(4)?,
            deduplication: row.get(5)?,
            sent: row.get(6)?,
            receives: row.get(7)?,
            first_received: row.get::<_, Option<i64>>(8)?.unwrap_or(now),
        })
    };
    statement.query_map(params![queue.name, now, queue.fifo, max as i64], read)?.collect()
}
