//! The key of a project that was given none.

use std::collections::BTreeSet;

use domain::Error;
use domain::text::{Name, ProjectKey};
use runtime::env::Entropy;
use store::{Scope, keys};

use crate::App;

/// How often the keys that are taken are read: another project may take a free one meanwhile.
const ATTEMPTS: u32 = 4;
/// How many guards of taken keys are read at most.
const MOST_TAKEN: usize = 1_000;

/// Writes a project under a key made from its name. If that is taken, the guards of those like it tell which number
/// is free: one read for each number that is lost to another meanwhile.
pub async fn with_free_key<T, F>(
    app: &App,
    scope: &Scope,
    name: &Name,
    write: impl Fn(ProjectKey) -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let suggested = ProjectKey::suggest(name.as_str());
    let taken = keys::project_keys_like(scope.tag(), &suggested).limit(MOST_TAKEN);
    let mut key = suggested.clone();
    for attempt in 0..ATTEMPTS {
        match write(key).await {
            Err(Error::KeyTaken) if attempt + 1 < ATTEMPTS => {}
            written => return written,
        }
        let rows = app.store.rows(scope, &taken).await?;
        // Whoever lost the number to another looks further away, and not where that other looks next.
        let from = match (rows.more, attempt) {
            (true, _) => drawn(&app.entropy, ProjectKey::MAX_NUMBER),
            (false, 0) => 1,
            (false, attempt) => drawn(&app.entropy, 16 << attempt),
        };
        let numbers = keys::taken_numbers(&rows, &suggested);
        key = suggested.numbered(free_from(from, &numbers)?);
    }
    Err(Error::KeyTaken)
}

/// The first number from this one on that is not taken.
fn free_from(from: u32, taken: &BTreeSet<u32>) -> Result<u32, Error> {
    (from..=ProjectKey::MAX_NUMBER)
        .find(|number| !taken.contains(number))
        .ok_or(Error::KeyTaken)
}

/// A number from 1 to `most`.
fn drawn(entropy: &Entropy, most: u32) -> u32 {
    1 + u32::from_be_bytes(entropy.bytes()) % most
}
