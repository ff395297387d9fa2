//! Lifecycle rules: objects go when they are old enough by the cloud's clock.
//!
//! AWS looks once a day. Parts of uploads that nobody completes stay here, since s3s lists no such uploads.

use std::path::Path;
use std::time::Duration;

use aws_sdk_s3::Client;
use jiff::{SignedDuration, Timestamp};
use runtime::env::Clock;

use crate::net::{Stop, stopped};
use crate::template::{Bucket, Expiry};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How far it must have gone since the last time.
const ROUND: SignedDuration = SignedDuration::from_hours(1);

/// Sweeps every hour of the cloud's clock until told to stop.
pub(crate) async fn run(
    client: Client,
    root: impl AsRef<Path>,
    buckets: Vec<Bucket>,
    clock: Clock,
    stop: Stop,
) {
    let mut stopping = std::pin::pin!(stopped(stop));
    let mut next = clock.now();
    loop {
        let now = clock.now();
        if now >= next {
            next = now.checked_add(ROUND).unwrap_or(Timestamp::MAX);
            for bucket in &buckets {
                for rule in &bucket.expiries {
                    sweep(&client, root.as_ref(), &bucket.name, rule, now).await;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = &mut stopping => return,
        }
    }
}

/// Deletes what one rule says. What cannot be deleted now is found again in the next round.
async fn sweep(client: &Client, root: &Path, bucket: &str, rule: &Expiry, now: Timestamp) {
    // Most clouds never have anything there.
    if !root.join(bucket).join(&rule.prefix).exists() {
        return;
    }
    let oldest = now.checked_sub(rule.after).unwrap_or(Timestamp::MIN);
    let mut pages = client
        .list_objects_v2()
        .bucket(bucket)
        .prefix(&rule.prefix)
        .into_paginator()
        .send();
    while let Some(Ok(page)) = pages.next().await {
        for object in page.contents() {
            let old = object
                .last_modified()
                .is_some_and(|at| at.secs() <= oldest.as_second());
            let Some(key) = object.key().filter(|_| old) else {
                continue;
            };
            if let Err(why) = client.delete_object().bucket(bucket).key(key).send().await {
                tracing::warn!(?why, key, "an old object could not be deleted");
            }
        }
    }
}
