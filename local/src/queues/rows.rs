//! The table of messages: what is sent, what is due, what was seen before.

use runtime::env::Entropy;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Message, Moment, Outgoing, QueueError, Sent, millis};
use crate::template::Queue;

/// How long a FIFO queue remembers a deduplication id, in milliseconds.
const DEDUPLICATION: i64 = 300_000;

/// The deduplication id that counts: given, or the body's hash where the queue is set so. Only for FIFO queues.
pub(super) fn deduplication(
    queue: &Queue,
    message: &Outgoing,
) -> Result<Option<String>, QueueError> {
    if !queue.fifo {
        return Ok(None);
    }
    if message.group.is_none() {
        let text = "The request must contain the parameter MessageGroupId.";
        return Err(QueueError::new(
            "MissingParameter",
            "MissingParameter;Sender",
            text,
        ));
    }
    match &message.deduplication {
        Some(id) => Ok(Some(id.clone())),
        None if queue.content_deduplication => {
            let digest =
                aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, message.body.as_bytes());
            Ok(Some(data_encoding::HEXLOWER.encode(digest.as_ref())))
        }
        None => Err(QueueError::invalid(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )),
    }
}

/// What stands for a message among those that were seen: a queue may know its deduplication ids by group.
pub(super) fn known_as(queue: &Queue, message: &Outgoing, id: &str) -> String {
    match &message.group {
        Some(group) if queue.deduplication_by_group => format!("{group}\n{id}"),
        _ => id.to_owned(),
    }
}

pub(super) fn find_duplicate(
    connection: &Connection,
    queue: &str,
    id: &str,
    now: i64,
) -> rusqlite::Result<Option<Sent>> {
    let sql = "DELETE FROM deduplication WHERE queue = ?1 AND id = ?2 AND at < ?3";
    connection
        .prepare_cached(sql)?
        .execute(params![queue, id, now - DEDUPLICATION])?;
    let sql = "SELECT message, number FROM deduplication WHERE queue = ?1 AND id = ?2";
    let read = |row: &Row| {
        Ok(Sent {
            id: row.get(0)?,
            number: row.get(1)?,
        })
    };
    connection
        .query_row(sql, params![queue, id], read)
        .optional()
}

pub(super) fn insert(
    connection: &Connection,
    queue: &Queue,
    message: &Outgoing,
    attributes: &str,
    deduplication: Option<&str>,
    Moment { now, later }: Moment,
) -> rusqlite::Result<Sent> {
    let id = uuid::Uuid::from_bytes(Entropy::system().bytes()).to_string();
    let delay = message.delay.unwrap_or(queue.delay);
    let ready = if delay.is_zero() {
        0
    } else {
        later + millis(delay)
    };
    let sql = "INSERT INTO message (queue, id, body, attributes, group_id, deduplication, sent, visible, ready)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)";
    let values = params![
        queue.name,
        id,
        message.body,
        attributes,
        message.group,
        deduplication,
        now,
        ready
    ];
    connection.execute(sql, values)?;
    let number = connection.last_insert_rowid();
    if let Some(named) = deduplication {
        let known = known_as(queue, message, named);
        let sql = "INSERT INTO deduplication (queue, id, message, number, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        connection.execute(sql, params![queue.name, known, id, number, now])?;
    }
    Ok(Sent { id, number })
}

/// Forgets messages older than the queue keeps them; the oldest come first, so a few at a time are enough.
pub(super) fn expire(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<usize> {
    let sql =
        "DELETE FROM message WHERE number IN (SELECT number FROM message WHERE queue = ?1 ORDER BY number LIMIT 10)
               AND sent < ?2";
    connection
        .prepare_cached(sql)?
        .execute(params![queue.name, now - millis(queue.retention)])
}

/// Moves what has been received too often to the dead letters.
pub(super) fn bury(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<()> {
    if let Some(redrive) = &queue.redrive {
        let sql = "UPDATE message SET queue = ?2, visible = ?4, receipt = NULL, receives = 0, dead_letter_of = ?1
                   WHERE queue = ?1 AND visible <= ?4 AND receives >= ?3";
        let values = params![queue.name, redrive.queue, redrive.max_receives, now];
        connection.execute(sql, values)?;
    }
    Ok(())
}

/// The messages that may be received now, in order.
pub(super) fn due(
    connection: &Connection,
    queue: &Queue,
    moment: Moment,
    max: usize,
) -> rusqlite::Result<Vec<Message>> {
    let Moment { now, later } = moment;
    if !queue.fifo {
        let sql = format!(
            "{COLUMNS} WHERE queue = ?1 AND visible <= ?2 AND ready <= ?3 ORDER BY number LIMIT ?4"
        );
        return messages(
            connection,
            &sql,
            moment,
            params![queue.name, now, later, max as i64],
        );
    }
    let mut found: Vec<Message> = vec![];
    for group in free_groups(connection, queue, now)? {
        let sql = format!("{COLUMNS} WHERE queue = ?1 AND group_id = ?2 ORDER BY number LIMIT ?3");
        let first = messages(
            connection,
            &sql,
            moment,
            params![queue.name, group, (max - found.len()) as i64],
        )?;
        // What still rests keeps back what is behind it.
        found.extend(first.into_iter().take_while(|message| message.is_due));
        if found.len() >= max {
            break;
        }
    }
    Ok(found)
}

/// The FIFO groups of which no message is being worked on, the one that waits longest first.
fn free_groups(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<Vec<String>> {
    let sql = "WITH RECURSIVE groups(name) AS (
                   SELECT MIN(group_id) FROM message WHERE queue = ?1 AND group_id IS NOT NULL
                   UNION ALL SELECT (SELECT MIN(group_id) FROM message WHERE queue = ?1 AND group_id > groups.name)
                   FROM groups WHERE groups.name IS NOT NULL)
               SELECT name FROM groups WHERE name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message
                   WHERE queue = ?1 AND group_id = groups.name AND receipt IS NOT NULL AND visible > ?2)
               ORDER BY (SELECT MIN(number) FROM message WHERE queue = ?1 AND group_id = groups.name)";
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_map(params![queue.name, now], |row| row.get(0))?
        .collect()
}

const COLUMNS: &str =
    "SELECT number, id, body, attributes, group_id, deduplication, sent, receives, first_received,
    visible, ready FROM message";

fn messages(
    connection: &Connection,
    sql: &str,
    moment: Moment,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_map(values, |row| message(row, moment))?
        .collect()
}

/// A row of `COLUMNS` as a message; its receipt comes when it is received.
fn message(row: &Row, Moment { now, later }: Moment) -> rusqlite::Result<Message> {
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
        is_due: row.get::<_, i64>(9)? <= now && row.get::<_, i64>(10)? <= later,
    })
}

/// Whether no message waits and none is being worked on; what is delayed does not count.
pub(super) fn is_idle(
    connection: &Connection,
    queue: &str,
    Moment { now, later }: Moment,
) -> rusqlite::Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND visible <= ?2 AND ready <= ?3)
               AND NOT EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND receipt IS NOT NULL)";
    connection
        .prepare_cached(sql)?
        .query_row(params![queue, now, later], |row| row.get(0))
}
