//! How long what was deleted can be brought back.

use jiff::{SignedDuration, Timestamp};

/// Days for which something deleted can be brought back.
pub const RESTORE_DAYS: i64 = 30;

/// The moment until which something deleted at `deleted_at` can be brought back.
pub fn restore_until(deleted_at: Timestamp) -> Timestamp {
    deleted_at
        .checked_add(SignedDuration::from_hours(24 * RESTORE_DAYS))
        .unwrap_or(Timestamp::MAX)
}
