//! People who call the API.

use reqwest::Method;
use serde_json::Value;

use crate::Answer;

/// Somebody who calls the API: signed in, or nobody in particular.
#[derive(Clone)]
pub struct Person {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    /// The access token, if signed in.
    pub token: Option<String>,
    /// The refresh token, if signed in.
    pub refresh: String,
    /// The token by which the account knows the device again.
    pub device: String,
    /// The user's id.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// The personal organization's id.
    pub home: String,
}

/// A request that is being written.
#[must_use]
pub struct Request {
    builder: reqwest::RequestBuilder,
    name: String,
}

impl Person {
    /// Any request. Paths that do not begin with `/api` or another absolute alias get `/api/v1` in front.
    pub fn request(&self, method: Method, path: &str) -> Request {
        self.raw(method, &format!("/api/v1{path}"))
    }

    /// A request to exactly this path.
    pub fn raw(&self, method: Method, path: &str) -> Request {
        let name = format!("{method} {path}");
        let mut builder = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { builder, name }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(body).send().await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PATCH, path).json(body).send().await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(body).send().await
    }

    /// Shows the password again, which is asked for what is hard to undo.
    pub async fn prove(&self) {
        let body = serde_json::json!({ "password": crate::PASSWORD });
        self.post("/auth/reauthenticate", body).await.expect(204);
    }

    /// The same person with other tokens.
    pub fn with_tokens(&self, answer: &Answer) -> Self {
        let token = Some(answer.text_of("access_token"));
        let device = answer.data()["device_token"]
            .as_str()
            .unwrap_or(&self.device)
            .to_owned();
        Self {
            token,
            refresh: answer.text_of("refresh_token"),
            device,
            ..self.clone()
        }
    }
}

impl Request {
    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// With a JSON body.
    pub fn json(mut self, body: Value) -> Self {
        self.builder = self.builder.json(&body);
        self
    }

    /// With any body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.builder = self.builder.body(body.into());
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let response = self.builder.send().await.expect("the local cloud answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer has a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            request: self.name,
            status,
            headers,
            text,
            body,
        }
    }
}
