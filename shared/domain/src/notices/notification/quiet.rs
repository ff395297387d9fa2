//! Quiet hours: the part of each day in which mail and devices stay silent.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::text::Fault;

/// A time of day to the minute: `HH:MM`, from 00:00 to 23:59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    hour: i8,
    minute: i8,
}

impl TimeOfDay {
    fn time(self) -> Time {
        Time::constant(self.hour, self.minute, 0, 0)
    }
}

impl FromStr for TimeOfDay {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let number = |digits: &str, end: i8| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|number| plain && *number < end)
        };
        let parts = text
            .split_once(':')
            .and_then(|(hour, minute)| Some((number(hour, 24)?, number(minute, 60)?)));
        let (hour, minute) =
            parts.ok_or_else(|| Fault::new("invalid", "must be a time of day such as 22:30"))?;
        Ok(Self { hour, minute })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

/// From a time of day until another, which is the next day's if it is the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin.
    pub from: TimeOfDay,
    /// When they are over.
    pub to: TimeOfDay,
}

impl QuietHours {
    /// Quiet hours that do not end when they begin.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Self, Fault> {
        (from != to)
            .then_some(Self { from, to })
            .ok_or_else(|| Fault::new("invalid", "must be another time than from"))
    }

    /// When they end, if it is quiet at this moment in this time zone.
    ///
    /// Beginning and end are moments of their own: a time that a change of clocks skips is as much later, one that it
    /// repeats is the first of the two. So it is never quiet twice in a night, nor for ever.
    pub fn until(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        let begun = [today.yesterday().ok(), Some(today)];
        begun.into_iter().flatten().find_map(|day| {
            let (begin, end) = self.of(day, zone)?;
            (begin <= now && now < end).then_some(end)
        })
    }

    /// The quiet hours that begin on a day.
    fn of(self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let moment = |date: Date, time: TimeOfDay| {
            zone.to_ambiguous_timestamp(date.to_datetime(time.time()))
                .compatible()
                .ok()
        };
        let last = if self.to > self.from {
            day
        } else {
            day.checked_add(1.day()).ok()?
        };
        Some((moment(day, self.from)?, moment(last, self.to)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        QuietHours::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn until(hours: QuietHours, zone: &str, now: &str) -> Option<String> {
        let end = hours.until(now.parse().unwrap(), &TimeZone::get(zone).unwrap());
        end.map(|end| end.to_string())
    }

    #[test]
    fn a_time_of_day_has_one_spelling() {
        for good in ["00:00", "07:05", "23:59"] {
            assert_eq!(good.parse::<TimeOfDay>().unwrap().to_string(), good);
        }
        for bad in [
            "", "7:05", "24:00", "12:60", "12", "12:5", "+1:00", "12:00:00", "ab:cd", "-1:00",
            " 1:00",
        ] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
        let at = "07:00".parse().unwrap();
        assert!(QuietHours::new(at, at).is_err());
    }

    #[test]
    fn quiet_hours_may_last_over_midnight() {
        let night = hours("22:00", "07:00");
        let end = Some("2026-11-21T06:00:00Z".to_owned());
        for now in [
            "2026-11-20T21:00:00Z",
            "2026-11-20T23:30:00Z",
            "2026-11-21T05:59:59.999Z",
        ] {
            assert_eq!(until(night, "Europe/Berlin", now), end, "{now}");
        }
        for now in [
            "2026-11-20T20:59:59.999Z",
            "2026-11-21T06:00:00Z",
            "2026-11-20T12:00:00Z",
        ] {
            assert_eq!(until(night, "Europe/Berlin", now), None, "{now}");
        }
        let noon = hours("12:00", "13:00");
        assert_eq!(
            until(noon, "UTC", "2026-11-20T12:30:00Z").as_deref(),
            Some("2026-11-20T13:00:00Z")
        );
        assert_eq!(until(noon, "UTC", "2026-11-20T13:00:00Z"), None);
    }

    #[test]
    fn an_end_that_the_clocks_skip_comes_as_much_later() {
        // In Berlin, 29 March 2026, 02:00 is followed by 03:00: half past two is half past three.
        let night = hours("22:00", "02:30");
        assert_eq!(
            until(night, "Europe/Berlin", "2026-03-29T00:45:00Z").as_deref(),
            Some("2026-03-29T01:30:00Z")
        );
        assert_eq!(until(night, "Europe/Berlin", "2026-03-29T01:30:00Z"), None);
        // Quiet hours that lie within what is skipped do not take place.
        let skipped = hours("02:10", "02:50");
        assert_eq!(
            until(skipped, "Europe/Berlin", "2026-03-29T01:05:00Z"),
            None
        );
        assert!(until(skipped, "Europe/Berlin", "2026-03-29T01:20:00Z").is_some());
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_once() {
        // In Berlin, 25 October 2026, 03:00 is followed by 02:00.
        let night = hours("22:00", "02:30");
        assert_eq!(
            until(night, "Europe/Berlin", "2026-10-25T00:15:00Z").as_deref(),
            Some("2026-10-25T00:30:00Z")
        );
        // The second quarter past two.
        assert_eq!(until(night, "Europe/Berlin", "2026-10-25T01:15:00Z"), None);
        // What begins in the first of the two hours lasts through both.
        let late = hours("02:15", "05:00");
        for now in [
            "2026-10-25T00:20:00Z",
            "2026-10-25T01:00:00Z",
            "2026-10-25T03:59:00Z",
        ] {
            assert_eq!(
                until(late, "Europe/Berlin", now).as_deref(),
                Some("2026-10-25T04:00:00Z"),
                "{now}"
            );
        }
    }
}
