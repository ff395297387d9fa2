//! What calls functions besides the API: streams, queues, schedules.

mod filter;
mod queue;
mod schedule;
mod stream;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::dynamo::Dynamo;
use crate::functions::Functions;
use crate::lots::Lots;
use crate::net::Stop;
use crate::queues::Queues;
use crate::state::State;
use crate::template::{Function, Trigger};

/// What triggers work with; clones share it.
#[derive(Clone)]
pub(crate) struct Triggers {
    pub dynamo: Dynamo,
    pub queues: Queues,
    pub functions: Functions,
    pub state: State,
    pub objects: aws_sdk_s3::Client,
    /// Failed messages stay hidden as long as AWS hides them.
    pub patient: bool,
    shared: Arc<Shared>,
}

/// What tells whether everything has come to rest.
#[derive(Default)]
struct Shared {
    /// How many calls have been begun, ever.
    begun: AtomicUsize,
    /// How many of them have ended.
    ended: AtomicUsize,
    /// How far each stream has been worked off: table and position, by trigger.
    positions: Mutex<BTreeMap<String, (String, i64)>>,
    /// The queues that a function is behind.
    drained: Mutex<Vec<String>>,
    /// Rung to look at the streams now.
    look: Notify,
    /// Draws what batches are like; if there are none, they are as large as they may be, and come once.
    lots: Mutex<Option<Lots>>,
}

/// A call under way; it ends when this is dropped.
pub(crate) struct Busy(Arc<Shared>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

impl Triggers {
    pub fn new(
        dynamo: Dynamo,
        queues: Queues,
        functions: Functions,
        state: State,
        objects: aws_sdk_s3::Client,
    ) -> Self {
        Self {
            dynamo,
            queues,
            functions,
            state,
            objects,
            patient: false,
            shared: Arc::default(),
        }
    }

    /// The same; `patient` leaves failed messages hidden as long as AWS does.
    pub fn patient(self, patient: bool) -> Self {
        Self { patient, ..self }
    }

    /// Starts what triggers the given functions.
    pub fn start(
        &self,
        functions: &[Function],
        tasks: &mut JoinSet<()>,
        stop: &Stop,
    ) -> Result<(), String> {
        for function in functions {
            for trigger in &function.triggers {
                let (own, name, stop) = (self.clone(), function.name.clone(), stop.clone());
                match trigger {
                    Trigger::Stream(trigger) => {
                        let pump = stream::Pump::new(own, name, trigger.clone())?;
                        tasks.spawn(pump.run(stop));
                    }
                    Trigger::Queue(trigger) => {
                        self.drained().push(trigger.queue.clone());
                        tasks.spawn(
                            queue::Pump {
                                triggers: own,
                                function: name,
                                trigger: trigger.clone(),
                            }
                            .run(stop),
                        );
                    }
                    Trigger::Schedule(trigger) => {
                        tasks.spawn(schedule::run(own, name, trigger.clone(), stop));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether nothing is left to do: every stream read to its end, every queue with a function empty, no call running.
    ///
    /// Streams are looked at twice, since a function behind a queue may have written meanwhile, and a call that began
    /// in between spoils the finding.
    pub fn at_rest(&self) -> bool {
        let begun = self.shared.begun.load(Ordering::SeqCst);
        let streams = || {
            self.positions()
                .values()
                .all(|(table, position)| self.is_read(table, *position))
        };
        let queues = || self.drained().iter().all(|queue| self.is_empty(queue));
        streams()
            && queues()
            && self.shared.ended.load(Ordering::SeqCst) == begun
            && streams()
            && self.shared.begun.load(Ordering::SeqCst) == begun
    }

    /// Makes the stream triggers look at once instead of at their next turn.
    pub fn hurry(&self) {
        self.shared.look.notify_waiters();
    }

    /// From now on batches are cut anywhere, and every other one of a stream comes twice; `None` ends that.
    pub fn unsettle(&self, seed: Option<u64>) {
        *self
            .shared
            .lots
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = seed.map(Lots::new);
    }

    /// A lot below `bound`; none in quiet times.
    fn draw(&self, bound: u64) -> Option<u64> {
        self.shared
            .lots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .map(|lots| lots.draw(bound))
    }

    /// The size of the next batch, if `most` is the largest.
    fn batch(&self, most: usize) -> usize {
        self.draw(most as u64).map_or(most, |lot| lot as usize + 1)
    }

    /// How far the streams have been worked off; they count the records of their tables.
    pub fn position(&self) -> i64 {
        self.positions()
            .values()
            .map(|(_, position)| *position)
            .min()
            .unwrap_or_default()
    }

    /// Reads the streams once more from behind this position.
    pub fn rewind(&self, to: i64) {
        self.positions()
            .values_mut()
            .for_each(|(_, position)| *position = to.min(*position));
        self.hurry();
    }

    fn is_read(&self, table: &str, position: i64) -> bool {
        self.dynamo
            .records(table, position, 1)
            .is_ok_and(|page| page.records.is_empty())
    }

    fn is_empty(&self, queue: &str) -> bool {
        self.queues.is_idle(queue).unwrap_or(false)
    }

    fn positions(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (String, i64)>> {
        self.shared
            .positions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn drained(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.shared
            .drained
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a call as under way.
    pub fn busy(&self) -> Busy {
        self.shared.begun.fetch_add(1, Ordering::SeqCst);
        Busy(self.shared.clone())
    }
}

/// The identifiers in a partial-batch answer; `None` if the answer is of another kind.
fn failed_items(answer: &serde_json::Value) -> Option<Vec<&str>> {
    let items = answer.get("batchItemFailures")?.as_array()?;
    Some(
        items
            .iter()
            .map(|item| item["itemIdentifier"].as_str().unwrap_or_default())
            .collect(),
    )
}
