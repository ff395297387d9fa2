//! A value for a schema of the OpenAPI document: its example, or one made of its parts.

use serde_json::{Map, Value, json};

/// A thing's id: a UUID with its tenant in it.
pub const ID: &str = "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031";

/// A person's id.
pub const PERSON: &str = "01a19166-dd00-7c1f-a2a9-6b0d37c8915e";

/// The id that a member of this name holds.
fn id(name: &str) -> &'static str {
    if ["user_id", "lead_id", "assignee_id", "owner_id"].contains(&name) {
        PERSON
    } else {
        ID
    }
}

/// A value that fits the schema.
pub fn of(document: &Value, schema: &Value) -> Value {
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#'));
        return of(
            document,
            target.expect("references of the document lead somewhere"),
        );
    }
    for list in ["oneOf", "anyOf", "allOf"] {
        let known = schema[list]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["type"] != "null");
        if let Some(one) = known {
            return of(document, one);
        }
    }
    match (&schema["enum"][0], kind(schema)) {
        (Value::Null, "object") => {
            let members = schema["properties"].as_object().into_iter().flatten();
            let value = |(name, member): (&String, &Value)| match member["format"].as_str() {
                Some("uuid") => (name.clone(), id(name).into()),
                _ => (name.clone(), of(document, member)),
            };
            members.map(value).collect::<Map<_, _>>().into()
        }
        (Value::Null, "array") => json!([of(document, &schema["items"])]),
        (Value::Null, "string") => text(schema["format"].as_str().unwrap_or_default()).into(),
        (Value::Null, "integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (Value::Null, "boolean") => json!(true),
        (Value::Null, _) => Value::Null,
        (first, _) => first.clone(),
    }
}

fn kind(schema: &Value) -> &str {
    let kinds = schema["type"].as_array().into_iter().flatten();
    let several = kinds.filter_map(Value::as_str).find(|kind| *kind != "null");
    schema["type"].as_str().or(several).unwrap_or_default()
}

fn text(format: &str) -> &'static str {
    match format {
        "uuid" => ID,
        "date-time" => "2026-12-24T17:00:00Z",
        "date" => "2026-12-24",
        "email" => "ann@example.com",
        "uri" => "https://example.com",
        _ => "text",
    }
}
