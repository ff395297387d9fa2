//! Counting attempts before they are made: exactly, and without growing when they are refused.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use domain::Error;

use crate::keys::Key;
use crate::table::{Item, Table, Updated, int};

/// One of the numbers that are counted together in one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// The attribute.
    pub name: String,
    /// How many there may be.
    pub most: u64,
}

impl Table {
    /// Counts one attempt in every counter of an item, or in none if one of them is full: tells which.
    ///
    /// The item is swept after `expires`, in seconds since the epoch. A lost answer may count an attempt twice.
    pub async fn attempt(
        &self,
        key: &Key,
        counters: &[Counter],
        expires: i64,
    ) -> Result<Option<usize>, Error> {
        let additions = each(counters, ", ", |n| format!("#c{n} :one"));
        let room = each(counters, " AND ", |n| {
            format!("(attribute_not_exists(#c{n}) OR #c{n} < :c{n})")
        });
        let mut update = self
            .update(key)
            .update_expression(format!("SET #ttl = :ttl ADD {additions}"))
            .condition_expression(room)
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", int(expires))
            .expression_attribute_values(":one", int(1))
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        for (n, counter) in counters.iter().enumerate() {
            update = update
                .expression_attribute_names(format!("#c{n}"), &counter.name)
                .expression_attribute_values(format!(":c{n}"), int(counter.most));
        }
        Ok(match self.update_if(update).await? {
            Updated::Done(_) => None,
            Updated::Refused(there) => Some(full(counters, &there.unwrap_or_default())),
        })
    }
}

/// A clause for each counter, by its place among them.
fn each(counters: &[Counter], between: &str, clause: fn(usize) -> String) -> String {
    (0..counters.len())
        .map(clause)
        .collect::<Vec<_>>()
        .join(between)
}

fn full(counters: &[Counter], item: &Item) -> usize {
    let count = |counter: &Counter| item.get(&counter.name)?.as_n().ok()?.parse::<u64>().ok();
    counters
        .iter()
        .position(|counter| count(counter).is_some_and(|count| count >= counter.most))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_full_counter_is_named() {
        let counter = |name: &str| Counter {
            name: name.to_owned(),
            most: 2,
        };
        let counters = [counter("a"), counter("b")];
        let item =
            |a: u64, b: u64| Item::from([("a".to_owned(), int(a)), ("b".to_owned(), int(b))]);
        assert_eq!(full(&counters, &item(1, 2)), 1);
        assert_eq!(full(&counters, &item(2, 2)), 0);
    }
}
