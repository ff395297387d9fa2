//! Reading the fields that several requests have.

use domain::Faults;
use domain::id::{TeamId, UserId};
use domain::text::Fault;
use domain::work::due::parse_date;
use jiff::civil::Date;

/// A person's id in a body.
pub fn person(faults: &mut Faults, field: &str, text: Option<String>) -> Option<UserId> {
    let parse = |text: String| {
        text.parse()
            .map_err(|_| Fault::new("invalid", "must be a user's id"))
    };
    text.and_then(|text| faults.take(field, parse(text)))
}

/// A team's id in a body.
pub fn team(faults: &mut Faults, field: &str, text: &str) -> Option<TeamId> {
    faults.take(
        field,
        text.parse()
            .map_err(|_| Fault::new("invalid", "must be a team's id")),
    )
}

/// A day in a body.
pub fn day(faults: &mut Faults, field: &str, text: Option<String>) -> Option<Date> {
    text.and_then(|text| faults.take(field, parse_date(&text)))
}
