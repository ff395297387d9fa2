//! The operations, as their own document tells them: what is not documented is not tested, so a test elsewhere compares
//! the document with the routes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

/// The whole document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let groups = local::operations().into_iter().map(|(_, part)| part).collect();
    serde_json::to_value(edge::openapi::document(groups)).unwrap()
});

/// Every operation, in the order of paths and methods.
pub static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let found = methods.into_iter().filter_map(|method| {
            let operation = item.get(method.as_str().to_ascii_lowercase())?;
            Some(Operation::read(method, path, operation))
        });
        found.collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
});

/// One operation.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// The public path, with its parameters in braces.
    pub path: String,
    /// The names of the parameters in the path.
    pub in_path: Vec<String>,
    /// The names of the parameters in the query.
    pub in_query: Vec<String>,
    /// The body's schema, without references.
    pub body: Option<Value>,
    /// There must be a body.
    pub needs_body: bool,
    /// The statuses of success.
    pub successes: BTreeSet<u16>,
    /// The codes of the errors.
    pub codes: BTreeSet<String>,
}

impl Operation {
    fn read(method: Method, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolve);
        let parameters: Vec<Value> = parameters.collect();
        let named = |place: &str| {
            let of_place = parameters.iter().filter(|parameter| parameter["in"] == place);
            of_place.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
        };
        let (mut successes, mut codes) = (BTreeSet::new(), BTreeSet::new());
        for (status, response) in operation["responses"].as_object().unwrap() {
            match status.parse().unwrap() {
                status @ ..400 => {
                    successes.insert(status);
                }
                _ => codes.extend(codes_of(response)),
            }
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        Self {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            method,
            path: path.to_owned(),
            in_path: named("path"),
            in_query: named("query"),
            body: (!schema.is_null()).then(|| resolve(schema)),
            needs_body: operation["requestBody"]["required"] == true,
            successes,
            codes,
        }
    }

    /// Method and path.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The members of the body, `items` of an array included, each as the way to it and its schema.
    pub fn members(&self) -> Vec<(String, Value)> {
        let mut found = vec![];
        if let Some(schema) = &self.body {
            collect(schema, "", &mut found);
        }
        found
    }
}

/// A part of the document with what it refers to in its place.
fn resolve(part: &Value) -> Value {
    match part {
        Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
            Some(reference) => resolve(DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap()),
            None => Value::Object(object.iter().map(|(name, part)| (name.clone(), resolve(part))).collect()),
        },
        Value::Array(parts) => Value::Array(parts.iter().map(resolve).collect()),
        plain => plain.clone(),
    }
}

fn collect(schema: &Value, way: &str, found: &mut Vec<(String, Value)>) {
    for part in ["oneOf", "anyOf", "allOf"].iter().filter_map(|name| schema[*name].as_array()).flatten() {
        collect(part, way, found);
    }
    if schema["items"].is_object() {
        collect(&schema["items"], &format!("{way}/0"), found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let way = format!("{way}/{name}");
        collect(member, &way, found);
        found.push((way, member.clone()));
    }
}

fn codes_of(response: &Value) -> Vec<String> {
    if let Some(reference) = response["$ref"].as_str() {
        return vec![reference.rsplit('/').next().unwrap().to_owned()];
    }
    let examples = response["content"]["application/problem+json"]["examples"].as_object();
    examples.into_iter().flat_map(|examples| examples.keys().cloned()).collect()
}
