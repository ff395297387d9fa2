//! The queue of mail jobs.

use app::mail::MailJob;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use runtime::env::{Env, MissingVariable};

/// The most messages that one call takes.
const BATCH: usize = 10;

/// The way to the mailer.
#[derive(Clone)]
pub struct MailQueue {
    client: Client,
    url: String,
}

impl MailQueue {
    /// The queue that the environment names.
    ///
    /// # Errors
    /// When it names none.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self { client: Client::new(&env.aws("AWS_ENDPOINT_URL_SQS")?), url: env.var("MAIL_QUEUE_URL")?.to_owned() })
    }

    /// Queues jobs, each under the sequence number of its record; gives back the numbers whose job was not taken.
    pub async fn send(&self, jobs: Vec<(String, MailJob)>) -> Vec<String> {
        let mut failed = Vec::new();
        for batch in jobs.chunks(BATCH) {
            failed.extend(self.send_batch(batch).await);
        }
        failed
    }

    async fn send_batch(&self, batch: &[(String, MailJob)]) -> Vec<String> {
        let number = |place: usize| batch.get(place).map(|(sequence, _)| sequence.clone());
        let all = || batch.iter().map(|(sequence, _)| sequence.clone()).collect();
        let Ok(entries) = batch.iter().enumerate().map(|(place, (_, job))| entry(place, job)).collect() else {
            tracing::error!("a mail job cannot be written");
            return all();
        };
        match self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await {
            Ok(answer) => {
                for failure in answer.failed() {
                    tracing::warn!(code = failure.code(), "the queue has refused a mail job");
                }
                answer.failed().iter().filter_map(|failure| number(failure.id().parse().ok()?)).collect()
            }
            Err(error) => {
                tracing::warn!(%error, "the mail queue does not answer");
                all()
            }
        }
    }
}

fn entry(place: usize, job: &MailJob) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let body = serde_json::to_string(job).map_err(BuildError::other)?;
    SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body).build()
}
