//! Reading the fields that several requests have.

use domain::Faults;
use domain::id::UserId;
use domain::membership::team;
use domain::text::Fault;
use serde_json::{Map, Value};

/// A person's id in a body.
pub fn person(faults: &mut Faults, field: &str, text: String) -> Option<UserId> {
    faults.take(
        field,
        text.parse()
            .map_err(|_| Fault::new("invalid", "must be a user's id")),
    )
}

/// What clients keep for a team.
pub fn metadata(faults: &mut Faults, map: Map<String, Value>) -> Option<String> {
    faults.take("metadata", team::metadata(Value::Object(map).to_string()))
}
