//! What follows from a change: the table's stream in, jobs for other functions out.
//!
//! [`mail`] says which changes are worth a mail; [`queue`] hands the jobs over. Every job is known by the event it
//! comes from, so it does no harm that a batch is delivered again.

pub mod mail;
pub mod queue;

use std::pin::Pin;

use app::mail::MailJob;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::Error;
use runtime::env::{Env, MissingVariable};
use store::stream::Change;

use crate::queue::MailQueue;

/// A batch under way.
pub type Work = Pin<Box<dyn Future<Output = Result<DynamoDbEventResponse, Error>> + Send>>;

/// The function: takes a batch of stream records, answers which of them must come again.
///
/// # Errors
/// When the environment lacks the queue or the way to AWS.
pub fn worker(env: Env) -> Result<impl Fn(Event) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let queue = MailQueue::new(&env)?;
    Ok(move |event: Event| -> Work {
        let queue = queue.clone();
        Box::pin(async move { Ok(handle(&queue, event).await) })
    })
}

async fn handle(queue: &MailQueue, event: Event) -> DynamoDbEventResponse {
    let mut failed = Vec::new();
    let mut jobs = Vec::new();
    for record in event.records {
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        match read(record) {
            Some(job) => jobs.extend(job.map(|job| (sequence, job))),
            // The rest goes on: Lambda delivers what follows once more, and that does no harm.
            None => failed.push(sequence),
        }
    }
    failed.extend(queue.send(jobs).await);
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures = failed.into_iter().map(failure).collect();
    response
}

/// Names a record that must come again, by its sequence number.
fn failure(sequence: String) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = Some(sequence);
    failure
}

/// The job that follows from a record, if any; none at all if the record cannot be read.
fn read(record: EventRecord) -> Option<Option<MailJob>> {
    match Change::read(&record.event_id, record.change.old_image, record.change.new_image) {
        Ok(change) => Some(change.and_then(mail::job)),
        Err(_) => {
            // The error would quote the item.
            tracing::error!(event = record.event_id, "a stream record cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_cannot_be_read_fails_alone() {
        let text = include_str!("../../../events/fanout.stream.json").replace("\"verify_email\"", "\"nonsense\"");
        let event: Event = serde_json::from_str(&text).unwrap();
        let read: Vec<_> = event.records.into_iter().map(read).collect();
        assert!(read[0].is_none());
        assert!(read[1..].iter().all(Option::is_some));
    }
}
