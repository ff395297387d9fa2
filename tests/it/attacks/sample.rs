//! The words of a request.

use serde_json::Value;
use tests::{Answer, Person};

use crate::api::Operation;

/// What a request says, besides who makes it.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// What stands in the path, in order.
    pub path: Vec<String>,
    /// The query.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: Option<Value>,
    /// The key of the task in the path.
    pub key: Option<String>,
    /// The version that the caller has seen.
    pub seen: Option<String>,
}

impl Sample {
    pub fn at<const N: usize>(path: [&str; N]) -> Self {
        Self {
            path: path.map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    pub fn with(body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::default()
        }
    }

    pub fn body(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    pub fn query<const N: usize>(self, query: [(&'static str, &str); N]) -> Self {
        Self {
            query: query.map(|(name, value)| (name, value.to_owned())).to_vec(),
            ..self
        }
    }

    /// The path and query of the request.
    pub fn url(&self, operation: &Operation) -> String {
        let mut url = operation.path.clone();
        for (name, value) in operation.in_path.iter().zip(&self.path) {
            url = url.replace(&format!("{{{name}}}"), value);
        }
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if query.is_empty() {
            url
        } else {
            format!("{url}?{}", query.join("&"))
        }
    }

    /// Sends it.
    pub async fn send(&self, operation: &Operation, person: &Person) -> Answer {
        let mut request = person.raw(operation.method.clone(), &self.url(operation));
        if let Some(seen) = &self.seen {
            request = request.header("if-match", seen);
        }
        match &self.body {
            Some(body) => request.json(body.clone()).send().await,
            None => request.send().await,
        }
    }
}
