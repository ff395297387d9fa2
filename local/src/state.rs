//! The small things that outlive a restart: queues, mailbox, secrets and how far each trigger has read.
//!
//! One SQLite file in the data directory; in memory when the cloud is ephemeral.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message (
        number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
        attributes TEXT NOT NULL, group_id TEXT, deduplication TEXT, sent INTEGER NOT NULL, visible INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0, first_received INTEGER, receipt TEXT, dead_letter_of TEXT,
        ready INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX IF NOT EXISTS message_due ON message(queue, visible);
    CREATE INDEX IF NOT EXISTS message_order ON message(queue, number);
    CREATE INDEX IF NOT EXISTS message_group ON message(queue, group_id, number) WHERE group_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS message_taken ON message(queue, group_id, visible) WHERE receipt IS NOT NULL;
    CREATE TABLE IF NOT EXISTS deduplication (
        queue TEXT NOT NULL, id TEXT NOT NULL, message TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (queue, id)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mail (number INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS phone (
        arn TEXT PRIMARY KEY, application TEXT NOT NULL, token TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1,
        UNIQUE (application, token));
    CREATE TABLE IF NOT EXISTS published (number INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;";

/// The store of the small things; clones share it.
#[derive(Clone)]
pub(crate) struct State {
    connection: Arc<Mutex<Connection>>,
}

impl State {
    /// Opens the file at `path`, or memory.
    pub fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute_batch(SCHEMA)?;
        // A file of an earlier release has no delays.
        if connection.prepare("SELECT ready FROM message").is_err() {
            connection
                .execute_batch("ALTER TABLE message ADD COLUMN ready INTEGER NOT NULL DEFAULT 0")?;
        }
        // Whoever had received these is gone with the last process.
        connection.execute(
            "UPDATE message SET visible = sent, receipt = NULL WHERE receipt IS NOT NULL",
            [],
        )?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// The connection, for one short piece of work.
    pub fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic between two statements leaves SQLite's state whole: a transaction rolls back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A value kept by name.
    pub fn kept(&self, name: &str) -> rusqlite::Result<Option<String>> {
        self.lock()
            .query_row("SELECT value FROM kept WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .optional()
    }

    /// Keeps a value by name.
    pub fn keep(&self, name: &str, value: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO kept VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
        self.lock().execute(sql, params![name, value]).map(drop)
    }
}
