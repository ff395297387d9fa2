//! The shape of a table: its keys and its indexes. AWS bounds it, and a table that is there keeps the one that it was made
//! with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The most names that one index projects besides keys (API reference, `Projection`).
const NAMES_OF_AN_INDEX: usize = 20;
/// The most that all indexes of a table project together (`CreateTable`).
const NAMES_OF_ALL: usize = 100;
/// The most indexes of a table.
const INDEXES: usize = 20;

/// Why AWS would not make such a table, as far as indexes go; none if it would.
pub(super) fn refusal(definition: &Value) -> Option<String> {
    let indexes = indexes(definition);
    if indexes.len() > INDEXES {
        return Some(format!(
            "{} indexes; AWS takes at most {INDEXES}",
            indexes.len()
        ));
    }
    for (name, index) in &indexes {
        let count = index.names.len();
        if count > NAMES_OF_AN_INDEX {
            return Some(format!(
                "index {name} projects {count} names; AWS takes at most {NAMES_OF_AN_INDEX}"
            ));
        }
    }
    let all: usize = indexes.values().map(|index| index.names.len()).sum();
    (all > NAMES_OF_ALL)
        .then(|| format!("its indexes project {all} names; AWS takes at most {NAMES_OF_ALL}"))
}

/// Where the table that is there differs from the one that is wanted; none if it does not.
pub(super) fn difference(there: &Value, wanted: &Value) -> Option<String> {
    if key(there) != key(wanted) || attributes(there) != attributes(wanted) {
        return Some("its key or the kinds of its attributes".to_owned());
    }
    let (there, wanted) = (indexes(there), indexes(wanted));
    let names: BTreeSet<&String> = there.keys().chain(wanted.keys()).collect();
    let differing: Vec<String> = names
        .into_iter()
        .filter_map(|name| difference_of(name, there.get(name), wanted.get(name)))
        .collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}

/// What differs of one index; none if nothing does.
fn difference_of(name: &str, there: Option<&Index>, wanted: Option<&Index>) -> Option<String> {
    match (there, wanted) {
        (None, _) => Some(format!("the missing index {name}")),
        (_, None) => Some(format!("the index {name}, which is not wanted")),
        (Some(there), Some(wanted)) if there.key != wanted.key => {
            Some(format!("the key of index {name}"))
        }
        (Some(there), Some(wanted)) if there != wanted => {
            Some(format!("what index {name} projects"))
        }
        _ => None,
    }
}

/// An index, as far as it is fixed when it is made.
#[derive(PartialEq)]
struct Index {
    key: Vec<(String, String)>,
    projection: String,
    names: Vec<String>,
}

fn indexes(table: &Value) -> BTreeMap<String, Index> {
    let indexes = table["GlobalSecondaryIndexes"]
        .as_array()
        .into_iter()
        .flatten();
    let read = |index: &Value| {
        let projection = &index["Projection"];
        let mut names: Vec<String> = projection["NonKeyAttributes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect();
        names.sort();
        (
            text(&index["IndexName"]),
            Index {
                key: key(index),
                projection: text(&projection["ProjectionType"]),
                names,
            },
        )
    };
    indexes.map(read).collect()
}

/// The attributes of a key: which, and whether they choose the partition or sort within it.
fn key(of: &Value) -> Vec<(String, String)> {
    let attributes = of["KeySchema"].as_array().into_iter().flatten();
    attributes
        .map(|one| (text(&one["AttributeName"]), text(&one["KeyType"])))
        .collect()
}

/// The attributes of all keys with their kinds.
fn attributes(table: &Value) -> BTreeSet<(String, String)> {
    let defined = table["AttributeDefinitions"]
        .as_array()
        .into_iter()
        .flatten();
    defined
        .map(|one| (text(&one["AttributeName"]), text(&one["AttributeType"])))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn index(name: &str, names: &[String]) -> Value {
        json!({
            "IndexName": name,
            "KeySchema": [{ "AttributeName": "a", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": names },
        })
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("n{n}")).collect()
    }

    fn table(indexes: &[Value]) -> Value {
        json!({ "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }], "GlobalSecondaryIndexes": indexes })
    }

    #[test]
    fn what_aws_would_refuse_is_refused() {
        let projecting = |counts: &[usize]| {
            let indexes: Vec<Value> = counts
                .iter()
                .enumerate()
                .map(|(n, count)| index(&format!("i{n}"), &names(*count)))
                .collect();
            refusal(&table(&indexes))
        };
        assert_eq!(projecting(&[20, 20, 20, 20, 20]), None);
        assert_eq!(
            projecting(&[1, 21]).unwrap(),
            "index i1 projects 21 names; AWS takes at most 20"
        );
        assert_eq!(
            projecting(&[20, 20, 20, 20, 20, 1]).unwrap(),
            "its indexes project 101 names; AWS takes at most 100"
        );
        assert_eq!(
            projecting(&[1; 21]).unwrap(),
            "21 indexes; AWS takes at most 20"
        );
    }

    #[test]
    fn what_differs_is_said() {
        let one = table(&[index("one", &names(2))]);
        assert_eq!(difference(&one, &one), None);
        assert_eq!(
            difference(&one, &table(&[index("one", &names(3))])).unwrap(),
            "what index one projects"
        );
        let others = table(&[index("two", &names(2))]);
        assert_eq!(
            difference(&one, &others).unwrap(),
            "the index one, which is not wanted, the missing index two"
        );
        let mut other = one.clone();
        other["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"] = "b".into();
        assert_eq!(difference(&one, &other).unwrap(), "the key of index one");
        other["KeySchema"][0]["AttributeName"] = "id".into();
        assert_eq!(
            difference(&one, &other).unwrap(),
            "its key or the kinds of its attributes"
        );
        let mut numbered = one.clone();
        numbered["AttributeDefinitions"] = json!([{ "AttributeName": "pk", "AttributeType": "N" }]);
        assert_eq!(
            difference(&one, &numbered).unwrap(),
            "its key or the kinds of its attributes"
        );
    }
}
