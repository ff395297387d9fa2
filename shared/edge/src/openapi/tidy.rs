//! The last hand on the document: envelopes name what is in them, and what nothing refers to is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Lets envelopes refer to the things in them. The macro writes a type argument out in full, and its schema would stand
/// in the document without ever being referred to.
pub(super) fn link(components: &mut Components) {
    let known = components.schemas.clone();
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(Schema::Object(envelope)) = schema
            && (name.starts_with("One_") || name.starts_with("Many_"))
            && let Some(data) = envelope.properties.get_mut("data")
        {
            refer(data, &known);
        }
    }
}

fn refer(schema: &mut RefOr<Schema>, known: &Schemas) {
    if let Some((name, _)) = known.iter().find(|(_, other)| *other == schema) {
        *schema = RefOr::Ref(Ref::from_schema_name(name));
    } else if let RefOr::T(Schema::Array(list)) = schema
        && let ArrayItems::RefOrSchema(item) = &mut list.items
    {
        refer(item, known);
    }
}

/// Leaves out the components that nothing refers to, not even from afar.
pub(super) fn prune(document: &mut OpenApi) {
    loop {
        let mut used = BTreeSet::new();
        references(
            &serde_json::to_value(&*document).unwrap_or_default(),
            &mut used,
        );
        let Some(components) = &mut document.components else {
            return;
        };
        let is_used =
            |kind: &str, name: &String| used.contains(&format!("#/components/{kind}/{name}"));
        let before = size(components);
        components
            .schemas
            .retain(|name, _| is_used("schemas", name));
        components
            .responses
            .retain(|name, _| is_used("responses", name));
        components
            .examples
            .retain(|name, _| is_used("examples", name));
        components
            .headers
            .retain(|name, _| is_used("headers", name));
        components
            .parameters
            .retain(|name, _| is_used("parameters", name));
        if size(components) == before {
            return;
        }
    }
}

fn size(components: &Components) -> usize {
    let Components {
        schemas,
        responses,
        examples,
        headers,
        parameters,
        ..
    } = components;
    schemas.len() + responses.len() + examples.len() + headers.len() + parameters.len()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(
                members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
