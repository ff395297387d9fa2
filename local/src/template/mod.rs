//! `template.yaml`, read into what the local cloud serves.
//!
//! `resolve` knows CloudFormation's intrinsic functions, `model` what is served, `resources` and `functions` turn the
//! one into the other.

mod buckets;
mod functions;
mod live;
mod model;
mod resolve;
mod resources;

#[cfg(test)]
pub(crate) use model::Redrive;
pub(crate) use model::{
    Api, Bucket, Cors, Destination, Expiry, Function, LiveApi, Queue, QueueTrigger, Route,
    Schedule, ScheduleTrigger, Secret, StreamTrigger, Table, Template, Trigger,
};
pub(crate) use resolve::Names;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::options::TemplateSource;

/// What is wrong with the template: where, and what, in one line.
#[derive(Debug, thiserror::Error)]
#[error("template {place}: {reason}")]
pub struct TemplateError {
    /// A file, a line or a logical id.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

impl TemplateError {
    /// `reason` at `place`.
    pub(crate) fn new(place: impl Into<String>, reason: impl ToString) -> Self {
        Self {
            place: place.into(),
            reason: reason.to_string(),
        }
    }
}

/// The template's text as a document, its intrinsic functions in the long form.
pub(crate) fn read(source: &TemplateSource) -> Result<Value, TemplateError> {
    let (place, text) = match source {
        TemplateSource::Text(text) => ("text".to_owned(), text.clone()),
        TemplateSource::File(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|why| TemplateError::new(path.to_string_lossy(), why))?;
            (path.to_string_lossy().into_owned(), text)
        }
    };
    let yaml: yaml_serde::Value = yaml_serde::from_str(&text).map_err(|why| {
        let line = why
            .location()
            .map_or(String::new(), |at| format!(" line {}", at.line()));
        TemplateError::new(format!("{place}{line}"), why)
    })?;
    let document = resolve::long_form(yaml);
    match document["Resources"].is_object() {
        true => Ok(document),
        false => Err(TemplateError::new(place, "has no Resources")),
    }
}

/// What ties a function to what triggers it.
const MAPPINGS: [&str; 2] = ["AWS::Lambda::EventSourceMapping", "AWS::Events::Rule"];

/// What the document asks for, with `parameters` instead of its own defaults.
pub(crate) fn understand(
    document: &Value,
    names: Names,
    parameters: &BTreeMap<String, String>,
) -> Result<Template, TemplateError> {
    let scope = resolve::Scope::new(document, names, parameters)?;
    let mut template = Template::default();
    // A mapping is kept with its function, so all functions come first.
    let (mappings, others): (Vec<_>, Vec<_>) = scope
        .resources()
        .partition(|(_, resource)| MAPPINGS.iter().any(|kind| resource["Type"] == *kind));
    for (id, resource) in others.into_iter().chain(mappings) {
        resources::read(&scope, id, resource, &mut template)
            .map_err(|reason| TemplateError::new(id, reason))?;
    }
    template.check()?;
    Ok(template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn error_of(text: &str) -> String {
        let read = read(&TemplateSource::Text(text.to_owned()));
        match read.and_then(|document| understand(&document, Names::default(), &BTreeMap::new())) {
            Ok(_) => "none".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_template_is_understood() {
        let document = read(&TemplateSource::Text(testing::TEMPLATE.to_owned())).unwrap();
        let parameters = BTreeMap::from([("PublicUrl".to_owned(), "http://here".to_owned())]);
        let names = Names {
            queues: "http://127.0.0.1:9/000000000000".to_owned(),
            ..Names::default()
        };
        let template = understand(&document, names, &parameters).unwrap();
        let echo = template
            .functions
            .iter()
            .find(|function| function.name == "echo")
            .unwrap();
        assert_eq!(echo.variables["PUBLIC_URL"], "http://here");
        assert_eq!(
            echo.variables["QUEUE_URL"],
            "http://127.0.0.1:9/000000000000/Jobs"
        );
        assert_eq!(echo.variables["TABLE_NAME"], "Table");
        assert_eq!(echo.variables["ONLY_IF"], "off");
        assert!(
            echo.variables["SECRET_ARN"]
                .starts_with("arn:aws:secretsmanager:us-east-1:000000000000:secret:")
        );
        let jobs = template
            .queues
            .iter()
            .find(|queue| queue.name == "Jobs")
            .unwrap();
        assert_eq!(
            jobs.redrive
                .as_ref()
                .map(|r| (r.queue.as_str(), r.max_receives)),
            Some(("DeadJobs", 3))
        );
        let worker = template
            .functions
            .iter()
            .find(|function| function.name == "worker")
            .unwrap();
        assert_eq!(worker.triggers.len(), 3);
        assert_eq!(template.api.as_ref().map(|api| api.routes.len()), Some(4));
    }

    #[test]
    fn the_workspaces_own_template_is_understood() {
        let document = read(&crate::Options::default().template).unwrap();
        let template = understand(&document, Names::default(), &BTreeMap::new()).unwrap();
        assert!(
            template
                .functions
                .iter()
                .any(|function| function.name == "auth")
        );
        let cors = template
            .api
            .as_ref()
            .and_then(|api| api.cors.clone())
            .unwrap();
        assert!(cors.expose.contains(&"ETag".to_owned()));
        assert!(
            template
                .api
                .unwrap()
                .routes
                .iter()
                .any(|route| route.path == "$default")
        );
    }

    #[test]
    fn a_broken_line_is_named() {
        let error = error_of("Resources:\n  A:\n   - b\n  c: [");
        assert!(
            error.contains("line 4") || error.contains("line 5"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let error = error_of("Resources:\n  Stack:\n    Type: AWS::RDS::DBInstance\n");
        assert_eq!(
            error,
            "template Stack: the local cloud cannot serve AWS::RDS::DBInstance"
        );
        let error = error_of(
            "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Ref Nobody\n",
        );
        assert_eq!(error, "template Q: nothing is called Nobody");
        assert_eq!(
            error_of("Parameters: {}\n"),
            "template text: has no Resources"
        );
    }
}
