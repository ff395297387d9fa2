//! The feeds: events in, numbered and chained, and handed over.
//!
//! The queue keeps the events of an organization in order and gives them to one caller at a time, so each feed has one
//! writer and none waits for another. What is in the feed already is not appended again, but it is handed over again:
//! so nothing is lost if the function ends in between. [`hand_over`] says what follows.

mod hand_over;

use std::pin::Pin;

use app::feed::FeedJob;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::id::Tag;
use futures_util::future::join_all;
use lambda_runtime::Error;
use runtime::env::{Env, MissingVariable};

use crate::hand_over::Hands;

/// A batch under way.
pub type Work = Pin<Box<dyn Future<Output = Result<SqsBatchResponse, Error>> + Send>>;

/// The function: takes a batch of queued events, answers which of them must come again.
///
/// # Errors
/// When the environment lacks the table, a queue or the way to AWS.
pub fn worker(
    env: Env,
) -> Result<impl Fn(SqsEvent) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let hands = Hands::new(&env)?;
    Ok(move |event: SqsEvent| -> Work {
        let hands = hands.clone();
        Box::pin(async move { Ok(handle(&hands, event).await) })
    })
}

async fn handle(hands: &Hands, event: SqsEvent) -> SqsBatchResponse {
    let failed = join_all(
        groups(event.records)
            .into_iter()
            .map(|group| take(hands, group)),
    )
    .await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().flatten().map(failure).collect();
    response
}

/// Names a message that must come again.
fn failure(message: SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message.message_id.unwrap_or_default();
    failure
}

/// The messages by their groups, each in order.
fn groups(messages: Vec<SqsMessage>) -> Vec<Vec<SqsMessage>> {
    let mut groups: Vec<(Option<String>, Vec<SqsMessage>)> = vec![];
    for message in messages {
        let group = message.attributes.get("MessageGroupId").cloned();
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, messages)) => messages.push(message),
            None => groups.push((group, vec![message])),
        }
    }
    groups.into_iter().map(|(_, messages)| messages).collect()
}

/// Takes up the messages of a group in order; gives back the first that failed and all behind it.
async fn take(hands: &Hands, mut messages: Vec<SqsMessage>) -> Vec<SqsMessage> {
    let jobs: Vec<FeedJob> = messages.iter().map_while(read).collect();
    let done = append(hands, &jobs).await;
    messages.split_off(done)
}

/// What a message says; none if that cannot be understood. Such a one keeps those behind it waiting until it is among
/// the dead letters.
fn read(message: &SqsMessage) -> Option<FeedJob> {
    let job = serde_json::from_str(message.body.as_deref().unwrap_or_default());
    // The error would quote the message.
    job.inspect_err(|_| {
        tracing::error!(
            message = message.message_id,
            "a queued event cannot be read"
        )
    })
    .ok()
}

/// Appends the events and hands them over; how many are done, from the first.
async fn append(hands: &Hands, jobs: &[FeedJob]) -> usize {
    let mut done = 0;
    for part in jobs.chunk_by(|one, next| one.tag == next.tag) {
        let whole = append_to(hands, part).await;
        done += whole;
        if whole < part.len() {
            break;
        }
    }
    done
}

async fn append_to(hands: &Hands, jobs: &[FeedJob]) -> usize {
    let Some(tag): Option<Tag> = jobs.first().map(|job| job.tag) else {
        return 0;
    };
    let events: Vec<_> = jobs.iter().map(|job| job.event.clone()).collect();
    match hands.table().append(tag, &events).await {
        Ok(appended) => hand_over::all(hands, &appended).await,
        Err(domain::Error::NotFound) => {
            // Its end deletes an organization for good, and nobody is left to be told of what was before.
            tracing::warn!(%tag, events = events.len(), "events of an organization that is not there any more");
            events.len()
        }
        Err(error) => {
            tracing::warn!(%tag, %error, events = events.len(), "events could not be appended");
            0
        }
    }
}
