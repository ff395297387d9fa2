//! Numbers about work: how much is open, how much of it late, how much due soon.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::work::due::Due;

/// What is due within so many days is due soon.
const SOON_DAYS: i64 = 7;

/// A number, as far as it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// So many.
    pub count: usize,
    /// Or more: the counting stopped here.
    pub capped: bool,
}

impl std::ops::Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            capped: self.capped || other.capped,
        }
    }
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), std::ops::Add::add)
    }
}

/// The moment from which due dates are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The moment.
    pub at: Timestamp,
    /// The day that it is where the reader is.
    pub today: Date,
}

/// What a due date means at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// It has passed.
    Overdue,
    /// It comes within seven days.
    Soon,
    /// It comes later.
    Later,
}

impl Now {
    /// The moment, in a time zone of the IANA database; UTC if none is named.
    pub fn new(at: Timestamp, zone: Option<&str>) -> Self {
        let zone = zone
            .and_then(|name| TimeZone::get(name).ok())
            .unwrap_or(TimeZone::UTC);
        Self {
            at,
            today: at.to_zoned(zone).date(),
        }
    }

    fn soon(self) -> (Timestamp, Date) {
        let at = self
            .at
            .checked_add(SignedDuration::from_hours(24 * SOON_DAYS))
            .unwrap_or(Timestamp::MAX);
        (
            at,
            self.today
                .checked_add(SOON_DAYS.days())
                .unwrap_or(Date::MAX),
        )
    }

    /// What a due date means: a day is over when it is over where the reader is.
    pub fn nearness(self, due: Due) -> Nearness {
        let (soon, last) = self.soon();
        let (past, near) = match due {
            Due::At(moment) => (moment < self.at, moment <= soon),
            Due::On(day) => (day < self.today, day <= last),
        };
        match (past, near) {
            (true, _) => Nearness::Overdue,
            (false, true) => Nearness::Soon,
            (false, false) => Nearness::Later,
        }
    }

    /// The latest due date, as text that sorts like time, that can be overdue or soon.
    pub fn horizon(self) -> String {
        let (soon, last) = self.soon();
        Due::At(soon).sort_key().max(Due::On(last).sort_key())
    }
}

/// How much work there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Not finished.
    pub open: Count,
    /// Of that, late.
    pub overdue: Count,
    /// Of that, due within seven days.
    pub due_soon: Count,
}

impl Work {
    /// Of so many open tasks, those with these due dates; `capped` says that there may be more of these.
    pub fn of(open: Count, due: impl IntoIterator<Item = Due>, capped: bool, now: Now) -> Self {
        let capped = capped || open.capped;
        let (mut overdue, mut due_soon) = (Count { count: 0, capped }, Count { count: 0, capped });
        for due in due {
            match now.nearness(due) {
                Nearness::Overdue => overdue.count += 1,
                Nearness::Soon => due_soon.count += 1,
                Nearness::Later => {}
            }
        }
        Self {
            open,
            overdue,
            due_soon,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(zone: &str) -> Now {
        Now::new("2026-11-20T23:30:00Z".parse().unwrap(), Some(zone))
    }

    #[test]
    fn a_day_is_over_when_it_is_over_where_the_reader_is() {
        let due: Due = "2026-11-20".parse().unwrap();
        assert_eq!(now("UTC").nearness(due), Nearness::Soon);
        assert_eq!(now("Europe/Berlin").nearness(due), Nearness::Overdue);
        assert_eq!(now("nowhere").nearness(due), Nearness::Soon);
    }

    #[test]
    fn soon_is_within_seven_days_to_the_moment() {
        for (due, wanted) in [
            ("2026-11-20T23:29:59Z", Nearness::Overdue),
            ("2026-11-20T23:30:00Z", Nearness::Soon),
            ("2026-11-27T23:30:00Z", Nearness::Soon),
            ("2026-11-27T23:30:01Z", Nearness::Later),
            ("2026-11-27", Nearness::Soon),
            ("2026-11-28", Nearness::Later),
        ] {
            assert_eq!(now("UTC").nearness(due.parse().unwrap()), wanted, "{due}");
        }
    }

    #[test]
    fn nothing_that_counts_lies_behind_the_horizon() {
        for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let now = now(zone);
            for day in 10..=30 {
                for due in [format!("2026-11-{day}"), format!("2026-11-{day}T23:59:59Z")] {
                    let due: Due = due.parse().unwrap();
                    let counts = now.nearness(due) != Nearness::Later;
                    assert!(!counts || due.sort_key() <= now.horizon(), "{zone} {due}");
                }
            }
        }
    }

    #[test]
    fn what_was_not_counted_to_the_end_says_so_everywhere() {
        let some = Count {
            count: 500,
            capped: true,
        };
        let work = Work::of(
            some,
            ["2026-11-01".parse().unwrap(), "2026-11-25".parse().unwrap()],
            false,
            now("UTC"),
        );
        assert_eq!((work.overdue.count, work.due_soon.count), (1, 1));
        assert!(work.overdue.capped && work.due_soon.capped && work.open.capped);
        assert_eq!(
            [
                some,
                Count {
                    count: 2,
                    capped: false
                }
            ]
            .into_iter()
            .sum::<Count>(),
            Count { count: 502, ..some }
        );
    }
}
