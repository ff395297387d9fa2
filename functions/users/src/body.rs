//! Reading members of bodies.

use std::str::FromStr;

use domain::Faults;
use domain::text::Fault;
use edge::patch::Field;

/// A member that can be changed but not emptied.
pub fn value<T: FromStr<Err = Fault>>(
    faults: &mut Faults,
    name: &str,
    field: Field<String>,
) -> Option<T> {
    match field {
        Field::Absent => None,
        Field::Null => {
            faults.note(name, "required", "must not be null");
            None
        }
        Field::Value(text) => faults.take(name, text.parse()),
    }
}

/// A member that can be changed and, by null, emptied.
pub fn nullable<T: FromStr<Err = Fault>>(
    faults: &mut Faults,
    name: &str,
    field: Field<String>,
) -> Option<Option<T>> {
    match field {
        Field::Absent => None,
        Field::Null => Some(None),
        Field::Value(text) => faults.take(name, text.parse()).map(Some),
    }
}
