//! The operations of the API, as the code documents them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::openapi::OpenApi;

/// The whole document.
pub fn document() -> OpenApi {
    edge::openapi::document(local::operations().into_iter().map(|(_, part)| part).collect())
}

/// One operation.
#[derive(Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// The crate that documents it.
    pub group: &'static str,
    /// Its method in capitals.
    pub method: String,
    /// Its path with variables, such as `/api/v1/tasks/{task_id}`.
    pub path: String,
    /// Whether it needs no token.
    pub public: bool,
    /// All that is said of it.
    pub spec: Value,
}

/// Every operation, ordered by path and method.
pub fn operations() -> Vec<Operation> {
    let groups: BTreeMap<String, &'static str> = local::operations()
        .into_iter()
        .flat_map(|(group, part)| ids(&serde_json::to_value(part).unwrap()).into_iter().map(move |id| (id, group)))
        .collect();
    let document = serde_json::to_value(document()).unwrap();
    let mut operations: Vec<Operation> = each(&document)
        .map(|(path, method, spec)| {
            let id = spec["operationId"].as_str().unwrap_or_default().to_owned();
            let public =
                spec["security"].as_array().is_some_and(|all| all.iter().any(|one| one == &serde_json::json!({})));
            let (path, method, spec) = (path.clone(), method.to_uppercase(), spec.clone());
            Operation { group: groups[&id], id, method, path, public, spec }
        })
        .collect();
    operations.sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
    operations
}

/// The methods that each path has.
pub fn methods() -> BTreeMap<String, BTreeSet<String>> {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        paths.entry(operation.path).or_default().insert(operation.method);
    }
    paths
}

fn ids(document: &Value) -> Vec<String> {
    each(document).filter_map(|(.., spec)| spec["operationId"].as_str().map(str::to_owned)).collect()
}

/// Path, method and operation.
fn each(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let known = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
    paths.flat_map(move |(path, item)| {
        let methods = item.as_object().into_iter().flatten().filter(move |(name, _)| known.contains(&name.as_str()));
        methods.map(move |(method, spec)| (path, method, spec))
    })
}

impl Operation {
    /// The path with something in place of its variables.
    pub fn concrete(&self) -> String {
        fill(&self.path, &self.spec)
    }

    /// The parameters of the query that must be there, with their examples.
    pub fn query(&self) -> Vec<(String, String)> {
        let parameters = self.spec["parameters"].as_array().into_iter().flatten();
        let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
        needed
            .map(|one| [&one["name"], &one["example"]].map(|text| text.as_str().unwrap_or_default().to_owned()))
            .map(|[name, value]| (name, value))
            .collect()
    }

    /// Whether a concrete path and method are this operation's.
    pub fn is(&self, method: &str, path: &str) -> bool {
        fits(&self.path, path) && self.method == method
    }

    /// The schema of its JSON body, if it takes one.
    pub fn body(&self) -> Option<&Value> {
        Some(&self.spec["requestBody"]["content"]["application/json"]["schema"]).filter(|schema| schema.is_object())
    }

    /// Whether it takes this parameter.
    pub fn takes(&self, name: &str) -> bool {
        let reference = format!("#/components/parameters/{}", name.replace('-', ""));
        let parameters = self.spec["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|one| one["name"] == name || one["$ref"] == reference.as_str())
    }
}

/// The operation that a request goes to: literal segments go before variables.
pub fn target<'o>(operations: &'o [Operation], method: &str, path: &str) -> Option<&'o Operation> {
    let fitting = operations.iter().filter(|operation| operation.is(method, path));
    fitting.min_by_key(|operation| operation.path.split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>())
}

/// A path without the prefix of the API, old or new: what routes are written with.
pub fn canonical(path: &str) -> &str {
    ["/api/v1", "/api"].iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(wanted, is)| wanted.starts_with('{') || wanted == is)
}

/// What stands for a variable of a path that has no example of its own.
fn sample(name: &str) -> &'static str {
    match name {
        "org" => "acme",
        "user_id" => super::example::PERSON,
        "session_id" => "0f1e2d3c4b5a6978",
        "token" => "a-token-from-a-mail",
        _ => super::example::ID,
    }
}

fn fill(path: &str, spec: &Value) -> String {
    let parameters: Vec<&Value> = spec["parameters"].as_array().into_iter().flatten().collect();
    let value = |name: &str| {
        let known = parameters.iter().find(|one| one["in"] == "path" && one["name"] == name);
        let example = known.and_then(|one| one["example"].as_str().or_else(|| one["schema"]["example"].as_str()));
        example.unwrap_or_else(|| sample(name)).to_owned()
    };
    let segment = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => value(name),
        None => part.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}
