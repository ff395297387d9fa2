//! DynamoDB with Streams and TTL: dynoxide in this process, in a file or in memory.
//!
//! dynoxide looks through a table's whole stream history at every write, and never trims it. In a file, a second
//! connection adds the index that makes both a search, and trims what is older than the 24 hours of AWS.

mod shape;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::{decode_shard_iterator, encode_shard_iterator};
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use runtime::env::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::net::{Stop, stopped};
use crate::template::Table;
use crate::{ACCOUNT, REGION};

const INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS local_sr1 ON _stream_records(table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS local_sr2 ON _stream_records(table_name, shard_id, CAST(sequence_number AS INTEGER));";

/// The newest record of each table stays: the next sequence number is counted from it.
const TRIM: &str = "DELETE FROM _stream_records WHERE created_at < unixepoch() - 86400
    AND id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name)";

/// How often expired rows are looked for.
const SWEEP: Duration = Duration::from_secs(1);
/// How many sweeps there are between two trims of the streams.
const SWEEPS_PER_TRIM: u32 = 600;

/// What stood in place of a table that was to be created.
pub(crate) enum Found {
    /// Nothing; it was created.
    Nothing,
    /// One as the template wants it.
    Alike,
    /// One of another shape: what differs.
    Differing(String),
}

/// The tables; clones share them.
#[derive(Clone)]
pub(crate) struct Dynamo {
    database: Database,
    maintenance: Option<Arc<Mutex<rusqlite::Connection>>>,
}

/// A part of a stream.
pub(crate) struct Page {
    /// Records as Lambda gets them.
    pub records: Vec<Value>,
    /// Where to go on.
    pub position: i64,
}

/// The clock of a cloud in memory, so that TTL follows the tests' time.
struct TableClock(Clock);

impl dynoxide::storage_backend::Clock for TableClock {
    fn now_unix_secs(&self) -> u64 {
        self.0.now().as_second().max(0) as u64
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().as_millisecond() as f64 / 1e3
    }
}

impl Dynamo {
    /// Opens the file at `path`, or memory with its own clock.
    pub fn open(path: Option<&Path>, clock: Clock) -> Result<Self, String> {
        let Some(path) = path else {
            let database = Database::memory_with_clock(Arc::new(TableClock(clock)))
                .map_err(|why| why.to_string())?;
            return Ok(Self {
                database,
                maintenance: None,
            });
        };
        let open = || -> Result<Self, Box<dyn std::error::Error>> {
            let database = Database::new(&path.to_string_lossy())?;
            // Leaving bulk loading sets `synchronous = NORMAL`: no fsync per commit, and a killed process loses nothing.
            database.enable_bulk_loading()?;
            database.disable_bulk_loading()?;
            let connection = rusqlite::Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch(INDEXES)?;
            connection.execute(TRIM, [])?;
            Ok(Self {
                database,
                maintenance: Some(Arc::new(Mutex::new(connection))),
            })
        };
        open().map_err(|why| why.to_string())
    }

    /// Creates the table unless it is there; an error tells what is wrong with the template's.
    pub fn create(&self, table: &Table) -> Result<Found, String> {
        if let Some(why) = shape::refusal(&table.definition) {
            return Err(why);
        }
        let known = self.database.describe_table(DescribeTableRequest {
            table_name: table.name.clone(),
        });
        if let Ok(known) = known {
            let known = serde_json::to_value(known.table).map_err(|why| why.to_string())?;
            return Ok(
                shape::difference(&known, &table.definition).map_or(Found::Alike, Found::Differing)
            );
        }
        let request: CreateTableRequest = serde_json::from_value(table.definition.clone())
            .map_err(|why| why.to_string().replace("VALIDATION:", ""))?;
        self.database
            .create_table(request)
            .map_err(|why| why.to_string())?;
        if let Some(attribute) = &table.ttl {
            self.enable_ttl(&table.name, attribute)?;
        }
        Ok(Found::Nothing)
    }

    fn enable_ttl(&self, table: &str, attribute: &str) -> Result<(), String> {
        let specification = json!({ "AttributeName": attribute, "Enabled": true });
        let request = json!({ "TableName": table, "TimeToLiveSpecification": specification });
        let request: UpdateTimeToLiveRequest =
            serde_json::from_value(request).map_err(|why| why.to_string())?;
        self.database
            .update_time_to_live(request)
            .map(drop)
            .map_err(|why| why.to_string())
    }

    /// Answers the SDK until told to stop.
    pub async fn serve(self, listener: TcpListener, stop: Stop) {
        if let Err(why) =
            dynoxide::server::serve_with_shutdown(listener, self.database, stopped(stop)).await
        {
            tracing::error!(why, "the local DynamoDB has stopped");
        }
    }

    /// Up to `limit` records of the table's stream after `position` (0 is the beginning). Blocks for microseconds.
    pub fn records(&self, table: &str, position: i64, limit: usize) -> Result<Page, String> {
        let iterator = encode_shard_iterator(table, &dynoxide::streams::shard_id(table), position);
        let request = GetRecordsRequest {
            shard_iterator: iterator,
            limit: Some(limit),
        };
        let answer = self
            .database
            .get_records(request)
            .map_err(|why| why.to_string())?;
        let next = answer
            .next_shard_iterator
            .as_deref()
            .and_then(decode_shard_iterator);
        let records = answer
            .records
            .iter()
            .map(|record| lambda_record(table, record))
            .collect();
        Ok(Page {
            records,
            position: next.map_or(position, |(_, _, position)| position),
        })
    }

    /// Deletes expired rows and trims the streams, from time to time until told to stop.
    pub async fn maintain(self, sweep_ttl: bool, stop: Stop) {
        let mut stopping = std::pin::pin!(stopped(stop));
        for round in 1_u32.. {
            tokio::select! {
                () = tokio::time::sleep(SWEEP) => {}
                () = &mut stopping => return,
            }
            let own = self.clone();
            let work = tokio::task::spawn_blocking(move || {
                own.clean(sweep_ttl, round % SWEEPS_PER_TRIM == 0)
            })
            .await;
            if let Ok(Err(why)) = work {
                tracing::warn!(why, "cleaning the table failed");
            }
        }
    }

    fn clean(&self, sweep_ttl: bool, trim: bool) -> Result<(), String> {
        if sweep_ttl {
            self.database.sweep_ttl().map_err(|why| why.to_string())?;
        }
        if let Some(connection) = self.maintenance.as_ref().filter(|_| trim) {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            connection
                .execute(TRIM, [])
                .map_err(|why| why.to_string())?;
        }
        Ok(())
    }
}

/// A stream record in the form in which Lambda gets it.
fn lambda_record(table: &str, record: &impl serde::Serialize) -> Value {
    let mut record = serde_json::to_value(record).unwrap_or_default();
    record["awsRegion"] = REGION.into();
    record["eventSourceARN"] = stream_arn(table).into();
    record
}

/// The ARN of a table's stream.
pub(crate) fn stream_arn(table: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/local")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What dynoxide asks at every write and at every read of the stream.
    const QUESTIONS: [&str; 2] = [
        "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'x'",
        "SELECT event_name FROM _stream_records WHERE table_name = 'x' AND shard_id = 'y'
         AND CAST(sequence_number AS INTEGER) > 5 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 10",
    ];

    #[test]
    fn the_stream_is_searched_by_index() {
        let directory = crate::directory::TemporaryDirectory::new().unwrap();
        let dynamo =
            Dynamo::open(Some(&directory.path().join("table.db")), Clock::system()).unwrap();
        let connection = dynamo.maintenance.as_ref().unwrap().lock().unwrap();
        for question in QUESTIONS {
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
                .unwrap();
            let plan: Vec<String> = statement
                .query_map([], |row| row.get(3))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert!(
                plan[0].starts_with("SEARCH") && plan[0].contains("INDEX local_sr"),
                "{plan:?}"
            );
            assert!(
                !plan.iter().any(|step| step.contains("TEMP B-TREE")),
                "{plan:?}"
            );
        }
    }
}
