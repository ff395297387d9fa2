//! Messages to live connections: jobs from the queue in, messages to the gateway out.
//!
//! A queue's group is a topic, so what belongs to one is sent in order; [`batch`] puts together what can go in one
//! message. [`deliver`] finds who listens and decides anew who may; [`frames`] writes; [`posts`] sends. A connection
//! that does not take its message holds up nobody: its client sees by the next position that something is missing, and asks.

pub mod batch;
mod deliver;
mod frames;
mod posts;

use std::pin::Pin;
use std::sync::Arc;

use app::App;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::future::join_all;
use runtime::env::{Env, MissingVariable};
use runtime::meter::{self, Totals};
use std::time::Instant;

use crate::batch::{Group, Step};
use crate::deliver::Told;
use crate::posts::Posts;

/// A batch under way.
pub type Work =
    Pin<Box<dyn Future<Output = Result<SqsBatchResponse, lambda_runtime::Error>> + Send>>;

/// The function: takes a batch of messages, answers which of them must come again.
///
/// # Errors
/// When the environment lacks the table or the way to the connections.
pub fn worker(
    env: Env,
) -> Result<impl Fn(SqsEvent) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let broadcast = Broadcast {
        app: App::new(&env)?,
        posts: Posts::new(&env)?,
    };
    let broadcast = Arc::new(broadcast);
    Ok(move |event: SqsEvent| -> Work {
        let broadcast = broadcast.clone();
        Box::pin(async move { Ok(broadcast.handle(event).await) })
    })
}

pub(crate) struct Broadcast {
    app: App,
    posts: Posts,
}

impl Broadcast {
    async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let began = Instant::now();
        let mut response = SqsBatchResponse::default();
        let groups = batch::groups(event.records);
        for failed in join_all(groups.iter().map(|group| self.work(group, began)))
            .await
            .into_iter()
            .flatten()
        {
            response.add_failure(failed);
        }
        response
    }

    /// Does a group's steps in order; gives back the messages of the first that failed and of all after it.
    async fn work(&self, group: &Group, began: Instant) -> Vec<String> {
        for (place, step) in group.steps.iter().enumerate() {
            let (done, totals) = meter::with(Arc::default(), async {
                (self.step(step, began).await, meter::totals())
            })
            .await;
            let failed = done.is_err();
            report(&group.name, done, totals, began);
            if failed {
                return group.steps[place..]
                    .iter()
                    .flat_map(|step| step.messages.clone())
                    .collect();
            }
        }
        vec![]
    }

    async fn step(&self, step: &Step, began: Instant) -> Result<Told, domain::Error> {
        let job = step
            .work
            .as_ref()
            .ok_or_else(|| domain::Error::Internal("a message is no broadcast".to_owned()))?;
        deliver::deliver(&self.app, &self.posts.within(began), job).await
    }
}

/// Writes into the log what became of a step, and what it has cost.
fn report(topic: &str, done: Result<Told, domain::Error>, totals: Totals, began: Instant) {
    let ms = began.elapsed().as_millis() as u64;
    match done {
        Ok(told) => tracing::info!(
            topic,
            listeners = told.listeners,
            sent = told.sent,
            gone = told.gone,
            failed = told.failed,
            ms,
            round_trips = totals.round_trips,
            read_units = totals.read_units,
            write_units = totals.write_units,
            "broadcast"
        ),
        Err(error) => {
            let fault = if let domain::Error::Internal(fault) = error {
                Some(fault)
            } else {
                totals.fault
            };
            tracing::warn!(
                topic,
                fault,
                ms,
                "live messages were not sent; it is tried again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jobs_of_a_real_batch_are_read() {
        let event: SqsEvent =
            serde_json::from_str(include_str!("../../../events/broadcast.sqs.json")).unwrap();
        let groups = batch::groups(event.records);
        assert!(groups.len() > 1);
        assert!(
            groups
                .iter()
                .flat_map(|group| &group.steps)
                .all(|step| step.work.is_some())
        );
    }
}
