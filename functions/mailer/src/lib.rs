//! Mail: jobs from the queue in, mails to SES out.
//!
//! A job says what has happened, not what to write: the mailer reads how things are now ([`state`]), and what is void
//! by then is not sent ([`news`] for notifications). A job that came too early, because its person wants quiet, is put
//! back. A claim per event and recipient keeps repetitions from sending twice. [`letter`] writes,
//! [`link`] makes the links with their tokens, [`outbox`] posts.

pub mod letter;
pub mod link;
pub mod news;
pub mod outbox;
pub mod plain;
pub mod state;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use app::notices::mail::MailJob;
use app::secret::Secrets;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::Error;
use domain::id::{Tag, UserId};
use futures_util::future::join_all;
use jiff::Timestamp;
use queue::{Message, Queue};
use runtime::env::{Clock, Env, MissingVariable};
use runtime::meter::{self, Totals};
use store::Store;
use store::limits::Limit;
use store::notices::claims::{Claim, ClaimOutcome};
use store::table::Table;

use crate::letter::Mail;
use crate::link::Links;
use crate::outbox::{Outbox, Posting};

/// How many notifications one person is sent by mail in an hour, of one organization.
const OF_PERSON: Limit = Limit {
    kind: "mailed",
    most: 30,
    window: 3600,
};
/// How many the people of one organization are sent together.
const OF_ORGANIZATION: Limit = Limit {
    kind: "mailed-by",
    most: 3_000,
    window: 3600,
};

/// A batch under way.
pub type Work =
    Pin<Box<dyn Future<Output = Result<SqsBatchResponse, lambda_runtime::Error>> + Send>>;

/// The function: takes a batch of messages, answers which of them must come again.
///
/// # Errors
/// When the environment lacks the table, the secret, the bucket or the way to AWS.
pub fn worker(
    env: Env,
) -> Result<impl Fn(SqsEvent) -> Work + Clone + Send + Sync + 'static, MissingVariable> {
    let mailer = Arc::new(Mailer::new(&env)?);
    Ok(move |event: SqsEvent| -> Work {
        let mailer = mailer.clone();
        Box::pin(async move { Ok(mailer.handle(event).await) })
    })
}

pub(crate) struct Mailer {
    store: Store,
    clock: Clock,
    secrets: Secrets,
    links: Links,
    outbox: Outbox,
    queue: Queue,
}

impl Mailer {
    fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self {
            store: Store::new(env)?,
            clock: env.clock.clone(),
            secrets: Secrets::new(env)?,
            links: Links::new(env.optional("PUBLIC_URL")),
            outbox: Outbox::new(env)?,
            queue: Queue::new(env, "MAIL_QUEUE_URL")?,
        })
    }

    pub(crate) fn table(&self) -> &Table {
        self.store
            .outside("a mail has no caller; the job names a person or an invitation")
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
        let Ok(job) = serde_json::from_str::<MailJob>(message.body.as_deref().unwrap_or_default())
        else {
            tracing::error!(message = id, "a message is no mail job");
            return Some(id);
        };
        let began = Instant::now();
        let again = received(message) > 1;
        let (done, totals) = meter::with(Arc::default(), async {
            (self.deliver(&job, again).await, meter::totals())
        })
        .await;
        let failed = done.is_err();
        report(job.event(), done, totals, began);
        failed.then_some(id)
    }

    /// Queues a job once more, as a new message: waiting is no failed attempt.
    async fn put_back(&self, job: &MailJob, now: Timestamp) -> Result<&'static str, Error> {
        let message = Message::new(job)?.not_before(job.not_before(), now);
        self.queue
            .send(&[message])
            .await
            .map_err(|_| Error::Unavailable)?;
        Ok("put back")
    }

    /// Sends the mail of a job unless it is void or was sent before; tells which.
    async fn deliver(&self, job: &MailJob, again: bool) -> Result<&'static str, Error> {
        let now = self.clock.now();
        if job.not_before().is_some_and(|moment| now < moment) {
            return self.put_back(job, now).await;
        }
        if let MailJob::HeldInvitations { event, user } = job {
            self.release(event, *user).await?;
            return Ok("released");
        }
        let Some(mail) = self.compose(job, now).await? else {
            return Ok("void");
        };
        let budget = match job {
            // What comes again was counted when it came first.
            MailJob::Notification { user, id, .. } if !again => Some((*user, id.tag())),
            _ => None,
        };
        self.send(job.event(), &mail, budget, now).await
    }

    /// Counts a notification by mail, and tells whether its person or its organization has had enough of them. What is
    /// not sent stands in the inbox all the same.
    async fn is_beyond_budget(
        &self,
        user: UserId,
        tag: Tag,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (table, person) = (self.table(), format!("{user} {tag}"));
        let own = table.tally(OF_PERSON, &person, now).await?;
        // Whoever is beyond their own budget takes nothing of their organization's.
        if OF_PERSON.check(own, now).is_err() {
            return Ok(true);
        }
        let all = table.tally(OF_ORGANIZATION, &tag.to_string(), now).await?;
        Ok(OF_ORGANIZATION.check(all, now).is_err())
    }

    /// Sends a mail unless it was sent before, or is beyond the budget of its person and organization; tells which.
    // In one piece: claimed, counted, posted and settled, a mail is sent once.
    async fn send(
        &self,
        event: &str,
        mail: &Mail,
        budget: Option<(UserId, Tag)>,
        now: Timestamp,
    ) -> Result<&'static str, Error> {
        let held = match self
            .table()
            .claim_mail(event, mail.to.as_str(), now)
            .await?
        {
            Claim::Held(held) => held,
            Claim::Busy => return Err(Error::Internal("another is sending it".to_owned())),
            Claim::Settled => return Ok("settled before"),
        };
        // Behind the claim: of two that come at once only one is counted.
        if let Some((user, tag)) = budget
            && self.is_beyond_budget(user, tag, now).await?
        {
            let refused = ClaimOutcome::Refused { reason: "budget" };
            self.table().settle_mail(&held, refused).await?;
            return Ok("beyond the budget");
        }
        let posting = self.outbox.post(mail, held.name(), now).await;
        let settled = self.table().settle_mail(&held, outcome(&posting)).await;
        if settled.is_err() {
            // The message must not fail for it: that would send the mail again for certain.
            tracing::warn!(event, "how a mail ended could not be noted");
        }
        match posting {
            Posting::Taken { .. } => Ok("sent"),
            Posting::Refused { code } => {
                tracing::warn!(event, code, "the mail service has refused a mail for good");
                Ok("refused")
            }
            Posting::Later { code } => Err(Error::Internal(format!(
                "the mail service does not take it now: {code}"
            ))),
        }
    }
}

/// How often a message was handed out.
fn received(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// What is noted with the claim of how a mail was posted.
fn outcome(posting: &Posting) -> ClaimOutcome<'_> {
    match posting {
        Posting::Taken { message } => ClaimOutcome::Sent { message },
        Posting::Refused { code } => ClaimOutcome::Refused { reason: code },
        Posting::Later { .. } => ClaimOutcome::Postponed,
    }
}

/// Writes into the log what became of a job, and what it has cost.
fn report(event: &str, done: Result<&'static str, Error>, totals: Totals, began: Instant) {
    let ms = began.elapsed().as_millis() as u64;
    match done {
        Ok(outcome) => tracing::info!(
            event,
            outcome,
            ms,
            round_trips = totals.round_trips,
            read_units = totals.read_units,
            write_units = totals.write_units,
            "mail"
        ),
        Err(error) => {
            let fault = if let Error::Internal(fault) = error {
                Some(fault)
            } else {
                totals.fault
            };
            tracing::warn!(event, fault, ms, "a mail was not sent; it is tried again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jobs_of_a_real_batch_are_read() {
        let event: SqsEvent =
            serde_json::from_str(include_str!("../../../events/mailer.sqs.json")).unwrap();
        let jobs = event
            .records
            .iter()
            .map(|message| serde_json::from_str::<MailJob>(message.body.as_deref().unwrap()));
        let jobs: Vec<MailJob> = jobs.map(Result::unwrap).collect();
        assert!(matches!(
            jobs.as_slice(),
            [
                MailJob::OneTime { .. },
                MailJob::Invitation { .. },
                MailJob::EmailChanged { .. },
                MailJob::TokenReused { .. },
                MailJob::Notification { .. }
            ]
        ));
    }
}
