//! Records that were given up, done again. They are kept in the bucket, since the stream forgets them after a day: by
//! Lambda, or by the function if it cannot read one.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_s3::Client;
use lambda_runtime::Error;
use runtime::env::{Env, MissingVariable};
use serde::{Deserialize, Serialize};

use crate::Fanout;

/// Where Lambda keeps what it gives up, and the function too.
const PREFIX: &str = "aws/lambda/";

/// What was done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// How many records.
    pub records: usize,
}

/// The bucket of what was given up.
#[derive(Clone)]
pub struct Failures {
    client: Client,
    bucket: String,
}

/// What Lambda writes, as far as it is read again; the batch stands in it as text.
#[derive(Serialize, Deserialize)]
struct Kept {
    payload: String,
}

impl Failures {
    /// The bucket that the environment names.
    ///
    /// # Errors
    /// When it names none.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self {
            client: Client::new(&env.aws("AWS_ENDPOINT_URL_S3")?),
            bucket: env.var("BUCKET_NAME")?.to_owned(),
        })
    }

    /// Puts one record away; whether it is kept. Under the record's own name: another time is no second one.
    pub(crate) async fn put_away(&self, record: EventRecord) -> bool {
        let key = format!("{PREFIX}unreadable/{}", record.event_id);
        let mut batch = Event::default();
        batch.records.push(record);
        let kept =
            serde_json::to_string(&batch).and_then(|payload| serde_json::to_vec(&Kept { payload }));
        let Ok(kept) = kept else { return false };
        let put = self.client.put_object().bucket(&self.bucket).key(&key);
        match put.body(kept.into()).send().await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, key, "a record cannot be put away");
                false
            }
        }
    }

    async fn read(&self, key: &str) -> Result<Event, Error> {
        if !key.starts_with(PREFIX) {
            return Err(format!("what was given up is kept under {PREFIX}").into());
        }
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await;
        let object = object.map_err(|error| format!("{key} cannot be read: {error}"))?;
        let bytes = object.body.collect().await?.into_bytes();
        let kept: Kept = serde_json::from_slice(&bytes)?;
        Ok(serde_json::from_str(&kept.payload)?)
    }
}

impl Fanout {
    /// Does the records of an object again.
    pub(crate) async fn replay(&self, key: &str) -> Result<Replayed, Error> {
        let event = self.failures.read(key).await?;
        let records = event.records.len();
        match self.follow(event.records, false).await {
            done if done == records => Ok(Replayed { records }),
            done => {
                Err(format!("record {done} of {records} failed; those before it are done").into())
            }
        }
    }
}
