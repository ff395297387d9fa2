//! The local cloud: Elevanalog's whole system in one process, on one port.
//!
//! It reads `template.yaml`, creates what stands there (table, bucket, queues, secret), and calls the functions in
//! process with the very JSON that AWS would send. The functions cannot tell: they speak to these services through the
//! official SDK, over loopback, with endpoints and credentials from their environment.
//!
//! # Layout
//!
//! | file | what |
//! |---|---|
//! | `cloud` | starts the parts, keeps them, stops them |
//! | `template` | `template.yaml` into what is to be served |
//! | `dynamo`, `objects`, `queues`, `mail`, `phones`, `secrets` | DynamoDB with Streams and TTL, S3, SQS, SES v2, SNS, Secrets Manager |
//! | `services` | the wire of the small ones: SQS, SES v2, SNS, Secrets Manager |
//! | `gateway`, `pages` | the public port: the HTTP API, and `/_local/` |
//! | `live` | the WebSocket API, on the public port too, and the way back to its connections |
//! | `triggers` | stream, queue and schedule into function calls |
//! | `functions` | which crate serves which function |
//! | `wire` | under every function's SDK: index lag, faults for tests, a record of calls |
//! | `audit` | the offline verifier of audit trails |
//! | `sample` | sample data through the public API |
//!
//! # What is not as on AWS
//!
//! Nobody checks rights, and nothing is throttled. A failed message or record is tried again within milliseconds, not
//! after the visibility timeout; batching windows are ignored. Schedules that fall due while the cloud is off are not
//! made up for. A table's stream has one shard. The API answers plain HTTP/1.1, and its request ids are its own.
//!
//! ```no_run
//! # async fn demo() -> Result<(), local::StartError> {
//! let cloud = local::Cloud::start(local::Options::default()).await?;
//! println!("{}", cloud.url());
//! cloud.stop().await;
//! # Ok(()) }
//! ```

pub mod audit;
mod cloud;
mod directory;
mod dynamo;
mod functions;
mod gateway;
mod live;
mod lots;
mod mail;
mod net;
mod objects;
mod options;
mod pages;
mod phones;
mod queues;
pub mod sample;
mod secrets;
mod services;
mod state;
mod template;
#[cfg(test)]
mod testing;
mod triggers;
mod wire;

pub use cloud::{Cloud, Endpoints};
pub use functions::{Handler, Registry, WORKERS, operations};
pub use mail::Mail;
pub use options::{Options, StartError, TemplateSource};
pub use phones::Published;
pub use template::TemplateError;
pub use wire::{Call, Fault, Faults, Hits};

/// The region of everything here.
pub const REGION: &str = "us-east-1";
/// The account of everything here.
pub const ACCOUNT: &str = "000000000000";
/// The access key that the local services accept.
pub const ACCESS_KEY: &str = "local";
/// Its secret.
pub const SECRET_KEY: &str = "local-secret";
