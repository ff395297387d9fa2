//! What follows from an event once it has its place in the feed. Everything here is known by the event or its number,
//! so it does no harm that it is done again.

mod counts;
mod live;
mod notify;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::Error;
use domain::id::TaskId;
use futures_util::future::join_all;
use queue::{Message, Queue};
use runtime::env::{Clock, Env, MissingVariable};
use store::Store;
use store::feed::Appended;
use store::table::Table;

/// How long events are begun to be handed over: half of what the function has.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the hand-over works with.
#[derive(Clone)]
pub(crate) struct Hands {
    /// The store.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// How long events are begun to be handed over.
    pub patience: Duration,
    /// Mail jobs.
    pub mail: Queue,
    /// Messages to live connections; FIFO.
    pub broadcast: Queue,
    /// Messages to devices.
    pub devices: Queue,
}

impl Hands {
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self {
            store: Store::new(env)?,
            clock: env.clock.clone(),
            patience: env.allow(PATIENCE),
            mail: Queue::new(env, "MAIL_QUEUE_URL")?,
            broadcast: Queue::new(env, "BROADCAST_QUEUE_URL")?,
            devices: Queue::new(env, "DEVICE_QUEUE_URL")?,
        })
    }

    /// The table: events have no caller, and their organization was decided when they happened.
    pub fn table(&self) -> &Table {
        self.store.outside("what follows from events")
    }
}

/// Hands over events of one organization; how many are done, from the first.
///
/// What happened to one task is handed over in its order: one event may decide who is told of the next. Different tasks
/// have nothing to wait for.
pub(crate) async fn all(hands: &Hands, events: &[Appended]) -> usize {
    let mut tasks: BTreeMap<Option<TaskId>, Vec<usize>> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        tasks
            .entry(event.numbered.event.task)
            .or_default()
            .push(place);
    }
    let began = Instant::now();
    let open = join_all(
        tasks
            .into_values()
            .map(|places| in_order(hands, events, places, began)),
    )
    .await;
    let done = open.into_iter().flatten().min().unwrap_or(events.len());
    tell_live(hands, &events[..done]).await
}

/// Tells live connections of events; how many are done, from the first.
async fn tell_live(hands: &Hands, events: &[Appended]) -> usize {
    let Ok(links) = live::links(hands, events).await.inspect_err(|error| {
        tracing::warn!(%error, "what events follow cannot be told");
    }) else {
        return 0;
    };
    let made: Vec<Vec<Message>> = events
        .iter()
        .map_while(|event| kept(live::messages(event, &links), event))
        .collect();
    // Those behind the first event whose messages cannot be made come again with it.
    let done = made.len();
    let placed = made
        .into_iter()
        .enumerate()
        .flat_map(|(place, messages)| messages.into_iter().map(move |message| (place, message)));
    let (places, messages): (Vec<usize>, Vec<Message>) = placed.unzip();
    match hands.broadcast.send(&messages).await {
        Ok(()) => done,
        Err(first) => places.get(first).copied().unwrap_or(0),
    }
}

/// Hands over the events in these places, one after the other; the place of the first that failed, if one did.
///
/// After some seconds no further one is begun: the function would be ended, and nothing of the batch would count.
async fn in_order(
    hands: &Hands,
    events: &[Appended],
    places: Vec<usize>,
    began: Instant,
) -> Option<usize> {
    for (nth, place) in places.into_iter().enumerate() {
        if nth > 0 && began.elapsed() > hands.patience {
            return Some(place);
        }
        let event = &events[place];
        let outcome = match counts::keep(hands, event).await {
            Ok(()) => notify::tell(hands, event).await,
            failed => failed,
        };
        if kept(outcome, event).is_none() {
            return Some(place);
        }
    }
    None
}

/// The outcome, if it is good.
fn kept<T>(outcome: Result<T, Error>, event: &Appended) -> Option<T> {
    let seq = event.numbered.seq;
    outcome
        .inspect_err(|error| tracing::warn!(seq, %error, "an event could not be handed over"))
        .ok()
}
