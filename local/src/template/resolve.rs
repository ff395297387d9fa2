//! CloudFormation's intrinsic functions, parameters, conditions and pseudo parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::TemplateError;
use crate::{ACCOUNT, REGION};

/// What the names of resources depend on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Where queue URLs begin: `http://host:port/<account>`.
    pub queues: String,
    /// Where a WebSocket API is for its clients: `ws://host:port/...`.
    pub sockets: String,
    /// Where its connections are for functions: `http://host:port/...`.
    pub connections: String,
}

/// A template with everything that its expressions can refer to.
pub(crate) struct Scope<'t> {
    document: &'t Value,
    names: Names,
    parameters: BTreeMap<String, Value>,
}

/// What a Ref or GetAtt answers, or why it cannot.
type Resolved = Result<Value, String>;

/// Tags (`!Ref x`) as the long form (`{"Ref": x}`), and keys as text.
pub(super) fn long_form(yaml: yaml_serde::Value) -> Value {
    use yaml_serde::Value as Yaml;
    match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = long_form(tagged.value);
            match tag.trim_start_matches('!') {
                name @ ("Ref" | "Condition") => json!({ name: value }),
                "GetAtt" => json!({ "Fn::GetAtt": attribute_pair(value) }),
                name => json!({ format!("Fn::{name}"): value }),
            }
        }
        Yaml::Mapping(map) => Value::Object(
            map.into_iter()
                .map(|(k, v)| (key(k), long_form(v)))
                .collect(),
        ),
        Yaml::Sequence(list) => list.into_iter().map(long_form).collect(),
        scalar => serde_json::to_value(scalar).unwrap_or(Value::Null),
    }
}

/// A mapping's key as text: status codes are numbers in YAML.
fn key(yaml: yaml_serde::Value) -> String {
    text(&long_form(yaml))
}

/// `A.B.C` as `["A", "B.C"]`.
fn attribute_pair(value: Value) -> Value {
    match value.as_str().and_then(|text| text.split_once('.')) {
        Some((id, attribute)) => json!([id, attribute]),
        None => value,
    }
}

/// A scalar as the text that CloudFormation makes of it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl<'t> Scope<'t> {
    pub fn new(
        document: &'t Value,
        names: Names,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let mut parameters = BTreeMap::new();
        for (name, declared) in document["Parameters"].as_object().into_iter().flatten() {
            let value = given
                .get(name)
                .cloned()
                .unwrap_or_else(|| text(&declared["Default"]));
            let list = text(&declared["Type"]).contains("List");
            let value = match list {
                true => value
                    .split(',')
                    .map(str::trim)
                    .filter(|one| !one.is_empty())
                    .map(Value::from)
                    .collect(),
                false => Value::String(value),
            };
            parameters.insert(name.clone(), value);
        }
        Ok(Self {
            document,
            names,
            parameters,
        })
    }

    /// The resources whose condition holds; a broken condition shows when the resource is read.
    pub fn resources(&self) -> impl Iterator<Item = (&'t String, &'t Value)> + '_ {
        let all = self.document["Resources"].as_object().into_iter().flatten();
        all.filter(|(_, resource)| match resource["Condition"].as_str() {
            Some(name) => self.condition(name).unwrap_or(true),
            None => true,
        })
    }

    /// `Globals.Function`, unresolved.
    pub fn globals(&self) -> &'t Value {
        &self.document["Globals"]["Function"]
    }

    /// The value with all its expressions worked out; what is `AWS::NoValue` is left out.
    pub fn resolve(&self, value: &Value) -> Resolved {
        match value {
            Value::Array(list) => {
                let all = list
                    .iter()
                    .map(|one| self.resolve(one))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(all.into_iter().filter(|one| !one.is_null()).collect())
            }
            Value::Object(map) => match map.iter().next() {
                Some((name, argument))
                    if map.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) =>
                {
                    self.call(name, argument)
                }
                _ => self.resolve_map(map),
            },
            scalar => Ok(scalar.clone()),
        }
    }

    /// An address of the WebSocket API as it is here; any other text as it is.
    pub fn address(&self, text: String) -> String {
        let apis = self.document["Resources"].as_object().into_iter().flatten();
        for (id, _) in apis.filter(|(_, resource)| resource["Type"] == "AWS::ApiGatewayV2::Api") {
            let host = format!("{id}.execute-api.{REGION}.amazonaws.com");
            for (scheme, here) in [
                ("wss", &self.names.sockets),
                ("https", &self.names.connections),
            ] {
                if let Some(path) = text.strip_prefix(&format!("{scheme}://{host}")) {
                    return format!("{here}{path}");
                }
            }
        }
        text
    }

    /// The resolved value as text.
    pub fn text(&self, value: &Value) -> Result<String, String> {
        Ok(text(&self.resolve(value)?))
    }

    fn resolve_map(&self, map: &Map<String, Value>) -> Resolved {
        let mut resolved = Map::new();
        for (name, value) in map {
            match self.resolve(value)? {
                Value::Null => {}
                value => drop(resolved.insert(name.clone(), value)),
            }
        }
        Ok(Value::Object(resolved))
    }

    fn call(&self, name: &str, argument: &Value) -> Resolved {
        match name {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => self.attribute(&text(&argument[0]), &text(&argument[1])),
            "Fn::Sub" => self.substitute(argument),
            "Fn::If" => {
                let branch = if self.condition(&text(&argument[0]))? {
                    &argument[1]
                } else {
                    &argument[2]
                };
                self.resolve(branch)
            }
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                self.holds(&json!({ name: argument })).map(Value::Bool)
            }
            "Fn::Join" => self.join(argument),
            "Fn::Split" => {
                let (by, whole) = (text(&argument[0]), self.text(&argument[1])?);
                Ok(whole.split(by.as_str()).map(Value::from).collect())
            }
            "Fn::Select" => self.select(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            other => Err(format!("the local cloud does not know {other}")),
        }
    }

    fn join(&self, argument: &Value) -> Resolved {
        let parts = self.resolve(&argument[1])?;
        let parts: Vec<String> = parts.as_array().into_iter().flatten().map(text).collect();
        Ok(parts.join(&text(&argument[0])).into())
    }

    fn select(&self, argument: &Value) -> Resolved {
        let list = self.resolve(&argument[1])?;
        let at: usize = self
            .text(&argument[0])?
            .parse()
            .map_err(|_| "Select wants a number".to_owned())?;
        list.get(at)
            .cloned()
            .ok_or_else(|| format!("Select: there is no element {at}"))
    }

    fn find_in_map(&self, argument: &Value) -> Resolved {
        let path = self.resolve(argument)?;
        let found = (0..3).fold(&self.document["Mappings"], |map, level| {
            &map[text(&path[level])]
        });
        self.resolve(found)
    }

    fn substitute(&self, argument: &Value) -> Resolved {
        let (pattern, own) = match argument.as_array() {
            Some(pair) => (text(&pair[0]), pair.get(1).cloned().unwrap_or_default()),
            None => (text(argument), Value::Null),
        };
        let mut pieces = pattern.split("${");
        let mut result = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (name, rest) = piece
                .split_once('}')
                .ok_or_else(|| format!("Sub: {pattern} lacks a closing brace"))?;
            result.push_str(&self.placeholder(name, &own)?);
            result.push_str(rest);
        }
        Ok(result.into())
    }

    /// What stands for `${name}`: `own` are the values that this Sub brings itself.
    fn placeholder(&self, name: &str, own: &Value) -> Result<String, String> {
        match (name.strip_prefix('!'), name.split_once('.')) {
            (Some(literal), _) => Ok(format!("${{{literal}}}")),
            _ if own.get(name).is_some() => self.text(&own[name]),
            (None, Some((id, attribute))) => Ok(text(&self.attribute(id, attribute)?)),
            (None, None) => Ok(text(&self.reference(name)?)),
        }
    }

    fn condition(&self, name: &str) -> Result<bool, String> {
        match &self.document["Conditions"][name] {
            Value::Null => Err(format!("there is no condition {name}")),
            expression => self.holds(expression),
        }
    }

    fn holds(&self, expression: &Value) -> Result<bool, String> {
        let Some((name, argument)) = expression.as_object().and_then(|map| map.iter().next())
        else {
            return Err(format!("{expression} is not a condition"));
        };
        let mut all = argument.as_array().into_iter().flatten();
        match name.as_str() {
            "Condition" => self.condition(&text(argument)),
            "Fn::Equals" => Ok(self.text(&argument[0])? == self.text(&argument[1])?),
            "Fn::Not" => Ok(!self.holds(&argument[0])?),
            "Fn::And" => all.try_fold(true, |so_far, one| Ok(so_far & self.holds(one)?)),
            "Fn::Or" => all.try_fold(false, |so_far, one| Ok(so_far | self.holds(one)?)),
            other => Err(format!("{other} is not a condition")),
        }
    }

    fn reference(&self, name: &str) -> Resolved {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        Ok(match name {
            "AWS::NoValue" => Value::Null,
            "AWS::Region" => REGION.into(),
            "AWS::AccountId" => ACCOUNT.into(),
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            "AWS::StackName" => "local".into(),
            "AWS::StackId" => {
                format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/local/local").into()
            }
            id => {
                let resource = self.resource(id)?;
                let name = self.physical_name(id, resource)?;
                match resource["Type"].as_str().unwrap_or_default() {
                    "AWS::SQS::Queue" => format!("{}/{name}", self.names.queues).into(),
                    "AWS::SecretsManager::Secret" => self.arn(id, resource)?.into(),
                    _ => name.into(),
                }
            }
        })
    }

    fn attribute(&self, id: &str, attribute: &str) -> Resolved {
        let resource = self.resource(id)?;
        match attribute {
            "Arn" | "Id" => Ok(self.arn(id, resource)?.into()),
            "StreamArn" => Ok(format!("{}/stream/local", self.arn(id, resource)?).into()),
            "QueueName" => Ok(self.physical_name(id, resource)?.into()),
            "QueueUrl" => self.reference(id),
            _ => Ok(format!("{id}.{attribute}").into()),
        }
    }

    fn resource(&self, id: &str) -> Result<&'t Value, String> {
        match &self.document["Resources"][id] {
            Value::Null => Err(format!("nothing is called {id}")),
            resource => Ok(resource),
        }
    }

    /// The name that a resource has here: its own if the template gives one, else its logical id.
    pub fn physical_name(&self, id: &str, resource: &Value) -> Result<String, String> {
        let property = match resource["Type"].as_str().unwrap_or_default() {
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::SQS::Queue" => "QueueName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::SecretsManager::Secret" => "Name",
            _ => return Ok(id.to_owned()),
        };
        let given = self.text(&resource["Properties"][property])?;
        Ok(match given.as_str() {
            "" if property == "BucketName" => format!("local-{}", id.to_ascii_lowercase()),
            "" if resource["Properties"]["FifoQueue"] == json!(true) => format!("{id}.fifo"),
            "" => id.to_owned(),
            _ => given,
        })
    }

    /// The ARN that a resource has here.
    pub fn arn(&self, id: &str, resource: &Value) -> Result<String, String> {
        let name = self.physical_name(id, resource)?;
        Ok(match resource["Type"].as_str().unwrap_or_default() {
            "AWS::DynamoDB::Table" => format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"),
            "AWS::SQS::Queue" => format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
            "AWS::S3::Bucket" => format!("arn:aws:s3:::{name}"),
            // Secrets Manager appends a hyphen and six characters to the name.
            "AWS::SecretsManager::Secret" => {
                format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-local0")
            }
            "AWS::Serverless::Function" => {
                format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
            }
            _ => format!("arn:aws:local:{REGION}:{ACCOUNT}:{name}"),
        })
    }
}
