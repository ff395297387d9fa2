//! What is due by the clock. It is called every hour; each job knows itself what is left of it to do.

mod reconcile;

use std::pin::Pin;

use lambda_runtime::Error;
use queue::Queue;
use runtime::env::{Clock, Entropy, Env, MissingVariable};
use serde::Serialize;
use serde_json::Value;
use store::feed::stream::StreamKinds;
use store::table::Table;

pub use crate::reconcile::Reconciled;

/// A run under way.
pub type Work = Pin<Box<dyn Future<Output = Result<Report, Error>> + Send>>;

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whether every change is in its feed.
    pub reconciled: Reconciled,
}

/// What the jobs work with.
#[derive(Clone)]
pub struct Scheduler {
    kinds: StreamKinds,
    table: Table,
    feed: Queue,
    clock: Clock,
    entropy: Entropy,
}

impl Scheduler {
    async fn run(&self) -> Result<Report, Error> {
        let reconciled = self.reconcile(self.clock.now()).await?;
        tracing::info!(
            checked = reconciled.checked,
            missing = reconciled.missing,
            finished = reconciled.finished,
            "reconciled"
        );
        Ok(Report { reconciled })
    }
}

/// The function.
///
/// # Errors
/// When the environment lacks the table, the queue or the way to AWS.
pub fn worker(
    env: Env,
) -> Result<impl Fn(Value) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let scheduler = Scheduler {
        kinds: kinds::all(),
        table: Table::new(&env)?,
        feed: Queue::new(&env, "FEED_QUEUE_URL")?,
        clock: env.clock.clone(),
        entropy: env.entropy.clone(),
    };
    Ok(move |_: Value| -> Work {
        let scheduler = scheduler.clone();
        Box::pin(async move { scheduler.run().await })
    })
}
