//! Weighs calls.

use jiff::Timestamp;
use local::Call;
use runtime::env::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tests::{Answer, Request, World};

use super::bill::{Bill, Rules};
use crate::table;

/// How much something may be.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// Exactly so much.
    Is(f64),
    /// So much or less.
    Most(f64),
    /// Whatever it is; the table keeps it.
    Any,
}

use Bound::{Any, Is, Most};

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Is(bound) => value == bound,
            Most(bound) => value <= bound,
            Any => true,
        }
    }
}

/// What a call may cost: round trips, read units, write units.
pub type Target = (Bound, Bound, Bound);

/// Of calls that no target was set for.
pub const NO_TARGET: Target = (Any, Any, Any);

/// The target of a call with so many round trips and units.
pub fn exactly(trips: u32, reads: f64, writes: f64) -> Target {
    (Is(trips.into()), Is(reads), Is(writes))
}

/// The target of a call that only reads.
pub fn at_most(trips: u32, reads: f64) -> Target {
    (Most(trips.into()), Most(reads), Is(0.0))
}

/// A clock that stands still: the digits of a moment have bytes, and the table is to be the same every time.
#[derive(Clone)]
pub struct StillClock(Arc<AtomicI64>);

impl StillClock {
    /// It stands at a moment with as many digits as moments have.
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_790_000_000_123)))
    }

    /// The clock that functions get.
    pub fn clock(&self) -> Clock {
        let now = self.0.clone();
        Clock::from_fn(move || {
            Timestamp::from_millisecond(now.load(Ordering::SeqCst)).unwrap_or_default()
        })
    }
}

struct Line {
    name: String,
    trips: f64,
    bill: Bill,
    target: Target,
}

/// Weighs calls, one at a time, and keeps the results.
pub struct Scale<'a> {
    /// The world in which the calls are made.
    pub world: &'a World,
    now: StillClock,
    rules: Rules,
    lines: Vec<Line>,
}

impl<'a> Scale<'a> {
    /// An empty scale.
    pub async fn new(world: &'a World, now: StillClock) -> Self {
        Self {
            world,
            now,
            rules: Rules::of(&world.cloud).await,
            lines: vec![],
        }
    }

    /// Lets a minute pass.
    pub fn wait_a_minute(&self) {
        self.now.0.fetch_add(60_000, Ordering::SeqCst);
    }

    /// Makes a call and notes what it costs.
    pub async fn weigh(
        &mut self,
        name: &str,
        target: Target,
        status: u16,
        request: Request,
    ) -> Answer {
        let cloud = &self.world.cloud;
        cloud.settle().await;
        let before = table::snapshot(cloud).await;
        cloud.record_calls();
        let answer = request.send().await.expect(status);
        let calls: Vec<Call> = cloud
            .take_calls()
            .into_iter()
            .filter(is_of_the_request)
            .collect();
        let after = table::snapshot(cloud).await;
        let bill = self.rules.bill(&calls, &before, &after);
        assert_eq!(
            Bill::reported(&calls),
            bill,
            "{name}: DynamoDB says otherwise than its rules"
        );
        // Shown if a later call fails the test.
        println!(
            "{name}: {} trips, {} RCU, {} WCU",
            trips(&answer),
            bill.reads,
            bill.written()
        );
        self.lines.push(Line {
            name: name.to_owned(),
            trips: trips(&answer),
            bill,
            target,
        });
        answer
    }

    /// Does a piece of a worker's work and notes what it costs: its calls are made one after the other.
    pub async fn weigh_work<T>(
        &mut self,
        name: &str,
        target: Target,
        worker: &str,
        work: impl Future<Output = T>,
    ) -> T {
        let cloud = &self.world.cloud;
        cloud.settle().await;
        let before = table::snapshot(cloud).await;
        cloud.record_calls();
        let done = work.await;
        let calls: Vec<Call> = cloud
            .take_calls()
            .into_iter()
            .filter(|call| call.function == worker)
            .collect();
        let bill = self
            .rules
            .bill(&calls, &before, &table::snapshot(cloud).await);
        assert_eq!(
            Bill::reported(&calls),
            bill,
            "{name}: DynamoDB says otherwise than its rules"
        );
        self.lines.push(Line {
            name: name.to_owned(),
            trips: calls.len() as f64,
            bill,
            target,
        });
        done
    }

    /// The table of all that was weighed, in Markdown.
    pub fn table(&self) -> String {
        let mut table =
            "| call | round trips | RCU | WCU | of which indexes |\n|---|---|---|---|---|\n"
                .to_owned();
        for Line {
            name, trips, bill, ..
        } in &self.lines
        {
            let indexes: Vec<String> = bill
                .by_index()
                .map(|(index, units)| format!("{index} {units}"))
                .collect();
            let (reads, writes) = (bill.reads, bill.written());
            table.push_str(&format!(
                "| {name} | {trips} | {reads} | {writes} | {} |\n",
                indexes.join(", ")
            ));
        }
        table
    }

    /// Fails if a call has missed its target.
    pub fn judge(&self) {
        let missed = self.lines.iter().filter_map(
            |Line {
                 name,
                 trips,
                 bill,
                 target,
             }| {
                let measured = (*trips, bill.reads, bill.written());
                let holds = target.0.holds(measured.0)
                    && target.1.holds(measured.1)
                    && target.2.holds(measured.2);
                (!holds).then(|| format!("{name}: {measured:?} misses {target:?}"))
            },
        );
        let missed: Vec<String> = missed.collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

/// Whether a request has made the call, and not what follows from it; and made it to the table.
fn is_of_the_request(call: &Call) -> bool {
    // Those to the object store are called by their HTTP method.
    let to_objects = call.operation.bytes().all(|byte| byte.is_ascii_uppercase());
    let elsewhere = to_objects
        || call.operation == "CreatePlatformEndpoint"
        || !call.request["SecretId"].is_null();
    // What a client sends over a live connection is a request too.
    let follows = local::WORKERS.contains(&call.function.as_str()) && call.function != "live";
    !follows && !elsewhere
}

/// The round trips, as the answer tells them.
fn trips(answer: &Answer) -> f64 {
    let timing = answer.header("server-timing");
    let trips = timing
        .rsplit_once("desc=\"")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    trips.unwrap_or_else(|| panic!("{}: no round trips in {timing}", answer.request))
}
