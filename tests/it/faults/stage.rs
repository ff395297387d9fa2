//! The stage of the faults: people, an organization, and what a request has done to the table.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use local::{Call, Fault, Hits};
use tests::{Answer, Person, Request, Team, World};

use crate::table::{Key, Snapshot, number, written};

/// A request that writes, with everything that it needs made before.
pub struct Case {
    /// What it does.
    pub name: &'static str,
    /// The function that it calls.
    pub function: &'static str,
    /// How it is answered.
    pub status: u16,
    /// Makes what it needs, anew each time.
    pub prepare: for<'a> fn(&'a Stage) -> BoxFuture<'a, Request>,
}

/// Where the cases play.
pub struct Stage {
    /// The world.
    pub world: World,
    /// An organization; its owner owns everything.
    pub team: Team,
    /// A member of it whose address is verified.
    pub bob: Person,
    /// A project of it.
    pub project: String,
    made: AtomicUsize,
}

impl Stage {
    /// A stage of its own.
    pub async fn new() -> Self {
        // Hours pass on this stage, because only so many mails go to one address in an hour; nothing is swept meanwhile.
        let token = ("ACCESS_TOKEN_SECONDS".to_owned(), "100000000".to_owned());
        let world = World::with(|options| {
            options.sweep_ttl = false;
            options.large = true;
            options.variables.extend([token]);
        });
        let world = world.await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        Self {
            world,
            team,
            bob,
            project,
            made: AtomicUsize::new(0),
        }
    }

    /// A number that was not used before. An hour passes.
    pub fn fresh(&self) -> usize {
        self.world.clock.advance(SignedDuration::from_hours(1));
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// The owner shows their password again. An hour passes.
    pub async fn prove(&self) {
        self.fresh();
        self.team.owner.prove().await;
    }

    /// Prepares and makes the request of a case, with faults in its way.
    pub async fn play(&self, case: &Case, faults: Vec<Fault>) -> Outcome {
        let request = (case.prepare)(self).await;
        let cloud = &self.world.cloud;
        let before = written(cloud).await;
        cloud.record_calls();
        let hits: Vec<Hits> = faults
            .into_iter()
            .map(|fault| cloud.faults().add(fault.in_function(case.function)))
            .collect();
        let answer = request.send().await;
        cloud.faults().clear();
        let calls = cloud
            .take_calls()
            .into_iter()
            .filter(|call| call.function == case.function);
        // Those to the object store are called by their HTTP method.
        let to_objects = |call: &Call| call.operation.bytes().all(|byte| byte.is_ascii_uppercase());
        // How a request was answered is noted once all is done, and the answer does not depend on that.
        let notes = |call: &Call| {
            let key = call.request["Item"]["pk"]["S"].as_str();
            key.is_some_and(|key| key.starts_with("O#"))
        };
        let calls = calls
            .filter(|call| call.request["SecretId"].is_null() && !to_objects(call) && !notes(call))
            .collect();
        let effect = effect(&before, &written(cloud).await);
        Outcome {
            answer,
            calls,
            effect,
            hits: hits.iter().map(Hits::count).collect(),
        }
    }
}

/// What came of a request.
pub struct Outcome {
    /// Its answer.
    pub answer: Answer,
    /// What the function asked of the table.
    pub calls: Vec<Call>,
    /// What it did to the table.
    pub effect: Vec<String>,
    /// How often each fault struck.
    pub hits: Vec<usize>,
}

/// What has become of the items, without what differs from one thing to the next: each kind, and by how many versions.
///
/// Counters of attempts, of mails and of task numbers are left out: they may count one too many.
fn effect(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let counts =
        |key: &Key| key.0.starts_with("RL#") || key.0.starts_with("MAIL#") || key.1 == "COUNTER";
    let version = |of: &Snapshot, key: &Key| {
        of.get(key)
            .map(|item| number(item, "version").unwrap_or_default())
    };
    let keys = before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(*key)));
    let changed = keys.filter(|key| !counts(key) && before.get(*key) != after.get(*key));
    let mut effect: Vec<String> = changed
        .map(|key| match (version(before, key), version(after, key)) {
            (None, Some(version)) => format!("{} made, version {version}", kind(key)),
            (Some(_), None) => format!("{} gone", kind(key)),
            (before, after) => {
                format!(
                    "{} changed by {:?}",
                    kind(key),
                    after.zip(before).map(|(after, before)| after - before)
                )
            }
        })
        .collect();
    effect.sort();
    effect
}

/// The fixed words of a key.
fn kind((pk, sk): &Key) -> String {
    let words: Vec<&str> = pk.split('#').collect();
    let place = match words[0] {
        "T" => words.get(2).copied().unwrap_or("T"),
        "G" => words[1],
        other => other,
    };
    let part = sk
        .split('#')
        .next()
        .filter(|_| words[0] != "G")
        .unwrap_or_default();
    format!("{place} {part}")
}
