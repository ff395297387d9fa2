//! When a task is due: a moment, or a whole day.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::Fault;

/// A moment (RFC 3339), or a plain date that means the end of that day where the assignee is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Due {
    /// This moment.
    At(Timestamp),
    /// The end of this day.
    On(Date),
}

/// The years that a date may lie in: wide enough for any plan, and four digits, so that text sorts like time.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2999;

/// A date in the years that are accepted.
pub fn parse_date(text: &str) -> Result<Date, Fault> {
    let date: Date = text
        .parse()
        .map_err(|_| Fault::new("invalid", "must be a date such as 2026-11-20"))?;
    if text.len() != 10 {
        return Err(Fault::new("invalid", "must be a date such as 2026-11-20"));
    }
    in_range(date).map(|()| date)
}

fn in_range(date: Date) -> Result<(), Fault> {
    let message = "must be between the years 1970 and 2999";
    YEARS
        .contains(&date.year())
        .then_some(())
        .ok_or_else(|| Fault::new("out_of_range", message))
}

impl Due {
    /// Text that sorts like time; a day sorts behind every moment in it (UTC).
    pub fn sort_key(self) -> String {
        match self {
            Self::At(moment) => format!("{moment:.3}"),
            Self::On(date) => format!("{date}~"),
        }
    }
}

/// What stands in a key in place of a missing due date: it sorts behind every date.
pub const NO_DUE: &str = "9";

impl FromStr for Due {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.len() == 10 {
            return parse_date(text).map(Self::On);
        }
        let moment: Timestamp = text.parse().map_err(|_| {
            Fault::new(
                "invalid",
                "must be a date such as 2026-11-20 or a time such as 2026-11-20T17:00:00Z",
            )
        })?;
        in_range(moment.to_zoned(jiff::tz::TimeZone::UTC).date())?;
        // Milliseconds are what is kept and printed.
        Ok(Self::At(
            Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment),
        ))
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(moment) => write!(f, "{moment}"),
            Self::On(date) => write!(f, "{date}"),
        }
    }
}

impl From<Due> for String {
    fn from(due: Due) -> Self {
        due.to_string()
    }
}

impl TryFrom<String> for Due {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_dates_sort_like_time_and_a_day_comes_after_its_moments() {
        let texts = [
            "1999-12-31",
            "2026-11-20T00:00:00Z",
            "2026-11-20T23:59:59.999Z",
            "2026-11-20",
            "2026-11-21T00:00:00Z",
        ];
        let keys: Vec<String> = texts
            .iter()
            .map(|text| text.parse::<Due>().unwrap().sort_key())
            .collect();
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(keys.iter().all(|key| key.as_str() < NO_DUE));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in [
            "",
            "tomorrow",
            "2026-02-30",
            "2026-11-20T25:00:00Z",
            "2026-11-20T10:00:00",
            "1969-12-31",
            "3000-01-01",
            "20261120",
            "-2026-11-20",
        ] {
            assert!(bad.parse::<Due>().is_err(), "{bad}");
        }
        assert_eq!(
            "2026-11-20T10:00:00+02:00"
                .parse::<Due>()
                .unwrap()
                .to_string(),
            "2026-11-20T08:00:00Z"
        );
    }
}
