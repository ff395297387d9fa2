//! The operations of the API, as their own document tells them: what is not documented is not tested, so a test of
//! [`crate::surface`] compares the document with the routes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use reqwest::Method;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// The whole document, as the code makes it.
pub fn document() -> OpenApi {
    edge::openapi::document(
        local::operations()
            .into_iter()
            .map(|(_, part)| part)
            .collect(),
    )
}

/// The whole document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(document()).unwrap());

/// Every operation, in the order of paths and methods.
pub static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let ids = |(group, part): (&'static str, OpenApi)| {
        let part = serde_json::to_value(part).unwrap();
        let ids = each(&part)
            .map(|(_, _, spec)| text(&spec["operationId"]))
            .collect::<Vec<_>>();
        ids.into_iter().map(move |id| (id, group))
    };
    let groups: BTreeMap<String, &'static str> =
        local::operations().into_iter().flat_map(ids).collect();
    let read = |(path, method, spec): (&String, Method, &Value)| {
        Operation::read(groups[&text(&spec["operationId"])], method, path, spec)
    };
    each(&DOCUMENT).map(read).collect()
});

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// The crate that documents it.
    pub group: &'static str,
    /// Its method.
    pub method: Method,
    /// The public path, with its parameters in braces, such as `/api/v1/tasks/{task_id}`.
    pub path: String,
    /// The names of the parameters in the path.
    pub in_path: Vec<String>,
    /// The names of the parameters in the query.
    pub in_query: Vec<String>,
    /// The body's schema, without references.
    pub body: Option<Value>,
    /// There must be a body.
    pub needs_body: bool,
    /// It needs no token.
    pub public: bool,
    /// The statuses of success.
    pub successes: BTreeSet<u16>,
    /// The codes of the errors.
    pub codes: BTreeSet<String>,
    /// All that is said of it.
    pub spec: Value,
}

/// Path, method and what is said of each operation.
fn each(document: &Value) -> impl Iterator<Item = (&String, Method, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ];
        let known = methods.into_iter().filter_map(move |method| {
            let spec = item.get(method.as_str().to_ascii_lowercase())?;
            Some((path, method, spec))
        });
        let count = item
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, spec)| spec["operationId"].is_string())
            .count();
        assert_eq!(
            known.clone().count(),
            count,
            "{path} has a method that nobody looks at"
        );
        known
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Operation {
    fn read(group: &'static str, method: Method, path: &str, spec: &Value) -> Self {
        let parameters = spec["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(resolve);
        let parameters: Vec<Value> = parameters.collect();
        let named = |place: &str| {
            let of_place = parameters
                .iter()
                .filter(|parameter| parameter["in"] == place);
            of_place.map(|parameter| text(&parameter["name"])).collect()
        };
        let (mut successes, mut codes) = (BTreeSet::new(), BTreeSet::new());
        for (status, response) in spec["responses"].as_object().unwrap() {
            match status.parse().unwrap() {
                status @ ..400 => {
                    successes.insert(status);
                }
                _ => codes.extend(codes_of(response)),
            }
        }
        let schema = &spec["requestBody"]["content"]["application/json"]["schema"];
        Self {
            id: text(&spec["operationId"]),
            group,
            method,
            path: path.to_owned(),
            in_path: named("path"),
            in_query: named("query"),
            body: (!schema.is_null()).then(|| resolve(schema)),
            needs_body: spec["requestBody"]["required"] == true,
            public: spec["security"]
                .as_array()
                .is_some_and(|all| all.contains(&json!({}))),
            successes,
            codes,
            spec: spec.clone(),
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

    /// The path with something in place of its variables.
    pub fn concrete(&self) -> String {
        fill(&self.path, &self.spec)
    }

    /// The parameters of the query that must be there, with their examples.
    pub fn query(&self) -> Vec<(String, String)> {
        let parameters = self.spec["parameters"].as_array().into_iter().flatten();
        let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
        needed
            .map(|one| {
                [&one["name"], &one["example"]]
                    .map(|text| text.as_str().unwrap_or_default().to_owned())
            })
            .map(|[name, value]| (name, value))
            .collect()
    }

    /// Whether a concrete path and method are this operation's.
    pub fn is(&self, method: &str, path: &str) -> bool {
        fits(&self.path, path) && self.method == method
    }

    /// The schema of its JSON body as it is written, if it takes one.
    pub fn schema(&self) -> Option<&Value> {
        Some(&self.spec["requestBody"]["content"]["application/json"]["schema"])
            .filter(|schema| schema.is_object())
    }

    /// Whether it takes this parameter.
    pub fn takes(&self, name: &str) -> bool {
        let reference = format!("#/components/parameters/{}", name.replace('-', ""));
        let parameters = self.spec["parameters"].as_array().into_iter().flatten();
        parameters
            .into_iter()
            .any(|one| one["name"] == name || one["$ref"] == reference.as_str())
    }
}

/// The methods that each path has.
pub fn methods() -> BTreeMap<String, BTreeSet<String>> {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in OPERATIONS.iter() {
        paths
            .entry(operation.path.clone())
            .or_default()
            .insert(operation.method.to_string());
    }
    paths
}

/// A part of the document with what it refers to in its place.
fn resolve(part: &Value) -> Value {
    match part {
        Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                resolve(DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap())
            }
            None => Value::Object(
                object
                    .iter()
                    .map(|(name, part)| (name.clone(), resolve(part)))
                    .collect(),
            ),
        },
        Value::Array(parts) => Value::Array(parts.iter().map(resolve).collect()),
        plain => plain.clone(),
    }
}

fn collect(schema: &Value, way: &str, found: &mut Vec<(String, Value)>) {
    for part in ["oneOf", "anyOf", "allOf"]
        .iter()
        .filter_map(|name| schema[*name].as_array())
        .flatten()
    {
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
    examples
        .into_iter()
        .flat_map(|examples| examples.keys().cloned())
        .collect()
}

/// The operation that a request goes to: literal segments go before variables.
pub fn target<'o>(operations: &'o [Operation], method: &str, path: &str) -> Option<&'o Operation> {
    let fitting = operations
        .iter()
        .filter(|operation| operation.is(method, path));
    fitting.min_by_key(|operation| {
        operation
            .path
            .split('/')
            .map(|part| part.starts_with('{'))
            .collect::<Vec<_>>()
    })
}

/// A path without the prefix of the API, old or new: what routes are written with.
pub fn canonical(path: &str) -> &str {
    ["/api/v1", "/api"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
        .unwrap_or(path)
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(wanted, is)| wanted.starts_with('{') || wanted == is)
}

/// What stands for a variable of a path that has no example of its own.
fn sample(name: &str) -> &'static str {
    match name {
        "org" => "acme",
        "user_id" => crate::surface::example::PERSON,
        "session_id" => "0f1e2d3c4b5a6978",
        "token" => "a-token-from-a-mail",
        _ => crate::surface::example::ID,
    }
}

fn fill(path: &str, spec: &Value) -> String {
    let parameters: Vec<&Value> = spec["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let value = |name: &str| {
        let known = parameters
            .iter()
            .find(|one| one["in"] == "path" && one["name"] == name);
        let example = known.and_then(|one| {
            one["example"]
                .as_str()
                .or_else(|| one["schema"]["example"].as_str())
        });
        example.unwrap_or_else(|| sample(name)).to_owned()
    };
    let segment = |part: &str| match part
        .strip_prefix('{')
        .and_then(|part| part.strip_suffix('}'))
    {
        Some(name) => value(name),
        None => part.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}
