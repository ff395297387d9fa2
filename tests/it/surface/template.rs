//! `template.yaml` as it stands, its tags in the long form (`!Ref x` is `{"Ref": "x"}`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::assembled::assembled;
use super::{read, updating};

/// The template.
pub struct Template(Value);

/// A function of the template, with what `Globals` adds.
pub struct Function {
    /// Its logical id.
    pub id: String,
    /// The crate that it runs.
    pub name: String,
    /// Its properties.
    pub properties: Value,
}

impl Template {
    /// Reads it.
    pub fn read() -> Self {
        // What is made from it is made from what it is about to be.
        let text = if updating() {
            assembled()
        } else {
            read("template.yaml")
        };
        let yaml: yaml_serde::Value = yaml_serde::from_str(&text).expect("template.yaml is YAML");
        Self(long_form(yaml))
    }

    /// All of it, for its size.
    pub fn whole(&self) -> &Value {
        &self.0
    }

    /// A resource.
    pub fn resource(&self, id: &str) -> &Value {
        let resource = &self.0["Resources"][id];
        assert!(resource.is_object(), "template.yaml has no resource {id}");
        resource
    }

    /// A resource's properties.
    pub fn properties(&self, id: &str) -> &Value {
        &self.resource(id)["Properties"]
    }

    /// All resources.
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0["Resources"].as_object().into_iter().flatten()
    }

    /// The resources of a type.
    pub fn of_type(&self, kind: &str) -> Vec<(&String, &Value)> {
        let found: Vec<_> = self
            .resources()
            .filter(|(_, resource)| resource["Type"] == kind)
            .collect();
        assert!(!found.is_empty(), "template.yaml has no {kind}");
        found
    }

    /// The functions.
    pub fn functions(&self) -> Vec<Function> {
        let all = self.of_type("AWS::Serverless::Function").into_iter();
        all.map(|(id, resource)| {
            let code = resource["Properties"]["CodeUri"]
                .as_str()
                .unwrap_or_default();
            let name = code
                .strip_prefix("target/lambda/")
                .unwrap_or_else(|| panic!("{id}: CodeUri {code}"));
            let mut properties = self.0["Globals"]["Function"].clone();
            merge(&mut properties, &resource["Properties"]);
            Function {
                id: id.clone(),
                name: name.to_owned(),
                properties,
            }
        })
        .collect()
    }

    /// The paths of the API's routes, `$default` among them, with the crate that each calls.
    pub fn routes(&self) -> BTreeMap<String, String> {
        let crates: BTreeMap<String, String> = self
            .functions()
            .into_iter()
            .map(|one| (one.id, one.name))
            .collect();
        let (_, api) = self.of_type("AWS::Serverless::HttpApi")[0];
        let paths = api["Properties"]["DefinitionBody"]["paths"]
            .as_object()
            .into_iter()
            .flatten();
        paths
            .map(|(path, item)| {
                let methods: Vec<&String> = item.as_object().into_iter().flatten().map(|(method, _)| method).collect();
                assert_eq!(
                    methods,
                    ["x-amazon-apigateway-any-method"],
                    "{path}: which methods there are is the code's matter"
                );
                let call = &item["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"];
                let function = call.as_str().and_then(|uri| uri.rsplit_once("${")?.1.strip_suffix(".Arn}/invocations"));
                let function = function.unwrap_or_else(|| panic!("{path} calls no function: {call}"));
                let name = crates.get(function).unwrap_or_else(|| panic!("{path}: there is no function {function}"));
                (if path == "/$default" { "$default".to_owned() } else { path.clone() }, name.clone())
            })
            .collect()
    }
}

/// The route that API Gateway chooses: the most specific one that fits, segment by segment a literal before a variable
/// before `{proxy+}`; else `$default`.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
pub fn choose<'r>(routes: &'r BTreeMap<String, String>, path: &str) -> (&'r str, &'r str) {
    let rank = |route: &str| -> Vec<u8> {
        let of = |segment: &str| {
            if segment.ends_with("+}") {
                0
            } else {
                2 - u8::from(segment.starts_with('{'))
            }
        };
        route.split('/').map(of).collect()
    };
    let best = routes
        .iter()
        .filter(|(route, _)| takes(route, path))
        .max_by_key(|(route, _)| rank(route));
    let chosen = best.or_else(|| routes.get_key_value("$default"));
    let (route, function) = chosen.expect("there is a $default");
    (route, function)
}

/// Whether a route takes a path.
pub fn takes(route: &str, path: &str) -> bool {
    let (mut wanted, mut there) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), there.next()) {
            (None, None) => return true,
            (Some(variable), Some(_)) if variable.ends_with("+}") => return true,
            (Some(variable), Some(value)) if variable.starts_with('{') && !value.is_empty() => {}
            (Some(literal), Some(same)) if literal == same => {}
            _ => return false,
        }
    }
}

/// `over` on top of `base`, map by map: so SAM adds Globals to a function.
fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

fn long_form(yaml: yaml_serde::Value) -> Value {
    use yaml_serde::Value as Yaml;
    match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            match tag.trim_start_matches('!') {
                name @ ("Ref" | "Condition") => json!({ name: long_form(tagged.value) }),
                name => json!({ format!("Fn::{name}"): long_form(tagged.value) }),
            }
        }
        Yaml::Mapping(map) => {
            let text = |key: Yaml| match long_form(key) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Value::Object(
                map.into_iter()
                    .map(|(key, value)| (text(key), long_form(value)))
                    .collect(),
            )
        }
        Yaml::Sequence(list) => list.into_iter().map(long_form).collect(),
        scalar => serde_json::to_value(scalar).expect("a scalar is JSON"),
    }
}
