//! The way to connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigatewaymanagement::primitives::Blob;
use runtime::env::{Env, MissingVariable};
use tokio::sync::Semaphore;

/// How many calls are in flight at most.
const IN_FLIGHT: usize = 64;
/// How long a batch may take to be sent. The function has 10 s; whoever does not take their message by then misses it.
const TIME: Duration = Duration::from_secs(7);

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// The gateway has it.
    Sent,
    /// The connection is no more.
    Gone,
    /// It was not taken, after some attempts: its client will miss it.
    Failed,
}

/// The gateway's connections.
pub struct Posts {
    client: Client,
    places: Arc<Semaphore>,
    time: Duration,
}

impl Posts {
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        env.var("CONNECTIONS_URL")?;
        let client = Client::new(&env.aws("CONNECTIONS_URL")?);
        Ok(Self {
            client,
            places: Arc::new(Semaphore::new(IN_FLIGHT)),
            time: env.allow(TIME),
        })
    }

    /// The same for a batch that has begun at this moment.
    pub fn within(&self, began: Instant) -> Batch<'_> {
        Batch {
            posts: self,
            until: tokio::time::Instant::from_std(began + self.time),
        }
    }
}

/// The connections, for as long as a batch may take.
#[derive(Clone, Copy)]
pub struct Batch<'p> {
    posts: &'p Posts,
    until: tokio::time::Instant,
}

impl Batch<'_> {
    /// Sends a text to a connection. The SDK tries again where that may help: at most twice.
    pub async fn post(&self, connection: &str, text: &str) -> Posted {
        let request = self
            .posts
            .client
            .post_to_connection()
            .connection_id(connection);
        let send = async {
            let _place = self.posts.places.acquire().await;
            request.data(Blob::new(text)).send().await
        };
        match tokio::time::timeout_at(self.until, send).await {
            Ok(Ok(_)) => Posted::Sent,
            Ok(Err(error)) => outcome(connection, &error),
            Err(_) => {
                tracing::warn!(connection, "no time is left for a live message");
                Posted::Failed
            }
        }
    }

    /// Closes a connection.
    pub async fn close(&self, connection: &str) -> Posted {
        let request = self
            .posts
            .client
            .delete_connection()
            .connection_id(connection);
        let send = async {
            let _place = self.posts.places.acquire().await;
            request.send().await
        };
        match tokio::time::timeout_at(self.until, send).await {
            Ok(Ok(_)) => Posted::Sent,
            Ok(Err(error)) => outcome(connection, &error),
            Err(_) => Posted::Failed,
        }
    }
}

fn outcome<E: ProvideErrorMetadata, R>(connection: &str, error: &SdkError<E, R>) -> Posted {
    let code = error.code().unwrap_or("no answer");
    if code == "GoneException" {
        return Posted::Gone;
    }
    tracing::warn!(connection, code, "a connection does not take its message");
    Posted::Failed
}
