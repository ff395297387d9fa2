//! A client of the public API that waits when it is told to.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{SampleError, SignIn};

/// How often a refused call is tried again.
const TRIES: usize = 10;
/// How long to wait if the API does not say.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub fn new(url: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: format!("{url}/api/v1"),
        }
    }

    /// Whether this account is there.
    pub async fn log_in(&self, sign_in: SignIn) -> Result<bool, SampleError> {
        let body = json!({ "email": sign_in.email, "password": sign_in.password });
        let request = self
            .http
            .post(format!("{}/auth/login", self.base))
            .json(&body);
        match self.call("POST /auth/login", request).await {
            Ok(_) => Ok(true),
            Err(SampleError::Refused { status: 401, .. }) => Ok(false),
            Err(why) => Err(why),
        }
    }

    /// Posts a body, as nobody if the token is empty; answers the `data` of the answer. The name makes a repetition
    /// of this call harmless.
    pub async fn post(
        &self,
        path: &str,
        token: &str,
        name: &str,
        body: &Value,
    ) -> Result<Value, SampleError> {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if !token.is_empty() {
            request = request
                .bearer_auth(token)
                .header("Idempotency-Key", format!("sample-{name}"));
        }
        self.call(&format!("POST {path}"), request).await
    }

    /// Replaces a document of which this version was seen.
    pub async fn put(
        &self,
        path: &str,
        token: &str,
        seen: u64,
        body: &Value,
    ) -> Result<Value, SampleError> {
        let request = self
            .http
            .put(format!("{}{path}", self.base))
            .bearer_auth(token)
            .json(body);
        self.call(
            &format!("PUT {path}"),
            request.header("If-Match", format!("\"v{seen}\"")),
        )
        .await
    }

    /// The `data` of an answer.
    pub async fn get(&self, path: &str, token: &str) -> Result<Value, SampleError> {
        let request = self
            .http
            .get(format!("{}{path}", self.base))
            .bearer_auth(token);
        self.call(&format!("GET {path}"), request).await
    }

    // In one piece: each answer decides whether to return, to wait or to give up.
    async fn call(&self, call: &str, request: RequestBuilder) -> Result<Value, SampleError> {
        let mut last = None;
        for _ in 0..TRIES {
            // The bodies here are no streams, so a request can always be made again.
            let Some(attempt) = request.try_clone() else {
                break;
            };
            let response = attempt.send().await?;
            let status = response.status();
            let wait = response
                .headers()
                .get("retry-after")
                .and_then(|wait| wait.to_str().ok()?.parse().ok());
            let body = response.text().await?;
            if status.is_success() {
                let body: Value = serde_json::from_str(&body).unwrap_or_default();
                return Ok(body.get("data").cloned().unwrap_or(body));
            }
            last = Some(SampleError::Refused {
                call: call.to_owned(),
                status: status.as_u16(),
                body,
            });
            if status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::SERVICE_UNAVAILABLE
            {
                break;
            }
            tokio::time::sleep(wait.map_or(PAUSE, Duration::from_secs)).await;
        }
        Err(last.unwrap_or_else(|| SampleError::Missing(format!("an answer to {call}"))))
    }
}
