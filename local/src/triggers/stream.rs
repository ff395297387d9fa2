//! Table streams into functions, with Lambda's rules for retries.

use std::time::Duration;

use runtime::env::{Clock, Entropy};
use serde_json::{Value, json};

use super::{Triggers, failed_items, filter};
use crate::dynamo::{Page, stream_arn};
use crate::net::{Stop, stopped};
use crate::queues::Outgoing;
use crate::template::{Destination, StreamTrigger};
use crate::{ACCOUNT, REGION};

/// How often the stream is looked at; a look costs microseconds.
const TURN: Duration = Duration::from_millis(10);
/// The first pause after a failure, doubled each time. AWS waits longer; here nobody wants to.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Reads one stream for one function.
pub(super) struct Pump {
    triggers: Triggers,
    function: String,
    trigger: StreamTrigger,
    position: i64,
}

impl Pump {
    /// Goes on where the last process stopped, else from the oldest record.
    pub fn new(
        triggers: Triggers,
        function: String,
        trigger: StreamTrigger,
    ) -> Result<Self, String> {
        let kept = triggers
            .state
            .kept(&place(&trigger))
            .map_err(|why| why.to_string())?;
        let position = kept.and_then(|kept| kept.parse().ok()).unwrap_or(0);
        triggers
            .positions()
            .insert(trigger.id.clone(), (trigger.table.clone(), position));
        Ok(Self {
            triggers,
            function,
            trigger,
            position,
        })
    }

    pub async fn run(mut self, stop: Stop) {
        loop {
            let shared = self.triggers.shared.clone();
            let mut look = std::pin::pin!(shared.look.notified());
            // Listening begins before the read: a ring during the read would be lost otherwise.
            look.as_mut().enable();
            if let Some(page) = self.next_page().await {
                let twice = self.triggers.draw(2) == Some(0);
                let once_more = if twice { page.records.clone() } else { vec![] };
                tokio::select! {
                    () = async { self.deliver(page.records).await; self.deliver(once_more).await } => {}
                    () = stopped(stop.clone()) => return,
                }
                self.advance(page.position);
                continue;
            }
            tokio::select! {
                () = look => {}
                () = tokio::time::sleep(TURN) => {}
                () = stopped(stop.clone()) => return,
            }
        }
    }

    /// The next records, if there are any.
    async fn next_page(&mut self) -> Option<Page> {
        let (dynamo, table) = (self.triggers.dynamo.clone(), self.trigger.table.clone());
        // The place that all know counts: it may have been set back.
        let position = self
            .triggers
            .positions()
            .get(&self.trigger.id)
            .map_or(0, |(_, position)| *position);
        self.position = position;
        let batch = self.triggers.batch(self.trigger.batch);
        let page =
            tokio::task::spawn_blocking(move || dynamo.records(&table, position, batch)).await;
        match page {
            Ok(Ok(page)) if !page.records.is_empty() => Some(page),
            Ok(Err(why)) => {
                tracing::error!(why, table = self.trigger.table, "the stream cannot be read");
                None
            }
            _ => None,
        }
    }

    fn advance(&mut self, position: i64) {
        if let Some((_, known)) = self.triggers.positions().get_mut(&self.trigger.id) {
            // Set back meanwhile: these records are to come once more.
            if *known != self.position {
                return;
            }
            *known = position;
        }
        if let Err(why) = self
            .triggers
            .state
            .keep(&place(&self.trigger), &position.to_string())
        {
            tracing::error!(%why, "the place in the stream cannot be kept");
        }
    }

    /// Brings the records in, whatever it takes: after a failure the rest is halved or tried again, and what fails too
    /// often goes to the destination.
    // In one piece: the branches are the rules for a failed batch, `open` what is left to try.
    async fn deliver(&self, records: Vec<Value>) {
        let wanted = |record: &Value| filter::passes(&self.trigger.filters, record);
        let mut open = vec![(
            records.into_iter().filter(wanted).collect::<Vec<_>>(),
            0_u32,
        )];
        while let Some((mut batch, tries)) = open.pop() {
            if batch.is_empty() {
                continue;
            }
            let Some(failed) = self.call(&batch).await else {
                continue;
            };
            let mut rest = batch.split_off(failed);
            if failed > 0 {
                open.push((rest, 0));
            } else if self.trigger.bisect && rest.len() > 1 {
                let second = rest.split_off(rest.len() / 2);
                open.extend([(second, tries), (rest, tries)]);
            } else if self.trigger.retries.is_some_and(|most| tries >= most) {
                self.give_up(rest).await;
            } else {
                tokio::time::sleep(LONGEST_PAUSE.min(PAUSE * 2_u32.saturating_pow(tries))).await;
                open.push((rest, tries + 1));
            }
        }
    }

    /// Calls the function; answers where the first record stands that must be tried again.
    async fn call(&self, batch: &[Value]) -> Option<usize> {
        let _busy = self.triggers.busy();
        match self
            .triggers
            .functions
            .invoke(&self.function, json!({ "Records": batch }))
            .await
        {
            Ok(answer) if self.trigger.partial => {
                let failed = failed_items(&answer)?;
                let place = |id: &&str| {
                    batch
                        .iter()
                        .position(|record| record["dynamodb"]["SequenceNumber"] == **id)
                };
                // An identifier that is not of this batch fails the whole batch.
                failed.iter().map(|id| place(id).unwrap_or(0)).min()
            }
            Ok(_) => None,
            Err(why) => {
                tracing::warn!(
                    function = self.function,
                    why,
                    records = batch.len(),
                    "stream records failed"
                );
                Some(0)
            }
        }
    }

    async fn give_up(&self, records: Vec<Value>) {
        let _busy = self.triggers.busy();
        tracing::error!(
            function = self.function,
            records = records.len(),
            "stream records are given up"
        );
        let now = Clock::system().now();
        let mut report = self.report(&records, now);
        let outcome = match &self.trigger.on_failure {
            Some(Destination::Bucket(bucket)) => {
                // Only a bucket gets the records themselves.
                report["payload"] = json!({ "Records": records }).to_string().into();
                self.put(bucket, &report, now).await
            }
            Some(Destination::Queue(queue)) => {
                let message = Outgoing {
                    body: report.to_string(),
                    ..Outgoing::default()
                };
                self.triggers
                    .queues
                    .send(queue, &message)
                    .map(drop)
                    .map_err(|why| why.message)
            }
            None => Ok(()),
        };
        if let Err(why) = outcome {
            tracing::error!(why, "the records' destination failed; they are lost");
        }
    }

    /// Puts a report into a bucket, under the key that Lambda would give it.
    async fn put(&self, bucket: &str, report: &Value, now: jiff::Timestamp) -> Result<(), String> {
        let day = now.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S");
        let id = uuid::Uuid::from_bytes(Entropy::system().bytes());
        let key = format!("aws/lambda/{}/shard-1/{day}-{id}", self.trigger.id);
        let put = self.triggers.objects.put_object().bucket(bucket).key(key);
        let put = put
            .body(report.to_string().into_bytes().into())
            .send()
            .await;
        put.map(drop).map_err(|why| format!("{why:?}"))
    }

    /// What Lambda tells a destination about records that it gave up.
    fn report(&self, records: &[Value], now: jiff::Timestamp) -> Value {
        let number = |record: Option<&Value>| {
            record.map(|record| record["dynamodb"]["SequenceNumber"].clone())
        };
        json!({
            "requestContext": {
                "requestId": uuid::Uuid::from_bytes(Entropy::system().bytes()),
                "functionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.function),
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": self.trigger.retries.map_or(1, |retries| retries + 1),
            },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "version": "1.0",
            "timestamp": now,
            "DDBStreamBatchInfo": {
                "shardId": "shard-1",
                "startSequenceNumber": number(records.first()),
                "endSequenceNumber": number(records.last()),
                "batchSize": records.len(),
                "streamArn": stream_arn(&self.trigger.table),
            },
        })
    }
}

fn place(trigger: &StreamTrigger) -> String {
    format!("stream {}", trigger.id)
}
