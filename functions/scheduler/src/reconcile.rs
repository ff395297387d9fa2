//! Once a day: is every change of the last day in its feed?
//!
//! The stream loses nothing that its consumer takes up within a day, and what is given up is kept. This finds what is
//! missing all the same: every item tells its last event, known by the same id as in the stream, and the feed's guards
//! tell whether it arrived. What did not is sent again, as far as the item still tells of it.

use app::feed::FeedJob;
use domain::Error;
use jiff::{SignedDuration, Timestamp};
use queue::Message;
use store::feed::stream::{Happened, StreamKinds};
use store::keys;
use store::record::{Operation, Stored};
use store::scan::ScanRound;
use store::table::Item;

use crate::Scheduler;

const NAME: &str = "RECONCILE";
/// How far back it looks: a day, what was too young for the walk before, and what two walks may differ by.
const WINDOW: SignedDuration = SignedDuration::from_hours(33);
/// What is younger may still be on its way: the stream delivers for six hours before a record is given up.
const GRACE: SignedDuration = SignedDuration::from_hours(7);
/// How many items one page looks at, and how many pages one run. An hour later the next run goes on.
const PAGE: i32 = 1000;
const PAGES: usize = 200;

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Reconciled {
    /// How many events were looked for in their feeds.
    pub checked: usize,
    /// How many were missing.
    pub missing: usize,
    /// Whether the day's walk has come to its end.
    pub finished: bool,
}

impl Scheduler {
    /// Goes on with the day's walk.
    pub(crate) async fn reconcile(&self, now: Timestamp) -> Result<Reconciled, Error> {
        let mut walk = self.walk(now).await?;
        let mut report = Reconciled {
            finished: walk.value.finished,
            ..Reconciled::default()
        };
        for _ in 0..PAGES {
            if report.finished {
                break;
            }
            let (items, last) = self.table.scan_events(&walk.value, PAGE).await?;
            let (checked, missing) = self.check(&items, now).await?;
            walk = self
                .table
                .save(&walk, walk.value.at(last), &self.operation())
                .await?;
            report.checked += checked;
            report.missing += missing;
            report.finished = walk.value.finished;
        }
        Ok(report)
    }

    /// Today's walk, as far as it has come.
    async fn walk(&self, now: Timestamp) -> Result<Stored<ScanRound>, Error> {
        let today = ScanRound::new(NAME, now.to_zoned(jiff::tz::TimeZone::UTC).date());
        let Some(item) = self.table.get(&keys::job(NAME)).await? else {
            return self
                .table
                .create(today, &self.operation(), Error::Conflict)
                .await;
        };
        let walk = Stored::<ScanRound>::read(&item)?;
        if walk.value.day == today.day {
            return Ok(walk);
        }
        self.table.save(&walk, today, &self.operation()).await
    }

    fn operation(&self) -> Operation {
        Operation::internal(self.entropy.bytes())
    }

    /// Sends what the items tell and the feeds have not; how many events were looked for, and how many were missing.
    async fn check(&self, items: &[Item], now: Timestamp) -> Result<(usize, usize), Error> {
        let happened: Vec<Happened> = items
            .iter()
            .filter_map(|item| recent(&self.kinds, item, now))
            .collect();
        let all: Vec<&Happened> = happened.iter().collect();
        let jobs: Vec<FeedJob> = app::feed::jobs(&self.table, &all)
            .await?
            .into_iter()
            .flatten()
            .collect();
        let messages = self.missing(&jobs).await?;
        if !messages.is_empty() {
            tracing::warn!(
                events = messages.len(),
                "events were missing in their feeds"
            );
        }
        self.feed
            .send(&messages)
            .await
            .map_err(|_| Error::Unavailable)?;
        Ok((jobs.len(), messages.len()))
    }

    /// Messages of those jobs whose events are not in their feeds.
    async fn missing(&self, jobs: &[FeedJob]) -> Result<Vec<Message>, Error> {
        let guard = |job: &FeedJob| keys::feed_guard(job.tag, &job.event.id);
        let guards: Vec<_> = jobs.iter().map(guard).collect();
        let there = self.table.get_many(&guards, true).await?;
        let missing = jobs.iter().filter(|job| !there.contains_key(&guard(job)));
        let message =
            |job: &FeedJob| Ok(Message::new(job)?.in_group(job.group(), job.deduplication()));
        missing.map(message).collect::<Result<_, Error>>()
    }
}

/// The last event of an item, if it should be in its feed by now and is not older than the window.
fn recent(kinds: &StreamKinds, item: &Item, now: Timestamp) -> Option<Happened> {
    let found = Happened::found(kinds, item).unwrap_or_else(|_| {
        // The error would quote the item.
        tracing::error!("an item cannot be read");
        None
    });
    found.filter(|happened| {
        let age = now.duration_since(happened.event.at);
        (GRACE..WINDOW).contains(&age)
    })
}
