//! Tables, queues, buckets, secrets and the API.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::model::{Cors, Queue, Redrive, Route, Secret, Table, Template};
use super::resolve::{Scope, text};

/// What nothing here asks for: rights, logs, alarms and what they notify.
const WITHOUT_EFFECT: &[&str] = &[
    "AWS::IAM::",
    "AWS::Logs::",
    "AWS::CloudWatch::",
    "AWS::SNS::",
    "AWS::ApiGatewayV2::Deployment",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::KMS::",
    "AWS::Budgets::",
    "AWS::SES::",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
];

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];

/// Reads one resource into the template.
// In one piece: a match with one arm for each type of resource, each a call or two.
pub(super) fn read(
    scope: &Scope,
    id: &str,
    resource: &Value,
    into: &mut Template,
) -> Result<(), String> {
    let kind = resource["Type"].as_str().unwrap_or_default();
    match kind {
        "AWS::Serverless::Function" => super::functions::read(scope, id, resource, into),
        "AWS::Lambda::EventSourceMapping" => {
            super::functions::read_mapping(scope, id, resource, into)
        }
        "AWS::Events::Rule" => super::functions::read_rule(scope, id, resource, into),
        "AWS::Serverless::HttpApi" => read_api(scope, resource, into),
        "AWS::ApiGatewayV2::Api"
        | "AWS::ApiGatewayV2::Integration"
        | "AWS::ApiGatewayV2::Route"
        | "AWS::ApiGatewayV2::Stage" => super::live::read(scope, id, resource, into),
        "AWS::DynamoDB::Table" => {
            read_table(scope, id, resource).map(|table| into.tables.push(table))
        }
        "AWS::SQS::Queue" => read_queue(scope, id, resource).map(|queue| into.queues.push(queue)),
        "AWS::S3::Bucket" => {
            super::buckets::read(scope, id, resource).map(|bucket| into.buckets.push(bucket))
        }
        "AWS::SecretsManager::Secret" => {
            read_secret(scope, id, resource).map(|secret| into.secrets.push(secret))
        }
        "" => Err("has no Type".to_owned()),
        _ if WITHOUT_EFFECT.iter().any(|prefix| kind.starts_with(prefix)) => Ok(()),
        _ => Err(format!("the local cloud cannot serve {kind}")),
    }
}

/// A number that may stand as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// The last part of an ARN or URL: the name of what it points at.
pub(super) fn last_part(value: &Value) -> String {
    text(value)
        .rsplit([':', '/'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn read_table(scope: &Scope, id: &str, resource: &Value) -> Result<Table, String> {
    let properties = scope.resolve(&resource["Properties"])?;
    let name = scope.physical_name(id, resource)?;
    let ttl = &properties["TimeToLiveSpecification"];
    let ttl = (ttl["Enabled"] == json!(true)).then(|| text(&ttl["AttributeName"]));
    Ok(Table {
        definition: definition(&name, &properties).into(),
        name,
        ttl,
    })
}

/// The body of `CreateTable` for a table with these properties.
fn definition(name: &str, properties: &Value) -> Map<String, Value> {
    let mut definition = Map::new();
    definition.insert("TableName".to_owned(), name.into());
    definition.insert("BillingMode".to_owned(), "PAY_PER_REQUEST".into());
    for part in ["AttributeDefinitions", "KeySchema"] {
        definition.insert(part.to_owned(), properties[part].clone());
    }
    let indexes: Vec<Value> = properties["GlobalSecondaryIndexes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(index)
        .collect();
    if !indexes.is_empty() {
        definition.insert("GlobalSecondaryIndexes".to_owned(), indexes.into());
    }
    if let Some(view) = properties["StreamSpecification"]["StreamViewType"].as_str() {
        let stream = json!({ "StreamEnabled": true, "StreamViewType": view });
        definition.insert("StreamSpecification".to_owned(), stream);
    }
    definition
}

/// An index without what only billing needs.
fn index(declared: &Value) -> Value {
    let kept = ["IndexName", "KeySchema", "Projection"];
    kept.iter()
        .map(|part| ((*part).to_owned(), declared[*part].clone()))
        .collect::<Map<_, _>>()
        .into()
}

fn read_queue(scope: &Scope, id: &str, resource: &Value) -> Result<Queue, String> {
    let properties = scope.resolve(&resource["Properties"])?;
    let seconds = |name: &str, default: u64| {
        Duration::from_secs(number(&properties[name]).unwrap_or(default))
    };
    let redrive = &properties["RedrivePolicy"];
    Ok(Queue {
        name: scope.physical_name(id, resource)?,
        fifo: properties["FifoQueue"] == json!(true),
        content_deduplication: properties["ContentBasedDeduplication"] == json!(true),
        deduplication_by_group: properties["DeduplicationScope"] == json!("messageGroup"),
        visibility: seconds("VisibilityTimeout", 30),
        retention: seconds("MessageRetentionPeriod", 345_600),
        delay: seconds("DelaySeconds", 0),
        redrive: redrive.is_object().then(|| Redrive {
            queue: last_part(&redrive["deadLetterTargetArn"]),
            max_receives: number(&redrive["maxReceiveCount"]).unwrap_or(10) as u32,
        }),
    })
}

fn read_secret(scope: &Scope, id: &str, resource: &Value) -> Result<Secret, String> {
    let properties = scope.resolve(&resource["Properties"])?;
    let generate = &properties["GenerateSecretString"];
    if generate.get("SecretStringTemplate").is_some() {
        return Err("the local cloud cannot serve SecretStringTemplate".to_owned());
    }
    Ok(Secret {
        name: scope.physical_name(id, resource)?,
        arn: scope.arn(id, resource)?,
        value: properties["SecretString"].as_str().map(str::to_owned),
        length: number(&generate["PasswordLength"]).unwrap_or(32) as usize,
        punctuation: generate["ExcludePunctuation"] != json!(true),
    })
}

fn read_api(scope: &Scope, resource: &Value, into: &mut Template) -> Result<(), String> {
    let properties = scope.resolve(&resource["Properties"])?;
    let body = &properties["DefinitionBody"];
    let api = into.api.get_or_insert_default();
    for (path, methods) in body["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            api.routes.extend(route(path, method, operation)?);
        }
    }
    api.cors = match (
        &properties["CorsConfiguration"],
        &body["x-amazon-apigateway-cors"],
    ) {
        (own @ Value::Object(_), _) | (_, own @ Value::Object(_)) => Some(cors(own)),
        (Value::Bool(true), _) => Some(Cors {
            origins: vec!["*".to_owned()],
            ..Cors::default()
        }),
        _ => None,
    };
    Ok(())
}

/// The route that stands under a path; `None` for what is no method: OpenAPI has more there.
fn route(path: &str, method: &str, operation: &Value) -> Result<Option<Route>, String> {
    let any = method == "x-amazon-apigateway-any-method";
    if !any && !METHODS.contains(&method) {
        return Ok(None);
    }
    let function =
        integration(operation).ok_or_else(|| format!("{method} {path} calls no function"))?;
    // OpenAPI wants a slash where the gateway has none.
    let path = if path == "/$default" {
        "$default"
    } else {
        path
    };
    Ok(Some(Route {
        method: (!any).then(|| method.to_ascii_uppercase()),
        path: path.to_owned(),
        function,
    }))
}

/// The logical id of the function that an operation calls:
/// `...:function:<id>/invocations`, maybe with an alias after the id.
fn integration(operation: &Value) -> Option<String> {
    invoked(operation["x-amazon-apigateway-integration"]["uri"].as_str()?)
}

/// The logical id of the function that a URI invokes.
pub(super) fn invoked(uri: &str) -> Option<String> {
    let (_, function) = uri.split_once(":function:")?;
    function.split([':', '/']).next().map(str::to_owned)
}

/// The CORS settings: SAM's property begins with a capital letter, OpenAPI's extension with a small one.
fn cors(own: &Value) -> Cors {
    let get = |name: &str| {
        own.get(name)
            .or_else(|| own.get(format!("{}{}", name[..1].to_uppercase(), &name[1..])))
    };
    let list = |name: &str| match get(name) {
        Some(Value::Array(list)) => list.iter().map(text).collect(),
        Some(Value::String(text)) => text.split(',').map(|one| one.trim().to_owned()).collect(),
        _ => Vec::new(),
    };
    Cors {
        origins: list("allowOrigins"),
        methods: list("allowMethods"),
        headers: list("allowHeaders"),
        expose: list("exposeHeaders"),
        credentials: get("allowCredentials") == Some(&json!(true)),
        max_age: get("maxAge").and_then(number).map(|seconds| seconds as i64),
    }
}
