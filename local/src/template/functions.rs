//! Functions and what triggers them.

use std::collections::BTreeMap;
use std::time::Duration;

use croner::parser::{CronParser, Seconds, Year};
use serde_json::{Value, json};

use super::model::{
    Destination, Function, QueueTrigger, Route, Schedule, ScheduleTrigger, StreamTrigger, Template,
    Trigger,
};
use super::resolve::{Scope, text};
use super::resources::{last_part, number};

/// Reads an `AWS::Serverless::Function`.
pub(super) fn read(
    scope: &Scope,
    id: &str,
    resource: &Value,
    into: &mut Template,
) -> Result<(), String> {
    let properties = &resource["Properties"];
    let own_or_global = |name: &str| match properties.get(name) {
        Some(own) => scope.resolve(own),
        None => scope.resolve(&scope.globals()[name]),
    };
    let name = crate_of(&text(&own_or_global("CodeUri")?))?;
    let timeout = number(&own_or_global("Timeout")?).unwrap_or(3);
    let function = Function {
        id: id.to_owned(),
        name,
        variables: variables(scope, properties)?,
        timeout: Duration::from_secs(timeout),
        triggers: read_events(scope, id, properties, into)?,
    };
    into.functions.push(function);
    Ok(())
}

/// The triggers among the events of a function; routes among them go to the API.
fn read_events(
    scope: &Scope,
    id: &str,
    properties: &Value,
    into: &mut Template,
) -> Result<Vec<Trigger>, String> {
    let mut triggers = Vec::new();
    for (name, event) in properties["Events"].as_object().into_iter().flatten() {
        let settings = scope.resolve(&event["Properties"])?;
        match text(&event["Type"]).as_str() {
            "HttpApi" => {
                let api = into.api.get_or_insert_default();
                api.routes.push(route(id, &settings));
            }
            kind => triggers.extend(trigger(&format!("{id}{name}"), kind, &settings)?),
        }
    }
    Ok(triggers)
}

/// The crate that `CodeUri` names.
fn crate_of(code: &str) -> Result<String, String> {
    code.trim_end_matches('/')
        .rsplit_once("target/lambda/")
        .map(|(_, name)| name.to_owned())
        .ok_or_else(|| format!("CodeUri {code} is not of the form target/lambda/<crate>"))
}

/// The variables of all functions, and over them those of this one.
fn variables(scope: &Scope, properties: &Value) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for source in [scope.globals(), properties] {
        let variables = scope.resolve(&source["Environment"]["Variables"])?;
        let variables = variables.as_object().into_iter().flatten();
        all.extend(variables.map(|(name, value)| (name.clone(), scope.address(text(value)))));
    }
    Ok(all)
}

/// A route of the API that stands among the events of its function.
fn route(function: &str, settings: &Value) -> Route {
    Route {
        method: Some(text(&settings["Method"]).to_uppercase())
            .filter(|method| method != "ANY" && method != "*"),
        path: text(&settings["Path"]),
        function: function.to_owned(),
    }
}

/// Reads an `AWS::Lambda::EventSourceMapping`; its function has been read before.
pub(super) fn read_mapping(
    scope: &Scope,
    id: &str,
    resource: &Value,
    into: &mut Template,
) -> Result<(), String> {
    let settings = scope.resolve(&resource["Properties"])?;
    let kind = if text(&settings["EventSourceArn"]).contains(":sqs:") {
        "SQS"
    } else {
        "DynamoDB"
    };
    let function = last_part(&settings["FunctionName"]);
    let trigger = trigger(id, kind, &settings)?;
    match into.functions.iter_mut().find(|known| known.id == function) {
        Some(known) => known.triggers.extend(trigger),
        None => return Err(format!("there is no function {function}")),
    }
    Ok(())
}

/// Reads an `AWS::Events::Rule` with a schedule; its functions have been read before.
pub(super) fn read_rule(
    scope: &Scope,
    id: &str,
    resource: &Value,
    into: &mut Template,
) -> Result<(), String> {
    let settings = scope.resolve(&resource["Properties"])?;
    let mut own = settings.clone();
    for target in settings["Targets"].as_array().into_iter().flatten() {
        own["Input"] = target["Input"].clone();
        own["Enabled"] = json!(settings["State"] != json!("DISABLED"));
        let function = last_part(&target["Arn"]);
        match into.functions.iter_mut().find(|known| known.id == function) {
            Some(known) => known.triggers.extend(trigger(id, "Schedule", &own)?),
            None => return Err(format!("there is no function {function}")),
        }
    }
    Ok(())
}

/// What an event of a function means; `None` if it is switched off.
fn trigger(id: &str, kind: &str, settings: &Value) -> Result<Option<Trigger>, String> {
    if settings["Enabled"] == json!(false) || settings["State"] == json!("DISABLED") {
        return Ok(None);
    }
    Ok(Some(match kind {
        "DynamoDB" => Trigger::Stream(stream(id, settings)?),
        "SQS" => Trigger::Queue(queue(settings)?),
        "Schedule" | "ScheduleV2" => Trigger::Schedule(ScheduleTrigger {
            id: id.to_owned(),
            schedule: schedule(&text(
                settings
                    .get("ScheduleExpression")
                    .unwrap_or(&settings["Schedule"]),
            ))?,
            scheduler: kind == "ScheduleV2",
            input: settings["Input"].as_str().map(str::to_owned),
        }),
        other => {
            return Err(format!(
                "the local cloud cannot serve events of type {other}"
            ));
        }
    }))
}

/// SAM says `Stream` and `Queue`, CloudFormation `EventSourceArn`.
fn source(settings: &Value) -> String {
    ["Stream", "Queue", "EventSourceArn"]
        .iter()
        .map(|name| text(&settings[*name]))
        .find(|arn| !arn.is_empty())
        .unwrap_or_default()
}

fn stream(id: &str, settings: &Value) -> Result<StreamTrigger, String> {
    let source = source(settings);
    let table = source
        .split('/')
        .nth(1)
        .ok_or_else(|| format!("{source} is not the stream of a table"))?;
    Ok(StreamTrigger {
        id: id.to_owned(),
        table: table.to_owned(),
        batch: number(&settings["BatchSize"]).unwrap_or(100) as usize,
        filters: filters(settings)?,
        partial: reports_items(settings),
        bisect: settings["BisectBatchOnFunctionError"] == json!(true),
        retries: settings["MaximumRetryAttempts"]
            .as_u64()
            .map(|retries| retries as u32),
        on_failure: on_failure(settings)?,
    })
}

fn on_failure(settings: &Value) -> Result<Option<Destination>, String> {
    let destination = settings["DestinationConfig"]["OnFailure"]["Destination"].as_str();
    match destination {
        Some(arn) if arn.contains(":s3:") => Ok(Some(Destination::Bucket(last_part(&arn.into())))),
        Some(arn) if arn.contains(":sqs:") => Ok(Some(Destination::Queue(last_part(&arn.into())))),
        Some(arn) => Err(format!(
            "the local cloud cannot serve the destination {arn}"
        )),
        None => Ok(None),
    }
}

fn queue(settings: &Value) -> Result<QueueTrigger, String> {
    Ok(QueueTrigger {
        queue: last_part(&source(settings).into()),
        batch: number(&settings["BatchSize"]).unwrap_or(10) as usize,
        concurrency: number(&settings["ScalingConfig"]["MaximumConcurrency"]).unwrap_or(5) as usize,
        filters: filters(settings)?,
        partial: reports_items(settings),
    })
}

fn reports_items(settings: &Value) -> bool {
    settings["FunctionResponseTypes"]
        .as_array()
        .is_some_and(|types| types.contains(&json!("ReportBatchItemFailures")))
}

/// The patterns of `FilterCriteria`, each a JSON text in the template.
fn filters(settings: &Value) -> Result<Vec<Value>, String> {
    let filters = settings["FilterCriteria"]["Filters"]
        .as_array()
        .into_iter()
        .flatten();
    let pattern = |filter: &Value| match &filter["Pattern"] {
        Value::String(text) => serde_json::from_str(text)
            .map_err(|why| format!("the filter {text} is not JSON: {why}")),
        object => Ok(object.clone()),
    };
    filters.map(pattern).collect()
}

/// `rate(5 minutes)` or `cron(0 8 ? * MON-FRI *)`.
fn schedule(expression: &str) -> Result<Schedule, String> {
    let wrong = || format!("{expression} is not a schedule");
    let (kind, inside) = expression
        .trim_end_matches(')')
        .split_once('(')
        .ok_or_else(wrong)?;
    match kind {
        "rate" => rate(inside).map(Schedule::Rate).ok_or_else(wrong),
        // AWS writes six fields, the last of them the year, and counts weekdays from Sunday = 1.
        "cron" => CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            .alternative_weekdays(true)
            .dom_and_dow(true)
            .build()
            .parse(&format!("0 {}", inside.replace('?', "*")))
            .map(|cron| Schedule::Cron(Box::new(cron)))
            .map_err(|why| format!("{expression}: {why}")),
        _ => Err(wrong()),
    }
}

/// How long `5 minutes` are.
fn rate(inside: &str) -> Option<Duration> {
    let (count, unit) = inside.split_once(' ')?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        _ => return None,
    };
    let count = count.parse::<u64>().ok()?.max(1);
    Some(Duration::from_secs(count * seconds))
}
