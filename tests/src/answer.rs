//! What the API answered.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, with the request it belongs to for messages.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method and path of the request.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// Fails the test unless this is the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text);
        self
    }

    /// Fails the test unless it is a problem of this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self.code()),
            (status, code),
            "{}: {}",
            self.request,
            self.text
        );
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.request
        );
        self
    }

    /// The thing in the envelope.
    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// The rows of a list.
    #[track_caller]
    pub fn rows(&self) -> &Vec<Value> {
        self.body["data"]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no list: {}", self.request, self.text))
    }

    /// A text member of the thing.
    #[track_caller]
    pub fn text_of(&self, member: &str) -> String {
        let value = &self.body["data"][member];
        value
            .as_str()
            .unwrap_or_else(|| panic!("{}: no text {member}: {}", self.request, self.text))
            .to_owned()
    }

    /// The thing's id.
    #[track_caller]
    pub fn id(&self) -> String {
        self.text_of("id")
    }

    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The fields that a problem names.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors
            .into_iter()
            .flatten()
            .filter_map(|error| error["field"].as_str())
            .collect()
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The answer without what differs between any two: its request id.
    pub fn comparable(&self) -> (u16, String, Vec<(String, String)>) {
        let ids = [
            "x-request-id",
            "date",
            "server-timing",
            "ratelimit",
            "content-length",
        ];
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| !ids.contains(&name.as_str()));
        let headers = headers.map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_owned(),
            )
        });
        let mut body = self.body.clone();
        if let Some(object) = body.as_object_mut() {
            object.remove("request_id");
            object.remove("instance");
        }
        (self.status, body.to_string(), headers.collect())
    }
}
