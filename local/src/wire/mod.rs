//! Under every function's SDK: hides young rows from index queries, injects faults, records calls.
//!
//! It wraps the SDK's HTTP client, so it sees each attempt of each call, knows the operation by `X-Amz-Target`, and
//! needs no proxy.

mod faults;
mod lag;
mod mangle;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};

use crate::functions::kill;
use crate::phones;
use faults::Action;
pub use faults::{Fault, Faults, Hits};
use lag::Lag;

/// One attempt of a call that a function made.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function (its crate's name).
    pub function: String,
    /// The operation, such as `UpdateItem`; `SendEmail` for SES, the HTTP method for S3.
    pub operation: String,
    /// The path that it went to: of S3, bucket and key.
    pub path: String,
    /// The body; null if it is not JSON.
    pub request: Value,
    /// The answer's HTTP status; `None` if the answer was lost or never came.
    pub status: Option<u16>,
    /// The answer's body; null if it is not JSON.
    pub response: Value,
}

/// What all functions' clients share.
#[derive(Clone)]
pub(crate) struct Wire {
    inner: SharedHttpClient,
    pub faults: Faults,
    lag: Option<Lag>,
    recorded: Arc<Mutex<Option<Vec<Call>>>>,
}

impl Wire {
    /// A client that hides rows from index queries until they are `index_lag` old.
    pub fn new(index_lag: Duration) -> Self {
        Self {
            inner: aws_smithy_http_client::Builder::new().build_http(),
            faults: Faults::default(),
            lag: (!index_lag.is_zero()).then(|| Lag::new(index_lag)),
            recorded: Arc::default(),
        }
    }

    /// The client for one function's SDK.
    pub fn for_function(&self, name: &str) -> SharedHttpClient {
        SharedHttpClient::new(Client {
            wire: self.clone(),
            function: name.into(),
        })
    }

    /// The client without anything around it.
    pub fn direct(&self) -> SharedHttpClient {
        self.inner.clone()
    }

    /// Begins to record calls, forgetting earlier ones.
    pub fn record(&self) {
        *self.calls() = Some(Vec::new());
    }

    /// The calls recorded so far; recording goes on, from nothing.
    pub fn take(&self) -> Vec<Call> {
        self.calls()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    fn calls(&self) -> MutexGuard<'_, Option<Vec<Call>>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, call: Call) {
        if let Some(calls) = self.calls().as_mut() {
            calls.push(call);
        }
    }

    /// Whether answers must be read here instead of streaming through.
    fn reads(&self, operation: &str) -> bool {
        self.calls().is_some() || (self.lag.is_some() && operation == "Query")
    }

    async fn pass(
        &self,
        connector: SharedHttpConnector,
        request: HttpRequest,
        function: &str,
    ) -> Answer {
        let operation = operation(&request);
        let body = request.body().bytes().unwrap_or_default();
        let form = || phones::form(body).and_then(|form| serde_json::to_value(form).ok());
        let body: Value = serde_json::from_slice(body)
            .ok()
            .or_else(form)
            .unwrap_or_default();
        let path = request
            .uri()
            .parse::<http::Uri>()
            .map(|uri| uri.path().to_owned())
            .unwrap_or_default();
        let function = function.to_owned();
        let mut call = Call {
            function,
            operation,
            path,
            request: body,
            status: None,
            response: Value::Null,
        };
        let answered = self.attempt(connector, request, &mut call).await;
        self.push(call);
        answered
    }

    /// Makes the attempt, or what a fault makes of it.
    async fn attempt(
        &self,
        connector: SharedHttpConnector,
        request: HttpRequest,
        call: &mut Call,
    ) -> Answer {
        let action = self
            .faults
            .next(&call.function, &call.operation, &call.request);
        if let Some(instead) = before(action.as_ref(), &call.request).await {
            return instead;
        }
        let mut response = connector.call(request).await?;
        // A call whose answer is lost below has written its rows all the same.
        if let Some(lag) = self.lag.as_ref().filter(|_| response.status().is_success()) {
            lag.remember(&call.operation, &call.request);
        }
        match action {
            Some(Action::KillAfter) => kill().await,
            Some(Action::LoseAnswer) => {
                return Err(broken("the connection was reset (a fault)"));
            }
            _ => {}
        }
        call.status = Some(response.status().as_u16());
        spoil(action.as_ref(), &call.request, &mut response).await?;
        if self.reads(&call.operation) {
            self.look_through(call, &mut response).await?;
        }
        Ok(response)
    }

    /// Reads an answer into the record of its call, without rows that an index would not show yet.
    async fn look_through(
        &self,
        call: &mut Call,
        response: &mut HttpResponse,
    ) -> Result<(), ConnectorError> {
        let bytes = read(response).await?;
        call.response = serde_json::from_slice(&bytes).unwrap_or_default();
        let hidden = self
            .lag
            .as_ref()
            .is_some_and(|lag| lag.hide(&call.request, &mut call.response));
        match hidden {
            true => rewrite(response, call.response.to_string().into_bytes()),
            false => *response.body_mut() = SdkBody::from(bytes),
        }
        Ok(())
    }
}

type Answer = Result<HttpResponse, ConnectorError>;

fn broken(why: &str) -> ConnectorError {
    ConnectorError::io(why.into())
}

/// What a fault does before a call is made: it answers in its place, or only delays or kills it.
async fn before(action: Option<&Action>, request: &Value) -> Option<Answer> {
    match action? {
        Action::FailBefore => Some(Err(broken("the connection was refused (a fault)"))),
        Action::Answer(status, body) => Some(answer(*status, body)),
        Action::LeaveKeys => {
            let left = json!({ "Responses": {}, "UnprocessedKeys": request["RequestItems"] });
            Some(answer(200, &left))
        }
        Action::RefuseEntries => Some(answer(200, &mangle::refusal(request))),
        Action::Delay(time) => {
            tokio::time::sleep(*time).await;
            None
        }
        Action::KillBefore => {
            kill().await;
            None
        }
        Action::LoseAnswer | Action::KillAfter | Action::Garble | Action::CutPage => None,
    }
}

/// Spoils an answer, if that is what the fault does.
async fn spoil(
    action: Option<&Action>,
    request: &Value,
    response: &mut HttpResponse,
) -> Result<(), ConnectorError> {
    let spoilt = match action {
        Some(Action::Garble) => mangle::half(&read(response).await?),
        Some(Action::CutPage) => mangle::first_row(request, &read(response).await?),
        _ => return Ok(()),
    };
    rewrite(response, spoilt);
    Ok(())
}

/// Gives an answer another body, of which its headers tell nothing.
fn rewrite(response: &mut HttpResponse, bytes: Vec<u8>) {
    response.headers_mut().remove("content-length");
    response.headers_mut().remove("x-amz-crc32");
    *response.body_mut() = SdkBody::from(bytes);
}

async fn read(response: &mut HttpResponse) -> Result<Vec<u8>, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = ByteStream::new(body)
        .collect()
        .await
        .map_err(|why| ConnectorError::io(why.into()))?;
    Ok(bytes.into_bytes().to_vec())
}

/// An answer of a service, made here.
fn answer(status: u16, body: &Value) -> Answer {
    let mut response = http::Response::builder().status(status);
    if let Some(kind) = body["__type"].as_str() {
        response = response.header("x-amzn-errortype", kind);
    }
    let response = response
        .body(SdkBody::from(body.to_string()))
        .map_err(|why| ConnectorError::user(why.into()))?;
    HttpResponse::try_from(response).map_err(|why| ConnectorError::user(why.into()))
}

fn operation(request: &HttpRequest) -> String {
    match request.headers().get("x-amz-target") {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None if request.uri().ends_with("/outbound-emails") => "SendEmail".to_owned(),
        None if request.uri().contains("/@connections/") => match request.method() {
            "POST" => "PostToConnection".to_owned(),
            "DELETE" => "DeleteConnection".to_owned(),
            other => other.to_owned(),
        },
        None => match request.body().bytes().and_then(phones::form) {
            Some(mut form) => form.remove("Action").unwrap_or_default(),
            None => request.method().to_owned(),
        },
    }
}

/// The client of one function.
#[derive(Clone)]
struct Client {
    wire: Wire,
    function: Arc<str>,
}

/// The SDK's connection with the client around it.
struct Connection {
    client: Client,
    inner: SharedHttpConnector,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.function)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.client.function)
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        parts: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.wire.inner.http_connector(settings, parts);
        SharedHttpConnector::new(Connection {
            client: self.clone(),
            inner,
        })
    }
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, inner) = (self.client.clone(), self.inner.clone());
        HttpConnectorFuture::new(
            async move { client.wire.pass(inner, request, &client.function).await },
        )
    }
}
