//! Walking the whole table, for jobs that look after it.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `SYS#JOBS` | `<job>` | how far a job of the scheduler has come |

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use domain::Error;
use domain::feed::event::Source;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::key::{Key, key};
use crate::record::{Place, Record};
use crate::table::{Item, Request, Table, failure, key_attributes, key_of};

/// How far the jobs of the scheduler have come; one for each.
pub fn job(name: &str) -> Key {
    key("SYS#JOBS".to_owned(), name)
}

/// How far a walk has come that is made once a day, in several goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRound {
    /// The job.
    pub name: String,
    /// The day on which it began (UTC).
    pub day: Date,
    /// Behind which item to go on; none at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<(String, String)>,
    /// It has come to the end.
    pub finished: bool,
}

impl ScanRound {
    /// The beginning of a day's walk.
    pub fn new(name: &str, day: Date) -> Self {
        Self {
            name: name.to_owned(),
            day,
            behind: None,
            finished: false,
        }
    }

    /// The walk after a page that ended at this key; none was the last.
    pub fn at(&self, last: Option<Key>) -> Self {
        let finished = last.is_none();
        Self {
            behind: last.map(|key| (key.pk, key.sk)),
            finished,
            ..self.clone()
        }
    }
}

impl Record for ScanRound {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(job(&self.name))
    }
}

impl Table {
    /// The next items whose changes are events, out of at most `limit` that are looked at, and the key behind which to
    /// go on; none at the end.
    pub async fn scan_events(
        &self,
        walk: &ScanRound,
        limit: i32,
    ) -> Result<(Vec<Item>, Option<Key>), Error> {
        let behind = walk.behind.as_ref().map(|(pk, sk)| {
            key_attributes(&Key {
                pk: pk.clone(),
                sk: sk.clone(),
            })
        });
        let request = Request::begin("Scan");
        let answer = self
            .client
            .scan()
            .table_name(&self.name)
            .filter_expression("attribute_exists(ev)")
            .set_exclusive_start_key(behind)
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            .await
            .map_err(|error| failure("Scan", error))?;
        request.read(answer.consumed_capacity());
        let last = answer.last_evaluated_key().and_then(key_of);
        Ok((answer.items.unwrap_or_default(), last))
    }
}
