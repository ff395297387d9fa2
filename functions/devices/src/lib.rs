//! Messages to browsers and phones: jobs from the queue in, requests to push services out.
//!
//! A job names a person and what to show. Who has left, lost sight of the project or signed the device out by now gets
//! nothing ([`wanted`]). A claim per job and device keeps repetitions from sending twice; what was not taken now is
//! tried again with the whole job, which passes over the devices that have it. [`browsers`] and [`phones`] send,
//! [`notice`] writes.

mod browsers;
mod notice;
mod phones;
mod wanted;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use app::notices::device::DeviceJob;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::Error;
use domain::notices::device::{Device, Reach};
use futures_util::future::join_all;
use jiff::Timestamp;
use queue::{Message, Queue};
use runtime::env::{Clock, Entropy, Env, MissingVariable};
use runtime::meter::{self, Totals};
use store::Store;
use store::notices::claims::{Claim, ClaimOutcome};
use store::table::Table;

use crate::browsers::Browsers;
use crate::phones::Phones;

/// A batch under way.
pub type Work =
    Pin<Box<dyn Future<Output = Result<SqsBatchResponse, lambda_runtime::Error>> + Send>>;

/// The function: takes a batch of messages, answers which of them must come again.
///
/// # Errors
/// When the environment lacks the table, the queue or the way to AWS.
pub fn worker(
    env: Env,
) -> Result<impl Fn(SqsEvent) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let worker = Arc::new(Worker::new(&env)?);
    Ok(move |event: SqsEvent| -> Work {
        let worker = worker.clone();
        Box::pin(async move { Ok(worker.handle(event).await) })
    })
}

/// What became of a message to one device, in the words of its push service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Posting {
    /// It was taken.
    Taken { message: String },
    /// There is no such device any more.
    Gone { code: String },
    /// It will never be taken as it is.
    Refused { code: String },
    /// It was not taken now.
    Later { code: String },
}

/// How a message to one device ended.
enum Ending {
    /// It was sent, now or before, or never will be.
    Done,
    /// There is no such device any more.
    Gone,
    /// It must be tried again.
    Later(String),
}

impl Posting {
    /// What is noted of it with the claim.
    fn outcome(&self) -> ClaimOutcome<'_> {
        match self {
            Self::Taken { message } => ClaimOutcome::Sent { message },
            Self::Refused { code } | Self::Gone { code } => ClaimOutcome::Refused { reason: code },
            Self::Later { .. } => ClaimOutcome::Postponed,
        }
    }

    /// What it means for the job.
    fn ending(self) -> Ending {
        match self {
            Self::Taken { .. } | Self::Refused { .. } => Ending::Done,
            Self::Gone { .. } => Ending::Gone,
            Self::Later { code } => Ending::Later(code),
        }
    }
}

pub(crate) struct Worker {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    queue: Queue,
    browsers: Browsers,
    phones: Phones,
}

impl Worker {
    fn new(env: &Env) -> Result<Self, MissingVariable> {
        let store = Store::new(env)?;
        let table = store
            .outside("the key for push services is nobody's")
            .clone();
        Ok(Self {
            store,
            clock: env.clock.clone(),
            entropy: env.entropy.clone(),
            queue: Queue::new(env, "DEVICE_QUEUE_URL")?,
            browsers: Browsers::new(env, table),
            phones: Phones::new(env)?,
        })
    }

    pub(crate) fn table(&self) -> &Table {
        self.store
            .outside("a message to a device has no caller; the job names a person")
    }

    async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for failed in join_all(event.records.iter().map(|message| self.take(message)))
            .await
            .into_iter()
            .flatten()
        {
            response.add_failure(failed);
        }
        response
    }

    /// Does what a message asks for; gives back its id if it must come again.
    async fn take(&self, message: &SqsMessage) -> Option<String> {
        let id = message.message_id.clone().unwrap_or_default();
        let Ok(job) =
            serde_json::from_str::<DeviceJob>(message.body.as_deref().unwrap_or_default())
        else {
            tracing::error!(message = id, "a message is no job for devices");
            return Some(id);
        };
        let began = Instant::now();
        let (done, totals) = meter::with(Arc::default(), async {
            (self.deliver(&job).await, meter::totals())
        })
        .await;
        let failed = done.is_err();
        report(&job.id, done, totals, began);
        failed.then_some(id)
    }

    /// Sends a job's message to the person's devices, or puts the job back until it may be sent; tells which.
    async fn deliver(&self, job: &DeviceJob) -> Result<&'static str, Error> {
        let now = self.clock.now();
        if job.not_before.is_some_and(|moment| now < moment) {
            return self.put_back(job, now).await;
        }
        let devices = self.wanted(job, now).await?;
        let endings = join_all(
            devices
                .iter()
                .map(|device| self.to_device(job, device, now)),
        )
        .await;
        let gone = devices
            .iter()
            .zip(&endings)
            .filter(|(_, ending)| matches!(ending, Ok(Ending::Gone)));
        self.forget(
            job.user,
            &gone.map(|(device, _)| device.clone()).collect::<Vec<_>>(),
        )
        .await;
        for ending in endings {
            if let Ending::Later(code) = ending? {
                return Err(Error::Internal(format!(
                    "a push service does not take it now: {code}"
                )));
            }
        }
        Ok(if devices.is_empty() { "void" } else { "sent" })
    }

    /// Puts a job back into the queue, as a new message: waiting is no failed attempt.
    async fn put_back(&self, job: &DeviceJob, now: Timestamp) -> Result<&'static str, Error> {
        let message = Message::new(job)?.not_before(job.not_before, now);
        let sent = self.queue.send(&[message]).await;
        sent.map(|()| "put back")
            .map_err(|_| Error::Internal("the queue does not take it back".to_owned()))
    }

    /// Sends a message to a device unless that was done before.
    async fn to_device(
        &self,
        job: &DeviceJob,
        device: &Device,
        now: Timestamp,
    ) -> Result<Ending, Error> {
        let held = match self.table().claim_message(&job.id, device.id, now).await? {
            Claim::Held(held) => held,
            Claim::Busy => return Ok(Ending::Later("another is sending it".to_owned())),
            Claim::Settled => return Ok(Ending::Done),
        };
        let posting = self.post(job, device, now).await;
        if let Posting::Refused { code } | Posting::Gone { code } = &posting {
            tracing::warn!(
                job = job.id,
                platform = device.reach.platform().as_str(),
                code,
                "a push service refuses"
            );
        }
        let settled = self.table().settle_mail(&held, posting.outcome()).await;
        if settled.is_err() {
            // The job must not fail for it: that would send the message again for certain.
            tracing::warn!(job = job.id, "how a message ended could not be noted");
        }
        Ok(posting.ending())
    }

    async fn post(&self, job: &DeviceJob, device: &Device, now: Timestamp) -> Posting {
        match &device.reach {
            Reach::WebPush(subscription) => self.browsers.post(subscription, job, now).await,
            Reach::Fcm { arn } | Reach::Apns { arn } => {
                self.phones.post(device.reach.platform(), arn, job).await
            }
        }
    }
}

/// Writes into the log what became of a job, and what it has cost.
fn report(job: &str, done: Result<&'static str, Error>, totals: Totals, began: Instant) {
    let ms = began.elapsed().as_millis() as u64;
    match done {
        Ok(outcome) => tracing::info!(
            job,
            outcome,
            ms,
            round_trips = totals.round_trips,
            read_units = totals.read_units,
            write_units = totals.write_units,
            "devices"
        ),
        Err(error) => {
            let fault = if let Error::Internal(fault) = error {
                Some(fault)
            } else {
                totals.fault
            };
            tracing::warn!(
                job,
                fault,
                ms,
                "a message did not reach every device; it is tried again"
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
            serde_json::from_str(include_str!("../../../events/devices.sqs.json")).unwrap();
        for message in &event.records {
            serde_json::from_str::<DeviceJob>(message.body.as_deref().unwrap()).unwrap();
        }
        assert!(!event.records.is_empty());
    }
}
