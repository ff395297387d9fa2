//! Bytes that were announced and have not come yet. They take room until they come or their time is over, so that nobody
//! announces more than an organization has room for, and no one person more than a part of it in two hours.
//!
//! They are counted by stretches of time as long as an upload may take: an upload that lives was announced in this
//! stretch or in the one before, and a stretch before that needs no giving back.

use std::collections::BTreeMap;

use domain::Error;
use domain::files::attachment::Upload;
use domain::id::Tag;
use jiff::Timestamp;
use store::Scope;
use store::keys::{self, Key};
use store::transaction::Transaction;

use super::{BYTES, Limits, signed, size};

/// The stretch of a moment.
fn stretch(at: Timestamp) -> i64 {
    at.as_second().div_euclid(Upload::LIFETIME.as_secs())
}

/// When the count of a stretch is needed no more, in seconds since 1970.
fn end(stretch: i64) -> i64 {
    (stretch + 3) * Upload::LIFETIME.as_secs()
}

/// What tells how many bytes are announced.
pub(super) fn read(tag: Tag, now: Timestamp) -> [Key; 2] {
    [0, 1].map(|back| keys::announced(tag, stretch(now) - back))
}

/// The bytes that are announced in an organization, if `read` was read.
pub(super) fn bytes(scope: &Scope) -> u64 {
    read(scope.tag(), scope.at())
        .iter()
        .map(|key| scope.extra_number(key, BYTES))
        .sum()
}

/// Counts an upload that is announced.
pub(super) fn take(
    transaction: &mut Transaction,
    scope: &Scope,
    limits: &Limits,
    upload: &Upload,
) -> Result<(), Error> {
    let refusal = Error::LimitReached {
        what: "bytes that a person has announced",
        limit: size(limits.person()),
    };
    let [all, of_person] = counters(scope.tag(), upload);
    let (bytes, until) = (signed(upload.announced.size)?, end(stretch(upload.at)));
    // The present stretch is not among them: the condition below is on its counter itself.
    let taken = [
        keys::storage(scope.tag()),
        read(scope.tag(), scope.at())[1].clone(),
    ];
    let taken: u64 = taken.iter().map(|key| scope.extra_number(key, BYTES)).sum();
    transaction.count_until(
        all,
        BYTES,
        bytes,
        Some((limits.storage.saturating_sub(taken), limits.full())),
        until,
    );
    transaction.count_until(
        of_person,
        BYTES,
        bytes,
        Some((limits.person(), refusal)),
        until,
    );
    Ok(())
}

/// Gives back what uploads took that came, or never will.
pub(super) fn give_back<'a>(
    transaction: &mut Transaction,
    scope: &Scope,
    uploads: impl IntoIterator<Item = &'a Upload>,
) -> Result<(), Error> {
    // A transaction names an item once.
    let mut sums: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
    for upload in uploads {
        let bytes = signed(upload.announced.size)?;
        for counter in counters(scope.tag(), upload) {
            sums.entry(counter)
                .or_insert((0, end(stretch(upload.at))))
                .0 += bytes;
        }
    }
    for (counter, (bytes, until)) in sums {
        transaction.count_until(counter, BYTES, -bytes, None, until);
    }
    Ok(())
}

/// Where an upload is counted: with all of the organization, and with those of the person.
fn counters(tag: Tag, upload: &Upload) -> [Key; 2] {
    let stretch = stretch(upload.at);
    [
        keys::announced(tag, stretch),
        keys::announced_by(tag, stretch, upload.by),
    ]
}
