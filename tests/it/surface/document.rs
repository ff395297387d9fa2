//! The OpenAPI document that `system` gives out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::same;
use crate::api::{self, OPERATIONS};

#[test]
fn the_openapi_document_is_what_the_code_says() {
    let made = api::document().to_pretty_json().unwrap();
    assert_eq!(
        made,
        api::document().to_pretty_json().unwrap(),
        "the document must be made in the same order each time"
    );
    same("functions/system/openapi.json", &format!("{made}\n"));
}

#[test]
fn the_asyncapi_document_is_what_the_code_says() {
    let made = serde_json::to_string_pretty(&edge::live::asyncapi::document()).unwrap();
    same("functions/system/asyncapi.json", &format!("{made}\n"));
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let operations = &*OPERATIONS;
    let names: BTreeSet<&String> = operations.iter().map(|operation| &operation.id).collect();
    assert_eq!(
        names.len(),
        operations.len(),
        "an operationId stands for two operations"
    );
    for operation in operations {
        for (part, least) in [("summary", 5), ("description", 20)] {
            let text = operation.spec[part].as_str().unwrap_or_default();
            assert!(
                text.len() >= least,
                "{}: write a {part}: it comes from the handler's doc comment",
                operation.id
            );
        }
        assert_eq!(
            operation.spec["tags"].as_array().map(Vec::len),
            Some(1),
            "{}: an operation has one tag, its group's",
            operation.id
        );
    }
}

#[test]
fn a_name_of_a_schema_stands_for_one_thing() {
    let mut known: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    let mut twice = vec![];
    for (group, part) in local::operations() {
        let part = serde_json::to_value(part).unwrap();
        for (name, schema) in part["components"]["schemas"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let (first, same) = known
                .entry(name.clone())
                .or_insert_with(|| (group, schema.clone()));
            if schema != same {
                twice.push(format!("{name} in {first} and {group}"));
            }
        }
    }
    assert!(
        twice.is_empty(),
        "of these the document shows only the first: rename one by #[schema(as = …)]: {twice:#?}"
    );
}
