//! What the local cloud serves, as the template describes it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::TemplateError;

/// Everything in the template that the local cloud serves.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub queues: Vec<Queue>,
    pub buckets: Vec<Bucket>,
    pub secrets: Vec<Secret>,
    pub api: Option<Api>,
    pub live: Option<LiveApi>,
}

/// A Lambda function.
#[derive(Debug)]
pub(crate) struct Function {
    /// The logical id, which is its name on this cloud too.
    pub id: String,
    /// The crate that serves it: the last part of `CodeUri: target/lambda/<crate>`.
    pub name: String,
    pub variables: BTreeMap<String, String>,
    pub timeout: Duration,
    pub triggers: Vec<Trigger>,
}

/// What calls a function besides the API.
#[derive(Debug)]
pub(crate) enum Trigger {
    Stream(StreamTrigger),
    Queue(QueueTrigger),
    Schedule(ScheduleTrigger),
}

/// A mapping from a table's stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamTrigger {
    pub id: String,
    pub table: String,
    pub batch: usize,
    /// Patterns of which one must match; empty lets everything through.
    pub filters: Vec<Value>,
    pub partial: bool,
    pub bisect: bool,
    /// Retries after the first attempt; `None` goes on for ever.
    pub retries: Option<u32>,
    pub on_failure: Option<Destination>,
}

/// Where records go that no attempt could bring in.
#[derive(Clone, Debug)]
pub(crate) enum Destination {
    Bucket(String),
    Queue(String),
}

/// A mapping from a queue.
#[derive(Clone, Debug)]
pub(crate) struct QueueTrigger {
    pub queue: String,
    pub batch: usize,
    pub concurrency: usize,
    pub filters: Vec<Value>,
    pub partial: bool,
}

/// A schedule.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleTrigger {
    pub id: String,
    pub schedule: Schedule,
    /// `ScheduleV2`: EventBridge Scheduler instead of an EventBridge rule.
    pub scheduler: bool,
    pub input: Option<String>,
}

/// When a schedule fires.
#[derive(Clone, Debug)]
pub(crate) enum Schedule {
    Rate(Duration),
    Cron(Box<croner::Cron>),
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub name: String,
    /// The body of `CreateTable`.
    pub definition: Value,
    pub ttl: Option<String>,
}

/// A queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub name: String,
    pub fifo: bool,
    pub content_deduplication: bool,
    /// A deduplication id counts in its group only.
    pub deduplication_by_group: bool,
    pub visibility: Duration,
    pub retention: Duration,
    pub delay: Duration,
    pub redrive: Option<Redrive>,
}

/// When a message goes to the dead letters.
#[derive(Clone, Debug)]
pub(crate) struct Redrive {
    pub queue: String,
    pub max_receives: u32,
}

/// A bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub name: String,
    pub cors: Option<Cors>,
    pub expiries: Vec<Expiry>,
}

/// A lifecycle rule that deletes objects.
#[derive(Clone, Debug)]
pub(crate) struct Expiry {
    /// What the keys of the objects begin with.
    pub prefix: String,
    pub after: SignedDuration,
}

/// A secret.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub name: String,
    pub arn: String,
    /// A value that stands in the template; `None` generates one.
    pub value: Option<String>,
    pub length: usize,
    pub punctuation: bool,
}

/// The HTTP API.
#[derive(Debug, Default)]
pub(crate) struct Api {
    pub routes: Vec<Route>,
    pub cors: Option<Cors>,
}

/// A route of the HTTP API.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// An upper-case method, or `None` for any.
    pub method: Option<String>,
    /// The path, or `$default`.
    pub path: String,
    /// The logical id of the function.
    pub function: String,
}

/// The WebSocket API.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveApi {
    /// The stage, which is the path it answers under.
    pub stage: String,
    /// The logical ids of the functions by those of the integrations.
    pub integrations: BTreeMap<String, String>,
    /// What is called, by route key.
    pub routes: BTreeMap<String, LiveRoute>,
}

/// A route of the WebSocket API.
#[derive(Clone, Debug)]
pub(crate) struct LiveRoute {
    /// The logical id of its integration.
    pub integration: String,
    /// Whether what the function answers goes to the client.
    pub answers: bool,
}

/// The API's CORS configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cors {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub credentials: bool,
    pub max_age: Option<i64>,
}

impl Template {
    /// Every name that one part uses must be there.
    pub(super) fn check(&self) -> Result<(), TemplateError> {
        self.check_routes()?;
        self.check_redrives()?;
        self.functions.iter().try_for_each(|function| {
            function
                .triggers
                .iter()
                .try_for_each(|trigger| self.check_trigger(function, trigger))
        })
    }

    fn check_routes(&self) -> Result<(), TemplateError> {
        for route in self.api.iter().flat_map(|api| &api.routes) {
            if !self
                .functions
                .iter()
                .any(|function| function.id == route.function)
            {
                return missing(&route.path, format!("the function {}", route.function));
            }
        }
        Ok(())
    }

    fn check_redrives(&self) -> Result<(), TemplateError> {
        for own in &self.queues {
            if let Some(redrive) = own
                .redrive
                .as_ref()
                .filter(|redrive| !self.has_queue(&redrive.queue))
            {
                return missing(
                    &own.name,
                    format!("the dead-letter queue {}", redrive.queue),
                );
            }
        }
        Ok(())
    }

    fn check_trigger(&self, function: &Function, trigger: &Trigger) -> Result<(), TemplateError> {
        match trigger {
            Trigger::Queue(from) if !self.has_queue(&from.queue) => {
                missing(&function.id, format!("the queue {}", from.queue))
            }
            Trigger::Stream(from) if !self.tables.iter().any(|table| table.name == from.table) => {
                missing(&function.id, format!("the table {}", from.table))
            }
            _ => Ok(()),
        }
    }

    fn has_queue(&self, name: &str) -> bool {
        self.queues.iter().any(|queue| queue.name == name)
    }
}

fn missing(place: &str, what: String) -> Result<(), TemplateError> {
    Err(TemplateError::new(
        place,
        format!("{what} is not in the template"),
    ))
}
