//! What one change of a thing changes in its item.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;

use crate::record::{Members, ROW, Record, Stored};
use crate::table::int;

/// An update expression that turns one item into another, touching only what differs: attributes and members of the row
/// that this release does not know stay as they are.
#[derive(Default)]
pub(crate) struct Difference {
    /// What it does.
    pub expression: String,
    /// The names in it.
    pub names: HashMap<String, String>,
    /// The values in it.
    pub values: HashMap<String, AttributeValue>,
}

impl Difference {
    /// What turns `before` into `after`.
    pub fn between<T: Record>(before: &Stored<T>, after: &Stored<T>) -> Result<Self, Error> {
        // Sets change aside from the version: a save must not put back what it has read of them.
        let old = before.attributes()?.without(T::SETS);
        let new = after.attributes()?.without(T::SETS);
        let mut difference = Self::default();
        let (mut set, mut gone) = difference.clauses("", &old.outer, &new.outer);
        if let (Some(old), Some(new)) = (&old.row, &new.row) {
            let (set_in_row, gone_from_row) = difference.row_clauses(old, new);
            set.extend(set_in_row);
            gone.extend(gone_from_row);
        }
        // Something is always set: the version.
        difference.expression = format!("SET {}", set.join(", "));
        if !gone.is_empty() {
            difference
                .expression
                .push_str(&format!(" REMOVE {}", gone.join(", ")));
        }
        difference
            .values
            .insert(":version".to_owned(), int(before.version));
        Ok(difference)
    }

    /// The same of members of the row, which is named if any of them differs.
    fn row_clauses(&mut self, old: &Members, new: &Members) -> (Vec<String>, Vec<String>) {
        let (set, gone) = self.clauses("#row.", old, new);
        // A name that the expression does not use is refused.
        if !(set.is_empty() && gone.is_empty()) {
            self.names.insert("#row".to_owned(), ROW.to_owned());
        }
        (set, gone)
    }

    /// What is to be set and what to be removed under a path, to turn the old attributes into the new ones.
    fn clauses(&mut self, path: &str, old: &Members, new: &Members) -> (Vec<String>, Vec<String>) {
        let changed = new
            .iter()
            .filter(|(name, value)| old.get(*name) != Some(value));
        let set = changed.map(|(name, value)| {
            let placeholder = format!(":v{}", self.values.len());
            self.values.insert(placeholder.clone(), value.clone());
            format!("{path}{} = {placeholder}", self.name(name))
        });
        let set = set.collect();
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        (
            set,
            gone.map(|name| format!("{path}{}", self.name(name)))
                .collect(),
        )
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }
}
