//! The cloud as a whole.

mod places;
mod start;

use std::collections::BTreeMap;
use std::fs::File;
use std::time::Duration;

use runtime::env::Env;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::directory::TemporaryDirectory;
use crate::functions::{Functions, Registry, registry};
use crate::mail::{Mail, Mailbox};
use crate::options::{Options, StartError};
use crate::phones::{Phones, Published};
use crate::triggers::Triggers;
use crate::wire::{Call, Faults, Wire};

/// How long [`Cloud::settle`] waits at most.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(2);
/// How long stopping may take.
const GRACE: Duration = Duration::from_secs(2);

/// A running local cloud. It stops when it is dropped; [`Cloud::stop`] also lets open requests end.
pub struct Cloud {
    url: String,
    endpoints: Endpoints,
    table: String,
    environment: BTreeMap<String, String>,
    mailbox: Mailbox,
    phones: Phones,
    wire: Wire,
    functions: Functions,
    triggers: Triggers,
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    bucket: String,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    patience: Duration,
    _claimed: Option<File>,
    _temporary: Option<TemporaryDirectory>,
}

/// Where the services listen.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// DynamoDB.
    pub dynamodb: String,
    /// S3.
    pub s3: String,
    /// SQS, SES v2 and Secrets Manager.
    pub small: String,
}

impl Endpoints {
    /// The SDK's official variables for them.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let services = [
            ("DYNAMODB", &self.dynamodb),
            ("S3", &self.s3),
            ("SQS", &self.small),
            ("SESV2", &self.small),
            ("SNS", &self.small),
            ("SECRETS_MANAGER", &self.small),
        ];
        services
            .into_iter()
            .map(|(name, url)| (format!("AWS_ENDPOINT_URL_{name}"), url.clone()))
            .collect()
    }
}

impl Cloud {
    /// Starts a cloud with the functions of this workspace.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::start_with(options, registry).await
    }

    /// Starts a cloud with functions of the caller's.
    pub async fn start_with(options: Options, registry: Registry) -> Result<Self, StartError> {
        start::Plan::draw(options).await?.carry_out(registry)
    }

    /// Where the API is: scheme, address and port, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the services are.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The environment that a function got; `None` if there is no function of that name (its crate's).
    pub fn function_env(&self, name: &str) -> Option<Env> {
        self.functions.env(name)
    }

    /// Endpoints, credentials and every function's variables: enough to run the functions elsewhere against this cloud.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// A client of the table without lag and faults.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The keys of the objects in the first bucket that begin with `prefix`; none if they cannot be listed.
    pub async fn objects(&self, prefix: &str) -> Vec<String> {
        let listed = self
            .s3
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .send()
            .await;
        let objects = listed
            .ok()
            .and_then(|listed| listed.contents)
            .unwrap_or_default();
        objects
            .into_iter()
            .filter_map(|object| object.key)
            .collect()
    }

    /// Puts an object into the first bucket, past all functions. The store keeps its SHA-256. It fails with what the
    /// store says.
    pub async fn put_object(&self, key: &str, kind: &str, bytes: Vec<u8>) -> Result<(), String> {
        let put = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(kind)
            .body(bytes.into());
        let put = put.checksum_algorithm(aws_sdk_s3::types::ChecksumAlgorithm::Sha256);
        put.send().await.map(drop).map_err(|why| format!("{why:?}"))
    }

    /// All mail sent so far, the oldest first.
    pub fn mailbox(&self) -> Vec<Mail> {
        self.mailbox.all()
    }

    /// All that was published to phones so far, the oldest first.
    pub fn published(&self) -> Vec<Published> {
        self.phones.published()
    }

    /// The tokens of phones of which SNS has endpoints, the oldest first.
    pub fn phone_tokens(&self) -> Vec<String> {
        self.phones.tokens()
    }

    /// Lets the platform of a phone say that its token is nobody's any more.
    pub fn disable_phone(&self, token: &str) {
        self.phones.disable(token);
    }

    /// The faults between functions and services.
    pub fn faults(&self) -> &Faults {
        &self.wire.faults
    }

    /// Begins to record the calls that functions make, forgetting earlier ones.
    pub fn record_calls(&self) {
        self.wire.record();
    }

    /// The calls since [`Cloud::record_calls`], or since this was last asked.
    pub fn take_calls(&self) -> Vec<Call> {
        self.wire.take()
    }

    /// Calls a function with the JSON of an event, and answers what it answers. It fails with what the function says.
    pub async fn invoke(&self, function: &str, event: Value) -> Result<Value, String> {
        self.functions.invoke(function, event).await
    }

    /// From now on triggers do what AWS may do: batches are cut anywhere, and every other one of a stream comes twice.
    /// The same seed draws the same lots; `None` ends it.
    pub fn unsettle(&self, seed: Option<u64>) {
        self.triggers.unsettle(seed);
    }

    /// How far the table's stream has been worked off, as a number that grows with its records.
    pub fn stream_position(&self) -> i64 {
        self.triggers.position()
    }

    /// Brings the records behind a position of the stream to its functions once more; 0 is its beginning.
    pub fn replay_stream(&self, position: i64) {
        self.triggers.rewind(position);
    }

    /// Waits until everything has followed that follows from what was done: streams read to their end, queues empty,
    /// no function at work. Gives up, with a warning in the log, after 30 s, or [`Options::slack`] times as long.
    pub async fn settle(&self) {
        self.settle_within(self.patience).await;
    }

    /// As [`Cloud::settle`], with another patience; whether everything has come to rest.
    pub async fn settle_within(&self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        while !self.triggers.at_rest() {
            if Instant::now() > end {
                tracing::warn!("the triggers have not come to rest");
                return false;
            }
            self.triggers.hurry();
            tokio::time::sleep(LOOK).await;
        }
        true
    }

    /// Stops the cloud; open requests may end first.
    pub async fn stop(mut self) {
        // Nobody listens any more only if everything has stopped already.
        let _ = self.stop.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, all).await;
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Connections end by this; the tasks themselves are aborted with their set.
        let _ = self.stop.send(true);
    }
}

#[cfg(test)]
mod tests;
